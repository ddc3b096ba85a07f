/**
 * Drops are exact at every moment: what is shown (recorded and pending together) is what the ports saw die, by place and reason;
 * a check counts the frames of its window, and asking leaves the log as it was.
 *
 * COUNTS_SEEDS in the environment says how many seeds are tried, from 1 on; with COUNTS_LABS=firewalls, of labs of firewalls.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CheckResult, CheckRun, marksOf } from '../../ts/engine/checks.ts';
import type { Decided } from '../../ts/engine/decided.ts';
import { readDerived } from '../../ts/engine/derived.ts';
import { DropSampler, readDrops, sumDrops } from '../../ts/engine/drop-counts.ts';
import type { Engine } from '../../ts/engine/engine.ts';
import type { Input } from '../../ts/engine/input.ts';
import { Replay } from '../../ts/engine/replay.ts';
import { defineInput } from '../../ts/engine/script.ts';
import { MemoryStore, openMemoryLog } from '../../ts/log/memory.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import type { LogRecord } from '../../ts/model/events/record.ts';
import { endpointOf, splitEndpoint } from '../../ts/model/lab/endpoint.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import type { Check, Expectation } from '../../ts/model/lab/script.ts';
import { stateAt } from '../../ts/services/ask/state-at.ts';
import { nanos } from '../../ts/values/nanos.ts';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { host, lab, learningSwitch, link } from '../support/lab.ts';
import { newEngine } from './drive.ts';
import { BUSY_NS, QUIET_NS, type Scenario } from './random-lab.ts';
import { firewallScenarios, switchScenarios } from './scenarios.ts';

const { COUNTS_SEEDS: seeds = '15', COUNTS_LABS: labs = 'switches' } = process.env;
const SEEDS = Number(seeds);
const scenarios = labs === 'firewalls' ? firewallScenarios : switchScenarios;

/** A frame that died: seen by the watched port itself, apart from all counting. */
interface Death {
  readonly at: string;
  readonly reason: string;
  readonly atNs: number;
}

/** Frames that die for these never had a buffer, so that no port sees them: their ports only count them. */
const UNSEEN = new Set(['frame-too-long', 'pool-exhausted']);

interface Told {
  readonly records: readonly LogRecord[];
  readonly deaths: readonly Death[];
  readonly chain: string;
  /** Frames dropped at each interface, by the data plane's counters at the end. */
  readonly counters: ReadonlyMap<string, number>;
}

function toRecord({ event, body, chain, commandId, checkpoint }: Decided): LogRecord {
  return { position: event.position, body, chain, recordedAtMs: 0, commandId, checkpoint, settled: false };
}

function run({ lab: topology, inputs }: { readonly lab: Lab; readonly inputs: readonly Input[] }): Told {
  const engine = newEngine({ traceBytes: 1 << 20 });
  const deaths: Death[] = [];
  engine.onTrace = ({ port, kind, reason, atNs }) => {
    const iface = topology.interfaces[port];
    if (kind !== 'dropped' || iface === undefined) return;
    deaths.push({ at: endpointOf(iface), reason: dropReasonName(reason), atNs });
  };
  const records: LogRecord[] = [];
  for (const input of inputs) {
    engine.receive(input);
    if (input.type === 'LabDefined') engine.dataplane.watch(topology.interfaces.map((_, port) => port));
    engine.step();
    records.push(...engine.take().map(toRecord));
  }
  return { records, deaths, chain: toHex(engine.chain), counters: countersOf(engine) };
}

function countersOf(engine: Engine): Map<string, number> {
  return new Map(readDerived(engine).interfaces.map(({ interface: endpoint, drops }) => [endpoint, drops]));
}

/** Frames by "place reason", of those whose deaths a port sees. */
function byPlace(counts: readonly { readonly at: string; readonly reason: string; readonly frames: number }[]) {
  const seen = counts.filter(({ reason, frames }) => !UNSEEN.has(reason) && frames > 0);
  return Object.fromEntries(seen.map(({ at, reason, frames }) => [`${at} ${reason}`, frames]));
}

function deathsByPlace(deaths: readonly Death[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { at, reason } of deaths) {
    if (!UNSEEN.has(reason)) counts[`${at} ${reason}`] = (counts[`${at} ${reason}`] ?? 0) + 1;
  }
  return counts;
}

function perInterface(counts: readonly { readonly at: string; readonly frames: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { at, frames } of counts) sums.set(at, (sums.get(at) ?? 0) + frames);
  return sums;
}

// ── Windows ─────────────────────────────────────────────────────────────────────────────────────────────────────────

interface WindowRecipe {
  readonly fromNs: number;
  readonly lengthNs: number | null;
  readonly place: number;
  readonly onNode: boolean;
}

const instant = fc.oneof(
  fc.nat({ max: BUSY_NS }),
  fc.nat({ max: QUIET_NS }),
  fc.nat({ max: 12 }).map((s) => s * 1e9),
);
const windows = fc.array(
  fc.record({ fromNs: instant, lengthNs: fc.option(instant), place: fc.nat({ max: 999 }), onNode: fc.boolean() }),
  { minLength: 1, maxLength: 5 },
);

/** A window at a place where something died, if anything did, and how many frames it really lost. */
function windowOf({ fromNs, lengthNs, place, onNode }: WindowRecipe, deaths: readonly Death[]) {
  const seen = deaths.filter(({ reason }) => !UNSEEN.has(reason));
  const some = seen[place % Math.max(1, seen.length)];
  const toNs = lengthNs === null ? null : fromNs + lengthNs;
  const at = some === undefined ? 's1' : onNode ? splitEndpoint(some.at).node : some.at;
  const reason = some?.reason ?? 'no-listener';
  const inside = seen.filter((one) => one.atNs >= fromNs && (toNs === null || one.atNs <= toNs) && one.reason === reason);
  const count = inside.filter((one) => one.at === at || splitEndpoint(one.at).node === at).length;
  return { at, reason, fromNs: nanos(fromNs), toNs: toNs === null ? null : nanos(toNs), count };
}

function verdicts(inputs: readonly Input[], checks: readonly Check[]): { results: CheckResult[]; chain: string } {
  const engine = newEngine();
  const run = new CheckRun(checks);
  const sampler = new DropSampler(marksOf(checks));
  for (const input of inputs) {
    engine.receive(input);
    while (!sampler.step(engine));
    for (const { event } of engine.take()) run.observe(event);
  }
  return { results: run.results([], { samples: sampler.samples, end: readDrops(engine) }), chain: toHex(engine.chain) };
}

function exactly(expectation: Omit<Extract<Expectation, { kind: 'drops' }>, 'kind' | 'count'>, count: number): Check {
  const bounds = { min: count, max: count };
  return { name: `${count}`, description: '', expect: [{ kind: 'drops', ...expectation, count: bounds }] };
}

// ── Properties ──────────────────────────────────────────────────────────────────────────────────────────────────────

function forEachSeed<T extends unknown[]>(arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> }, holds: (...values: T) => unknown) {
  return async (): Promise<void> => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const property = fc.asyncProperty(fc.tuple(...arbitraries), async (values) => void (await holds(...(values as T))));
      await fc.assert(property, { seed, numRuns: 1 });
    }
  };
}

describe(`drops of random labs of ${labs} (seeds 1 to ${SEEDS})`, () => {
  test(
    'are, in any window of a check, the frames that died in it, and the check leaves the chain as it was',
    forEachSeed<[Scenario, WindowRecipe[]]>([scenarios, windows], (scenario, wanted) => {
      const { deaths, chain } = run(scenario);
      const asked = wanted.map((window) => windowOf(window, deaths));
      const right = asked.map(({ count, ...window }) => exactly(window, count));
      const wrong = asked.map(({ count, ...window }) => exactly(window, count + 1));
      const { results, chain: chainWithChecks } = verdicts(scenario.inputs, [...right, ...wrong]);
      expect(results.slice(0, right.length).flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.slice(right.length).filter(({ pass }) => pass)).toEqual([]);
      expect(chainWithChecks).toBe(chain);
    }),
    1_800_000,
  );

  test(
    'are, at any instant and at any position, what the ports saw and what their counters say',
    forEachSeed<[Scenario, number[], number]>(
      [scenarios, fc.array(instant, { minLength: 2, maxLength: 2 }), fc.nat()],
      async (scenario, instants, choice) => {
        const { records, deaths } = run(scenario);
        const store = new MemoryStore();
        store.labs.set('lab', [...records]);
        const log = openMemoryLog(store);
        const moments = [...instants.map((atNs) => ({ atNs })), { position: 1 + (choice % records.length) }];
        for (const until of moments) {
          const { recorded, derived } = await stateAt(log, 'lab', until);
          const shown = sumDrops(Object.values(recorded.drops));
          const counters = (derived?.interfaces ?? []).filter(({ drops }) => drops > 0);
          expect(perInterface(shown)).toEqual(new Map(counters.map(({ interface: at, drops }) => [at, drops])));
          if ('atNs' in until) expect(byPlace(shown)).toEqual(deathsByPlace(deaths.filter(({ atNs }) => atNs <= until.atNs)));
        }
      },
    ),
    1_800_000,
  );

  test(
    'are on record at the end of a run, and behind every input but one that lets time pass',
    forEachSeed<[Scenario]>([scenarios], ({ inputs }) => {
      const engine = newEngine();
      for (const input of inputs) {
        const before = engine.state.position === 0 ? 0 : sumOf(readDrops(engine));
        engine.receive(input);
        const settles = input.type !== 'TimeAdvanced' || input.data.toNs <= engine.state.atNs;
        if (settles) expect(sumOf(sumDrops(Object.values(engine.state.drops)))).toBeGreaterThanOrEqual(before);
        engine.step();
        engine.take();
      }
      expect(perInterface(sumDrops(Object.values(engine.state.drops)))).toEqual(positive(countersOf(engine)));
    }),
    1_800_000,
  );

  test(
    'of a lab that follows the clock are the same bytes when it is re-executed',
    forEachSeed<[Scenario, number[]]>(
      [scenarios, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 })],
      ({ inputs }, ticks) => {
        const records = runPaced(inputs, ticks);
        const replay = new Replay(newEngine(), 'properties');
        for (const record of records) expect(replay.feed(record)).toBeNull();
        expect(replay.finish()).toEqual([]);
      },
    ),
    1_800_000,
  );
});

/** The same inputs for a lab that follows the clock: time passes off the record, in ticks of so many milliseconds. */
function runPaced(inputs: readonly Input[], ticks: readonly number[]): LogRecord[] {
  const engine = newEngine();
  let turn = 0;
  for (const input of inputs) {
    if (input.type !== 'TimeAdvanced' || input.data.toNs <= engine.horizonNs) {
      engine.receive(input);
      engine.step();
      continue;
    }
    while (engine.horizonNs < input.data.toNs) {
      const tickNs = (ticks[turn++ % ticks.length] ?? 1) * 1e6;
      engine.pace(Math.min(input.data.toNs, engine.horizonNs + tickNs));
      engine.step();
    }
  }
  engine.recordPaced();
  engine.receive({ type: 'TimeAdvanced', data: { toNs: engine.horizonNs } });
  return engine.take().map(toRecord);
}

function sumOf(counts: readonly { readonly frames: number }[]): number {
  return counts.reduce((sum, { frames }) => sum + frames, 0);
}

function positive(counters: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...counters].filter(([, drops]) => drops > 0));
}

// ── A crowded table ─────────────────────────────────────────────────────────────────────────────────────────────────

test('more places than the table of runs holds lose no frame from the sum, though not every place is told apart', () => {
  const ports = Array.from({ length: 900 }, (_, i) => `p${i + 1}`);
  const hosts = ports.map((_, i) => host(`h${i + 1}`, { ip: `10.1.${i >> 8}.${i & 255}/16` }));
  const wires = ports.map((port, i) => link(`sw:${port}`, `h${i + 1}:eth0`));
  const engine = newEngine();
  const feed = (input: Input): void => {
    engine.receive(input);
    engine.step();
    engine.take();
  };
  feed(defineInput(lab(learningSwitch('sw', { ports: Object.fromEntries(ports.map((port) => [port, {}])) }), ...hosts, ...wires)));
  const truth = (): number => readDerived(engine).interfaces.reduce((sum, { drops }) => sum + drops, 0);
  for (let round = 1; round <= 6; round++) {
    const frames = Array.from({ length: round }, (_, i) => ({
      afterNs: i * 1000,
      bytes: plainFrame(strangerMac(round), strangerMac(99)),
    }));
    feed({ type: 'FramesReceived', data: { node: 'sw', interface: `p${round}`, frames } });
    feed({ type: 'TimeAdvanced', data: { toNs: round * 700_000_000 } });
    expect(sumOf(readDrops(engine))).toBe(truth());
  }
  expect(truth()).toBe(899 * (1 + 2 + 3 + 4 + 5 + 6));
  expect(readDrops(engine).some(({ at }) => at === '')).toBe(true);
  feed({ type: 'TimeAdvanced', data: { toNs: engine.horizonNs } });
  expect(sumOf(sumDrops(Object.values(engine.state.drops)))).toBe(truth());
});
