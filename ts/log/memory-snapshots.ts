/** Snapshots in memory: for tests, and for readers without a directory. */
import type { Position } from '../model/events/events.ts';
import type { SnapshotKind, SnapshotStore, StoredSnapshot } from './snapshot-store.ts';

export function createMemorySnapshots(): SnapshotStore {
  let stored: StoredSnapshot[] = [];
  return {
    put: (...snapshots) => {
      stored.push(...snapshots);
      return Promise.resolve();
    },
    latest: (lab: string, kind: SnapshotKind, position: Position = Number.POSITIVE_INFINITY) => {
      const found = stored.filter((one) => one.lab === lab && one.kind === kind && one.position <= position);
      return Promise.resolve(found.sort((a, b) => b.position - a.position)[0] ?? null);
    },
    remove: (lab, kind) => {
      stored = stored.filter((one) => one.lab !== lab || (kind !== undefined && one.kind !== kind));
      return Promise.resolve();
    },
  };
}
