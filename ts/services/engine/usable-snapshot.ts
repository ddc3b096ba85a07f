import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotKind, SnapshotStore, StoredSnapshot } from '../../log/snapshot-store.ts';
import { sameBytes } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import { engineIdentity } from './host.ts';
import { recordAt } from './record-at.ts';

/** The newest snapshot at or before a position that is of this very history and this very build; null when there is none. */
export async function usableSnapshot(
  log: EventLog,
  snapshots: SnapshotStore,
  lab: string,
  kind: SnapshotKind,
  position: Position,
): Promise<StoredSnapshot | null> {
  const found = await snapshots.latest(lab, kind, position);
  if (found === null || found.engine !== engineIdentity()) return null;
  const record = await recordAt(log, lab, found.position);
  return record !== null && sameBytes(record.chain, found.chain) ? found : null;
}
