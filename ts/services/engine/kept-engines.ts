/**
 * Engines that answered a question, kept for the next question about the same lab. Each has a memory of some MiB, which only a garbage
 * collection frees: with a new engine for each question a full collection (10 to 40 ms) came with every tenth one.
 *
 * `restore` lays the region out anew and clears it, so nothing of the last question is left. An engine that failed is not kept, and none
 * serves another lab: a region that came with a stranger's bundle may have written anywhere in the engine's memory.
 */
import type { Engine } from '../../engine/engine.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { createEngine } from './host.ts';

/** Clearing more memory than this takes longer than new memory does, and it would be held for nothing. */
const MEMORY_MAX = 16 << 20;

/** The last engine of each store that moments come from. */
const kept = new WeakMap<SnapshotStore, { readonly lab: string; readonly engine: Engine }>();

/** An engine to restore a snapshot into, before anything else. It is the caller's alone until it is kept again. */
export function takeEngine(snapshots: SnapshotStore, lab: string): Engine {
  const found = kept.get(snapshots);
  kept.delete(snapshots);
  return found?.lab === lab ? found.engine : createEngine();
}

/** Keeps an engine that nobody uses any more. */
export function keepEngine(snapshots: SnapshotStore, lab: string, engine: Engine): void {
  if (engine.dataplane.memoryBytes <= MEMORY_MAX) kept.set(snapshots, { lab, engine });
}
