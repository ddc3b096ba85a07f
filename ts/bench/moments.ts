/**
 * `at` and `explain` on a long history in the embedded log: recorded and derived state at any position and any time, and what became of a
 * frame. Opening the lab (one question about its end, which leaves moments beside the log) is not measured.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Until } from '../engine/replay.ts';
import { openEmbeddedLog } from '../log/embedded/index.ts';
import { openEmbeddedSnapshots } from '../log/embedded/snapshots.ts';
import type { EventLog } from '../log/event-log.ts';
import type { SnapshotStore } from '../log/snapshot-store.ts';
import { toHex } from '../model/events/chain.ts';
import type { Position } from '../model/events/events.ts';
import { explainLabFrame } from '../services/ask/explain-lab.ts';
import { type StateAt, stateAt } from '../services/ask/state-at.ts';
import { processorNsOf } from './clock.ts';
import { enginesOf, flapping, opened, STEP_NS } from './flapping.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const EVENTS = 1_000_000;
const LAB = 'flapping';
const BATCH = 1000;
const MOMENTS_ASKED = 100;
/** Coprime to the lab's length: the samples are spread over all of it. */
const STRIDE = 7919 * 101;
const FRAMES = 15;
const NAME = `at any moment of ${EVENTS.toLocaleString('en')} events`;
const EXPLAIN = `explain a frame in ${EVENTS.toLocaleString('en')} events`;

/** A lab that was run, stored, and asked about once. */
interface LongLab {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly end: Position;
  /** Milliseconds of virtual time. */
  readonly steps: number;
}

async function withLongLab(name: string, plan: Plan, measure: (lab: LongLab) => Promise<Row[]>): Promise<Row[]> {
  if (plan.quick) {
    plan.note(`${name}: left out by --quick, because the lab has to be made first`);
    return [];
  }
  const dir = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
  const log = await openEmbeddedLog(dir);
  const snapshots = openEmbeddedSnapshots(dir);
  try {
    const end = await storeLab(log, plan);
    const { derived } = await stateAt(log, LAB, { position: end }, { snapshots });
    return await measure({ log, snapshots, end, steps: Math.floor((derived?.atNs ?? 0) / STEP_NS) });
  } finally {
    await snapshots.close();
    await log.close();
    rmSync(dir, { recursive: true });
  }
}

/** Processor time of answers, and what they were. */
async function row(name: string, count: number, ask: (sample: number) => Promise<unknown>): Promise<Row> {
  const hash = createHash('sha256');
  const samples: number[] = [];
  for (let sample = 0; sample < count; sample++) {
    let answer: unknown = null;
    const ns = await processorNsOf(async () => {
      answer = await ask(sample);
    });
    samples.push(ns / 1e6);
    hash.update(digestible(answer));
  }
  return rowOf(name, 'ms', samples, { digest: toHex(hash.digest()).slice(0, 16) });
}

function atMoments(plan: Plan): Promise<Row[]> {
  return withLongLab(NAME, plan, async ({ log, snapshots, end, steps }) => {
    const stateOf = (until: Until): Promise<StateAt> => stateAt(log, LAB, until, { snapshots });
    return [
      await row(`${NAME}: a position`, MOMENTS_ASKED, (sample) => stateOf({ position: 1 + ((sample * STRIDE) % end) })),
      await row(`${NAME}: a time`, MOMENTS_ASKED, (sample) => stateOf({ atNs: timeOf(sample, steps) })),
    ];
  });
}

function explainFrames(plan: Plan): Promise<Row[]> {
  return withLongLab(EXPLAIN, plan, async ({ log, snapshots, steps }) => [
    await row(EXPLAIN, FRAMES, async (sample) => {
      const place = { at: 'b:eth0', which: { atNs: timeOf(sample, steps) } };
      const told = await explainLabFrame(log, LAB, place, ({ type }) => type, snapshots);
      if (!told.sameChain || !told.sameRegion) throw new Error(`${EXPLAIN}: watching changed the lab`);
      return told;
    }),
  ]);
}

function timeOf(sample: number, steps: number): number {
  return ((sample * STRIDE) % steps) * STEP_NS + STEP_NS / 2;
}

/** Runs and stores the lab, and holds nothing of it: a million records in the heap would be collected again and again during the samples. */
async function storeLab(log: EventLog, plan: Plan): Promise<Position> {
  const { records } = opened(enginesOf(plan), flapping(EVENTS, 10), Number.POSITIVE_INFINITY);
  for (let from = 0; from < records.length; from += BATCH) await log.append(LAB, from, records.slice(from, from + BATCH));
  return records.length;
}

function digestible(answer: unknown): string {
  return JSON.stringify(answer, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

export const MOMENTS: readonly Benchmark[] = [
  { name: NAME, run: atMoments, isLong: true },
  { name: EXPLAIN, run: explainFrames },
];
