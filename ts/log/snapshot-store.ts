/**
 * Where snapshots lie, as a port. Adapters: memory (here) and embedded/. They only save time: whatever is lost here, the log has.
 */
import type { SnapshotKind, StoredSnapshot } from '../model/events/codec-snapshot.ts';
import type { Position } from '../model/events/events.ts';

export type { SnapshotKind, StoredSnapshot };

export interface SnapshotStore {
  /** Writes snapshots, all or none. */
  put(...snapshots: readonly StoredSnapshot[]): Promise<void>;
  /** The newest of a kind at or before `position`; null when there is none. */
  latest(lab: string, kind: SnapshotKind, position?: Position): Promise<StoredSnapshot | null>;
  /** Forgets all of a lab, or those of one kind. */
  remove(lab: string, kind?: SnapshotKind): Promise<void>;
}
