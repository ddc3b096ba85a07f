/**
 * Recorded state at a moment, folded from the log with nothing running. Every FOLD_EVERY events the fold is kept as a snapshot,
 * so that the next question begins there; a snapshot counts only if it is of this very history and this very build.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { evolve, initialState, type LabState, revived } from '../../model/state/lab-state.ts';
import { engineIdentity } from '../engine/host.ts';
import { recordAt } from '../engine/record-at.ts';
import { usableSnapshot } from '../engine/usable-snapshot.ts';

/** Folding this many events takes a few milliseconds. */
export const FOLD_EVERY = 10_000;

/** Folds a lab up to a position. Beyond the end is the end. */
export async function recordedAt(log: EventLog, lab: string, position: Position, snapshots?: SnapshotStore): Promise<LabState> {
  const found = snapshots === undefined ? null : await usableSnapshot(log, snapshots, lab, 'fold', position);
  const state = found === null ? initialState() : revived(JSON.parse(inflateRawSync(found.bytes).toString()) as LabState);
  return foldedOn(state, log, lab, position, snapshots);
}

/** Folds a lab on from a state of its own, which is used up, to a position. */
export async function foldedOn(
  state: LabState,
  log: EventLog,
  lab: string,
  position: Position,
  snapshots?: SnapshotStore,
): Promise<LabState> {
  for await (const batch of log.read(lab, state.position + 1, position)) await foldBatch(state, lab, batch, snapshots);
  return state;
}

async function foldBatch(
  state: LabState,
  lab: string,
  batch: readonly LogRecord[],
  snapshots: SnapshotStore | undefined,
): Promise<void> {
  for (const { body, position, chain } of batch) {
    evolve(state, decodeBody(body));
    if (snapshots === undefined || position % FOLD_EVERY !== 0) continue;
    const bytes = deflateRawSync(JSON.stringify(state));
    // It only saves time: a directory that cannot be written is no reason to answer nothing.
    await snapshots.put({ lab, kind: 'fold', position, chain, engine: engineIdentity(), bytes }).catch(() => undefined);
  }
}

/** How much further each step from a guess goes than the one before. */
const STRIDE = 8;

/**
 * Position of the last event at or before a time; 0 when there is none. Times never decrease along positions. Each look reads a record, so
 * the search begins where the time would be if events came evenly, and goes from there in growing steps.
 */
export async function positionAt(log: EventLog, lab: string, atNs: number): Promise<Position> {
  const end = (await log.head(lab))?.position ?? 0;
  const endNs = end === 0 ? 0 : await timeOf(log, lab, end);
  if (endNs <= atNs) return end;
  const isBehind = async (position: Position): Promise<boolean> => (await timeOf(log, lab, position)) > atNs;
  // The event at `low`, if there is one, is at or before the time; that at `high` is behind it.
  let [low, high] = [0, end];
  let probe = Math.floor((end * Math.max(0, atNs)) / endNs);
  for (let step = 1; probe > low && probe < high; step *= STRIDE) {
    if (await isBehind(probe)) high = probe;
    else low = probe;
    probe = high === probe ? probe - step : probe + step;
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (await isBehind(middle)) high = middle;
    else low = middle;
  }
  return low;
}

/** Virtual time of the event at a position, ns; without end where there is none. */
export async function timeOf(log: EventLog, lab: string, position: Position): Promise<number> {
  const record = await recordAt(log, lab, position);
  return record === null ? Number.POSITIVE_INFINITY : decodeBody(record.body).atNs;
}
