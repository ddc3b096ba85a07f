/**
 * The marks of sessions that the peer does not have as they are (asm/session/unsynced.ts) against a Set: sessions are made, replaced, cleared,
 * marked again by a resync, and taken. The agent takes those with the lowest numbers first, so that what crosses HA2 is decided by nothing else.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as L from '../../asm/memory/layout.ts';
import * as S from '../../asm/memory/session-layout.ts';
import { slotsFor, tableBytes } from '../../ts/dataplane/configure-sessions.ts';
import { Dataplane } from '../../ts/dataplane/dataplane.ts';

const MODULE = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
/** Several words of marks, the last one not full. */
const MAX = 200;
const UDP = 17;
const CLEARED_BY = 5;

type Step =
  | { readonly do: 'make'; readonly keys: readonly number[] }
  | { readonly do: 'clear'; readonly key: number }
  | { readonly do: 'resync' }
  | { readonly do: 'take'; readonly max: number };

const key = fc.integer({ min: 0, max: MAX - 1 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('make' as const), keys: fc.array(key, { maxLength: 60 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('clear' as const), key }) },
    { weight: 2, arbitrary: fc.constant({ do: 'resync' as const }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), max: fc.integer({ min: 1, max: 120 }) }) },
  ),
  { minLength: 5, maxLength: 40 },
);

function emptyTable(): Dataplane {
  const dataplane = new Dataplane(MODULE);
  const counts = { max: MAX, policies: 0, translations: 0, mapBytes: 0 };
  dataplane.layOut({
    nodes: 1,
    ports: 1,
    lines: 1,
    flows: 0,
    timers: 2,
    routes: 2,
    neighbours: 4,
    fdb: 0,
    dropRuns: 1024 + L.DROP_RUN_OVERFLOW,
    descriptors: 64,
    smallBuffers: 64,
    jumboBuffers: 0,
    fanMax: 8,
    elements: tableBytes({ ...counts, ports: 1 }),
    ioSlots: 0,
    traceBytes: 0,
  });
  const { control } = dataplane;
  control.configureNode({
    id: 0,
    kind: L.NODE_LAYER3,
    nodeFlags: L.NODE_SESSIONS,
    firstPort: 0,
    portCount: 1,
    fdbSlots: 0,
    fdbLimit: 0,
    ageingNs: 0n,
    routeMax: 2,
    neighbourSlots: 4,
    reachableNs: 0n,
  });
  control.configureSessions({ node: 0, ...counts, slots: slotsFor(MAX), withoutSyn: S.ACTION_DENY, syncTimer: 1 });
  return dataplane;
}

/** A session from port `key` of one host to another, as the peer would install it: without a mark. */
function make({ control }: Dataplane, number: number): void {
  const [client, server] = [0x0a00_0001n, 0x0a00_0002n];
  control.installSession({
    node: 0,
    outward: (client << 32n) | server,
    outwardPorts: (1000 + number) * 0x1_0000 + 53,
    backward: (server << 32n) | client,
    backwardPorts: 53 * 0x1_0000 + 1000 + number,
    protocol: UDP,
    state: S.SESSION_ESTABLISHED,
    fins: 0,
    leftNs: 1_000_000_000n,
    ageNs: 0n,
    inPort: 0,
    outPort: 0,
    policy: 0,
    cause: 1,
  });
}

const keyOf = (outwardPorts: number): number => Math.floor(outwardPorts / 0x1_0000) - 1000;

/** Living sessions: their numbers by key. */
function living(dataplane: Dataplane): Map<number, number> {
  const rows = dataplane.rows((start) => dataplane.control.readSessions(0, start));
  return new Map(rows.map(({ slot, outwardPorts }) => [keyOf(outwardPorts), slot]));
}

/** What the table should have: where each key's session lies, cleared ones included, and which of them have a mark. */
class Model {
  readonly slots = new Map<number, number>();
  readonly marked = new Set<number>();

  play(dataplane: Dataplane, step: Step): void {
    const { control } = dataplane;
    if (step.do === 'make') {
      for (const number of step.keys) {
        // A session of the same key goes, and its mark with it.
        this.marked.delete(this.slots.get(number) ?? -1);
        make(dataplane, number);
        this.slots.set(number, living(dataplane).get(number) ?? -1);
      }
    } else if (step.do === 'clear') {
      const slot = living(dataplane).get(step.key);
      if (slot === undefined) return;
      expect(control.clearSessions(0, slot + 1, CLEARED_BY)).toBe(1);
      this.marked.add(slot);
    } else if (step.do === 'resync') {
      control.resyncSessions(0);
      for (const slot of living(dataplane).values()) this.marked.add(slot);
    } else {
      const expected = [...this.marked].sort((a, b) => a - b).slice(0, step.max);
      expect(control.takeUnsynced(0, step.max).map(({ slot }) => slot)).toEqual(expected);
      for (const slot of expected) this.marked.delete(slot);
    }
  }
}

test('HA-19: the sessions that the peer does not have are taken once each, lowest number first', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const dataplane = emptyTable();
      const model = new Model();
      for (const step of all) {
        model.play(dataplane, step);
        expect(dataplane.control.readUnsynced(0)).toBe(model.marked.size);
      }
    }),
    { numRuns: 20, seed: 11 },
  );
});
