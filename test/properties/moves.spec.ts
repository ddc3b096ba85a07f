/**
 * Moves of learned MACs are exact at every moment: what is shown (recorded and pending together) is what the switches counted, at the
 * end of a run all of it is on record, and asking leaves the log as it was. The oracle says which moves those are
 * (test/oracle/differential.spec.ts).
 *
 * MOVES_SEEDS in the environment says how many seeds are tried, from 1 on.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../ts/engine/engine.ts';
import type { Input } from '../../ts/engine/input.ts';
import { readMoves } from '../../ts/engine/move-counts.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import type { LabEvent } from '../../ts/model/events/events.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { plainFrame } from '../support/frames.ts';
import { newEngine } from './drive.ts';
import { scenarios } from './scenarios.ts';

const SEEDS = Number(process.env['MOVES_SEEDS'] ?? 4);

/** Switches that learn, by number, with their ports. */
function switchesOf({ nodes, interfaces }: Lab) {
  const learns = ['switch', 'bridge', 'vswitch'];
  return nodes.flatMap(({ name, kind }, id) => {
    const ports = interfaces.filter(({ node }) => node === name).map((iface) => iface.name);
    return learns.includes(kind) && ports.length > 1 ? [{ id, name, ports }] : [];
  });
}

/** Where and when a frame of one of three MACs comes in: at a switch, at one of its ports. */
const hops = fc.array(
  fc.record({ node: fc.nat({ max: 9 }), port: fc.nat({ max: 9 }), mac: fc.nat({ max: 2 }), atMs: fc.nat({ max: 4000 }) }),
  {
    minLength: 15,
    maxLength: 40,
  },
);

type Hop = Parameters<Parameters<typeof hops.map>[0]>[0][number];

/** The scenario's definition and then the hops, in order of time; hosts, flows and agents go on as they are. */
function inputsOf(topology: Lab, begin: Input, wanted: readonly Hop[]): Input[] {
  const switches = switchesOf(topology);
  const inputs: Input[] = [begin];
  for (const { node, port, mac, atMs } of [...wanted].sort((a, b) => a.atMs - b.atMs)) {
    const at = switches[node % switches.length];
    if (at === undefined) break;
    const bytes = plainFrame(`02:00:00:aa:00:0${mac}`, 'ff:ff:ff:ff:ff:ff');
    inputs.push({ type: 'TimeAdvanced', data: { toNs: atMs * 1_000_000 } });
    inputs.push({
      type: 'FramesReceived',
      data: {
        node: at.name,
        interface: at.ports[port % at.ports.length] ?? '',
        frames: [
          { afterNs: 0, bytes },
          { afterNs: 700_000_000, bytes },
        ],
      },
    });
  }
  inputs.push({ type: 'TimeAdvanced', data: { toNs: 8_000_000_000 } }, { type: 'TimeAdvanced', data: { toNs: 8_000_000_000 } });
  return inputs;
}

function bySwitch(counts: readonly { readonly node: string; readonly count: number }[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { node, count } of counts) sums[node] = (sums[node] ?? 0) + count;
  return sums;
}

/** The switches' own counters. */
function counted(engine: Engine, topology: Lab): Record<string, number> {
  const { control } = engine.dataplane;
  return bySwitch(
    switchesOf(topology)
      .map(({ id, name }) => ({ node: name, count: Number(control.readNode(id).moved) }))
      .filter(({ count }) => count > 0),
  );
}

function shown(engine: Engine): Record<string, number> {
  return bySwitch(Object.values(readMoves(engine)).map(({ node, moves }) => ({ node, count: moves })));
}

/** @param look is called after every input. */
function play(inputs: readonly Input[], look: (engine: Engine) => void): { engine: Engine; events: LabEvent[] } {
  const engine = newEngine();
  const events: LabEvent[] = [];
  for (const input of inputs) {
    engine.receive(input);
    engine.step();
    events.push(...engine.take().map(({ event }) => event));
    look(engine);
  }
  return { engine, events };
}

describe(`moves of MACs in random labs (seeds 1 to ${SEEDS})`, () => {
  test('HST-01, LRN-01: are, at any input and on record at the end, what the switches counted, and asking changes no byte', () => {
    let moves = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const property = fc.property(scenarios, hops, ({ lab: topology, inputs: begun }, wanted) => {
        const begin = begun[0];
        if (begin === undefined) throw new Error('a scenario without inputs');
        const inputs = inputsOf(topology, begin, wanted);
        const { engine, events } = play(inputs, (asked) => expect(shown(asked)).toEqual(counted(asked, topology)));
        const said = bySwitch(events.flatMap((event) => (event.type === 'MacMoved' ? [event.data] : [])));
        expect(said).toEqual(counted(engine, topology));
        expect(toHex(play(inputs, () => undefined).engine.chain)).toBe(toHex(engine.chain));
        moves += Object.values(said).reduce((sum, count) => sum + count, 0);
      });
      fc.assert(property, { seed, numRuns: 1 });
    }
    expect(moves).toBeGreaterThan(SEEDS * 5);
  }, 600_000);
});
