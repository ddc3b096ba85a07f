/**
 * `at` on a long history: recorded and derived state at any position and any time of a lab in the embedded log. Opening it (one question about
 * its end, which leaves moments beside the log) is not measured.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Until } from '../engine/replay.ts';
import { openEmbeddedLog } from '../log/embedded/index.ts';
import { openEmbeddedSnapshots } from '../log/embedded/snapshots.ts';
import type { EventLog } from '../log/event-log.ts';
import { toHex } from '../model/events/chain.ts';
import type { LogRecord } from '../model/events/record.ts';
import { type StateAt, stateAt } from '../services/ask/state-at.ts';
import { processorNsOf } from './clock.ts';
import { enginesOf, flapping, opened, STEP_NS } from './flapping.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const EVENTS = 1_000_000;
const LAB = 'flapping';
const BATCH = 1000;
const SAMPLES = 100;
/** Coprime to the lab's length: the samples are spread over all of it. */
const STRIDE = 7919 * 101;
const NAME = `at any moment of ${EVENTS.toLocaleString('en')} events`;

async function atMoments(plan: Plan): Promise<Row[]> {
  if (plan.quick) {
    plan.note(`${NAME}: left out by --quick, because the lab has to be made first`);
    return [];
  }
  const dir = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
  const log = await openEmbeddedLog(dir);
  const snapshots = openEmbeddedSnapshots(dir);
  try {
    const { records } = opened(enginesOf(plan), flapping(EVENTS, 10), Number.POSITIVE_INFINITY);
    await store(log, records);
    const end = records.length;
    const { derived } = await stateAt(log, LAB, { position: end }, { snapshots });
    const steps = Math.floor((derived?.atNs ?? 0) / STEP_NS);
    const row = async (name: string, momentOf: (sample: number) => Until): Promise<Row> => {
      const hash = createHash('sha256');
      const samples: number[] = [];
      for (let sample = 0; sample < SAMPLES; sample++) {
        let state: StateAt | null = null;
        const ns = await processorNsOf(async () => {
          state = await stateAt(log, LAB, momentOf(sample), { snapshots });
        });
        samples.push(ns / 1e6);
        hash.update(digestible(state));
      }
      return rowOf(name, 'ms', samples, { digest: toHex(hash.digest()).slice(0, 16) });
    };
    return [
      await row(`${NAME}: a position`, (sample) => ({ position: 1 + ((sample * STRIDE) % end) })),
      await row(`${NAME}: a time`, (sample) => ({ atNs: ((sample * STRIDE) % steps) * STEP_NS + STEP_NS / 2 })),
    ];
  } finally {
    await snapshots.close();
    await log.close();
    rmSync(dir, { recursive: true });
  }
}

async function store(log: EventLog, records: readonly LogRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += BATCH) await log.append(LAB, from, records.slice(from, from + BATCH));
}

function digestible(state: StateAt | null): string {
  return JSON.stringify(state, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

export const MOMENTS: readonly Benchmark[] = [{ name: NAME, run: atMoments, isLong: true }];
