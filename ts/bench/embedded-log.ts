/** The embedded log: appending, reading a whole history back, and opening any position of a long one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '../log/embedded/index.ts';
import { openEmbeddedSnapshots } from '../log/embedded/snapshots.ts';
import type { EventLog } from '../log/event-log.ts';
import { decodeBody, decodeRecord, encodeBody, encodeRecord } from '../model/events/codec.ts';
import type { LogRecord } from '../model/events/record.ts';
import { evolve, initialState } from '../model/state/lab-state.ts';
import { recordedAt } from '../services/ask/recorded-state.ts';
import { eventRates, type LogRow, logRow, percentile } from './log-rows.ts';

const BATCH = 1000;
const LAB = 'lab';

/**
 * @param records of the beginning of a history, for appending.
 * @param history all of it, `length` records, read once and never held in memory: a heap full of it would be what is measured.
 */
export async function benchEmbeddedLog(
  records: readonly LogRecord[],
  history: Iterable<LogRecord>,
  length: number,
  samples: number,
): Promise<LogRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
  const log = await openEmbeddedLog(dir);
  const snapshots = openEmbeddedSnapshots(dir);
  try {
    const rows: LogRow[] = [...(await appendRows(log, records, samples))];
    await store(log, history);
    const replay = (checksChain: boolean) => eventRates(length, samples, () => foldAll(log, checksChain));
    rows.push(logRow('embedded replay with fold, chain not checked', 'events/s', await replay(false), 1_000_000));
    rows.push(logRow('embedded replay with fold, chain checked', 'events/s', await replay(true), 400_000));

    const openMs: number[] = [];
    await recordedAt(log, LAB, length, snapshots);
    for (let sample = 0; sample < 20 * samples; sample++) {
      const startMs = performance.now();
      // Spread over the whole history, and never the position of a snapshot.
      await recordedAt(log, LAB, 1 + ((sample * 7919 * 101) % length), snapshots);
      openMs.push(performance.now() - startMs);
    }
    rows.push(logRow(`state at a position of ${length} events`, 'ms', openMs, 50));
    rows.push(logRow('state at a position, 99th percentile', 'ms', [percentile(openMs, 0.99)]));
    return rows;
  } finally {
    await snapshots.close();
    await log.close();
    rmSync(dir, { recursive: true });
  }
}

async function store(log: EventLog, history: Iterable<LogRecord>): Promise<void> {
  let batch: LogRecord[] = [];
  let stored = 0;
  const flush = async (): Promise<void> => {
    await log.append(LAB, stored, batch);
    stored += batch.length;
    batch = [];
  };
  for (const record of history) {
    batch.push(record);
    if (batch.length === BATCH) await flush();
  }
  await flush();
}

async function appendRows(log: EventLog, records: readonly LogRecord[], samples: number): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  for (const [size, count] of [
    [1, 500],
    [100, 20_000],
    [1000, 100_000],
  ] as const) {
    const events = Math.min(count, records.length);
    const rates = await eventRates(events, samples, async (sample) => {
      const lab = `append-${size}-${sample}`;
      for (let from = 0; from < events; from += size) await log.append(lab, from, records.slice(from, from + size));
    });
    for (let sample = 0; sample <= samples; sample++) await log.remove(`append-${size}-${sample}`);
    rows.push(logRow(`embedded append, ${size} at a time`, 'events/s', rates));
  }
  return rows;
}

async function foldAll(log: EventLog, checksChain: boolean): Promise<void> {
  const state = initialState();
  for await (const batch of log.read(LAB, 1, undefined, { checksChain }))
    for (const { body } of batch) evolve(state, decodeBody(body));
}

/**
 * Events to bytes and back, and the fold of decoded ones. To be measured behind all else, and decoding before events are held: once it
 * has seen decoded events live on, V8 takes it that all do, and whoever decodes from then on pays for collecting them.
 */
export async function benchCodec(records: readonly LogRecord[], samples: number): Promise<LogRow[]> {
  const stored = records.map((record) => encodeRecord('', record));
  const rates = <T>(values: readonly T[], work: (value: T) => unknown) =>
    eventRates(values.length, samples, () => {
      for (const value of values) work(value);
    });
  const decodedBodies = await rates(records, ({ body }) => decodeBody(body));
  const decodedRecords = await rates(stored, decodeRecord);
  const events = records.map(({ body }) => decodeBody(body));
  const folded = await eventRates(events.length, samples, () => {
    const state = initialState();
    for (const event of events) evolve(state, event);
  });
  return [
    logRow('encode bodies', 'events/s', await rates(events, encodeBody)),
    logRow('decode bodies', 'events/s', decodedBodies),
    logRow('decode records', 'events/s', decodedRecords),
    logRow('fold', 'events/s', folded),
  ];
}
