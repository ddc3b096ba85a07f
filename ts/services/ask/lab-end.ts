/** The end of a recorded lab in virtual time. Later times have not happened yet, so requests for them are refused. */
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { decodeBody } from '../../model/events/codec.ts';
import { formatSeconds } from '../../values/nanos.ts';
import { lastRecord } from '../engine/record-at.ts';
import { recordedAt } from './recorded-state.ts';

/**
 * Says so when a time lies beyond the end of a lab: after the last event, and after all the time that was allowed to pass.
 * @returns a sentence that names the end, or null.
 */
export async function beyondEnd(log: EventLog, lab: string, atNs: number, snapshots?: SnapshotStore): Promise<string | null> {
  const last = await lastRecord(log, lab);
  if (last === null || atNs <= decodeBody(last.body).atNs) return null;
  const { atNs: lastNs, horizonNs } = await recordedAt(log, lab, last.position, snapshots);
  const endNs = Math.max(lastNs, horizonNs);
  return atNs <= endNs ? null : `lab ${lab} ends at ${formatSeconds(endNs)} s; nothing is recorded at ${formatSeconds(atNs)} s`;
}
