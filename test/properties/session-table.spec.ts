/**
 * The session table against a Map: sessions are opened, found from both sides, prolonged, cleared, expire, and find no room. Few slots and many keys,
 * so that keys lie in each other's way in the index.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDerived } from '../../ts/engine/derived.ts';
import { seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import type { Run } from '../support/run.ts';
import { datagram } from '../support/transport.ts';

const MAX = 12;
const LIFE_S = 3;
const RUNS = Number(process.env['SESSION_RUNS'] ?? 12);

const LAB = `
name: table
duration: 1s
topology:
  nodes:
    h: { kind: hypervisor }
    f:
      kind: firewall
      on: h
      zones: { in: [eth1], out: [eth2] }
      policies: [{ name: p, from: in, to: out }]
      sessions: { max: ${MAX}, timeouts: { udp: ${LIFE_S}s } }
    a: { kind: host }
    b: { kind: host }
  links:
    - endpoints: [{ node: f, interface: eth1, ipv4: 10.0.1.1/24 }, { node: a, interface: eth0, ipv4: 10.0.1.11/24 }]
    - endpoints: [{ node: f, interface: eth2, ipv4: 10.0.2.1/24 }, { node: b, interface: eth0, ipv4: 10.0.2.12/24 }]
`;

type Step =
  | { readonly do: 'out' | 'back'; readonly ports: readonly number[] }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'clear'; readonly which: number };

const ports = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('out' as const), ports }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('back' as const), ports }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 2 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), which: fc.nat(MAX) }) },
  ),
  { minLength: 20, maxLength: 60 },
);

/** Living sessions by the client's port: when they expire. */
class Model {
  readonly ends = new Map<number, number>();
  nowNs = 0;

  #forgetExpired(): void {
    for (const [port, endNs] of this.ends) if (endNs <= this.nowNs) this.ends.delete(port);
  }

  play(step: Step, ids: readonly (readonly [id: number, port: number])[]): void {
    this.#forgetExpired();
    if (step.do === 'clear') {
      if (step.which === 0) this.ends.clear();
      else for (const [id, port] of ids) if (id === step.which) this.ends.delete(port);
    } else if (step.do !== 'pass') {
      for (const port of step.ports) {
        const isKnown = this.ends.has(port);
        if (isKnown || (step.do === 'out' && this.ends.size < MAX)) this.ends.set(port, this.nowNs + seconds(LIFE_S));
      }
    }
  }

  living(): number[] {
    this.#forgetExpired();
    return [...this.ends.keys()].sort((a, b) => a - b);
  }
}

function frameOf(run: Run, step: 'out' | 'back', port: number): Uint8Array {
  const at = step === 'out' ? 'f:eth1' : 'f:eth2';
  const macs = ['02:00:00:00:00:0a', run.state.interfaces[at]?.usedMac ?? ''] as const;
  const [client, server] = [`10.0.1.11:${port}`, '10.0.2.12:80'] as const;
  return datagram(step === 'out' ? { macs, from: client, to: server } : { macs, from: server, to: client });
}

function play(run: Run, step: Step): void {
  if (step.do === 'pass') run.pass(seconds(step.seconds));
  else if (step.do === 'clear') run.command(step.which === 0 ? 'session clear f' : `session clear f id ${step.which}`);
  else run.receives(step.do === 'out' ? 'f:eth1' : 'f:eth2', ...step.ports.map((port) => frameOf(run, step.do, port))).pass(1);
}

test('a session table holds what a Map would', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const run = givenFile(LAB).until(seconds(1));
      const model = new Model();
      for (const step of all) {
        const before = readDerived(run.engine).sessions;
        model.nowNs = run.nowNs;
        model.play(
          step,
          before.map(({ id, source }) => [id, source.port]),
        );
        play(run, step);
        model.nowNs = run.nowNs;
        const { sessions, sessionTables } = readDerived(run.engine);
        expect(sessions.map(({ source }) => source.port).sort((a, b) => a - b)).toEqual(model.living());
        expect(sessionTables).toMatchObject([{ sessions: sessions.length, max: MAX }]);
      }
    }),
    { numRuns: RUNS, seed: 7 },
  );
});
