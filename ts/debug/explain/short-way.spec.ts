/**
 * A question whose reruns go on from moments is answered as one whose reruns all begin at the beginning:
 *
 *   whole way   #1 ├──────────────────────── rerun ──┤ the loss
 *   short way   #1        ●        ●        ●├ rerun ┤ the loss
 */
import { describe, expect, test } from 'vitest';
import { labOf, recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { createEngine } from '../../services/engine/host.ts';
import { readExpectation } from '../../topology/read-expectation.ts';
import { Moments } from '../moments.ts';
import type { NewEngine } from '../rerun.ts';
import { type ExplainOptions, explainFlow } from './explain-flow.ts';
import { explainWhy } from './explain-why.ts';
import { openLab } from './open-lab.ts';

const EVERY = 10;
const BYTES = 64 << 20;

/** Answers the short way and the whole way; and how many moments the short one went on from. */
function bothWays<T>(ask: (options: ExplainOptions) => T): { readonly short: T; readonly whole: T; readonly restored: number } {
  let restored = 0;
  const newEngine: NewEngine = (options) => {
    const engine = createEngine(options);
    const plain = engine.restore.bind(engine);
    engine.restore = (snapshot) => {
      restored++;
      plain(snapshot);
    };
    return engine;
  };
  const describe = ({ type }: { readonly type: string }): string => type;
  const whole = ask({ newEngine: createEngine, describe, moments: Moments.none() });
  return { short: ask({ newEngine, describe, moments: Moments.upTo(BYTES, EVERY) }), whole, restored };
}

/** A lab with a twentieth of its flows' frames. */
function thinned(file: LabFile): LabFile {
  return { ...file, lab: { ...file.lab, flows: file.lab.flows.map((flow) => ({ ...flow, intervalPs: flow.intervalPs * 20 })) } };
}

/** Numbers that look random, the same every time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield (state >>> 8) / 2 ** 24;
  }
}

/** Two hosts and a switch: cables out for random times, commands on the way, and a port that loses frames by itself. */
function randomLab(seed: number): LabFile {
  const random = numbers(seed);
  const next = (below: number): number => Math.floor(random.next().value * below);
  const times = Array.from({ length: 40 }, () => 500 + next(29_000)).sort((a, b) => a - b);
  const commands = ['link down a:eth0', 'link up a:eth0', 'link down sw:p2', 'link up sw:p2', 'arp clear a', 'ping a 10.0.0.2'];
  return labOf(`
name: random
topology:
  nodes:
    sw: { kind: switch }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links:
    - { endpoints: ["a:eth0", "sw:p1"], impair: { loss: 2% } }
    - { endpoints: ["b:eth0", "sw:p2"] }
flows:
  web: { from: a:eth0, to: 10.0.0.2, rate: 50 }
steps:
${times.map((ms) => `  - { at: ${ms}ms, run: "${commands[next(commands.length)]}" }`).join('\n')}
duration: 30s
`);
}

const flowOf = (records: readonly LogRecord[], flow: string) => (options: ExplainOptions) => explainFlow(records, flow, options);

describe('why a flow lost frames is told the same from moments as from the beginning', () => {
  test.each(['garp-blocked-by-arp-inspection', 'ha-assigned-mac', 'link-monitor', 'preempt-flap', 'path-monitor', 'uplink-team'])(
    'of %s',
    (name) => {
      const file = thinned(shippedLab(name));
      const { short, whole, restored } = bothWays(flowOf(recordsOf(file), file.lab.flows[0]?.name ?? ''));
      expect(short).toEqual(whole);
      expect(restored).toBeGreaterThan(0);
    },
  );

  test.each([1, 2, 3])('of random lab %i', (seed) => {
    const { short, whole, restored } = bothWays(flowOf(recordsOf(randomLab(seed)), 'web'));
    expect(short).toEqual(whole);
    expect(short.losses.length).toBeGreaterThan(3);
    expect(restored).toBeGreaterThan(3);
  });
});

describe('why an expectation fails is told the same from moments as from the beginning', () => {
  const lab = openLab(recordsOf(thinned(shippedLab('garp-blocked-by-arp-inspection'))));
  const random = openLab(recordsOf(randomLab(4)));

  test.each([
    ['a neighbour that is another', lab, 'neighbour: { node: client, ip: 10.0.1.1 }, mac: "fw2:eth1"', { atNs: 40e9 }],
    ['a neighbour that never answered', random, 'neighbour: { node: a, ip: 10.0.0.9 }, mac: "b:eth0"', null],
    ['a role', lab, 'ha: fw1, state: active', null],
    ['drops', lab, 'drops: { at: fw1 }, count: 0', null],
    ['a flow', random, 'flow: web, lost: 0', null],
    ['events', random, 'event: CommandAccepted, count: 1', { position: 200 }],
  ] as const)('%s', (_, open, check, until) => {
    const { short, whole } = bothWays((options) => explainWhy(open, readExpectation(open.course.lab, check), until, options));
    expect(short).toEqual(whole);
    expect(short.holds).toBe(false);
    expect(short.sameChain).toBe(true);
  });
});
