/** Two recorded labs, or one at two moments, side by side (ts/debug/diff.ts). */
import { type Difference, diffSides, type Side } from '../../debug/diff.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import { publishState } from '../publish/publish-state.ts';
import { stateAt } from './state-at.ts';

/** A recorded lab at a moment; null is its end. */
export interface DiffTarget {
  readonly lab: string;
  readonly until: Until | null;
}

export interface DiffedSide {
  readonly lab: string;
  readonly position: Position;
  readonly atNs: number;
}

export interface LabsDiffer extends Difference {
  readonly a: DiffedSide;
  readonly b: DiffedSide;
}

/** Compares what two labs were at two moments, and how they came there. @throws LogDamaged */
export async function diffLabs(log: EventLog, a: DiffTarget, b: DiffTarget, snapshots?: SnapshotStore): Promise<LabsDiffer> {
  const [left, right] = [await sideOf(log, a, snapshots), await sideOf(log, b, snapshots)];
  return { a: left.is, b: right.is, ...diffSides(left, right) };
}

async function sideOf(
  log: EventLog,
  { lab, until }: DiffTarget,
  snapshots?: SnapshotStore,
): Promise<Side & { readonly is: DiffedSide }> {
  const end = (await log.head(lab))?.position ?? 0;
  const state = await stateAt(log, lab, until ?? { position: end }, snapshots === undefined ? {} : { snapshots });
  const { position, recorded, derived } = state;
  if (recorded.lab === null || derived === null) throw new RangeError(`lab ${lab} was not defined by then`);
  const events: LabEvent[] = [];
  for await (const batch of log.read(lab, 1, position)) events.push(...batch.map(({ body }) => decodeBody(body)));
  // A time says how far the lab is looked at; a position stands at the time of its event.
  const atNs = until !== null && 'atNs' in until ? until.atNs : state.atNs;
  return { is: { lab, position, atNs }, lab: recorded.lab, events, recorded: publishState(recorded), derived };
}
