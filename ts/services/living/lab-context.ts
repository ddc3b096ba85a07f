/** What a living lab stands on: the log, where its records go, and the engines it may use. */
import type { CommandOffset } from '../../log/command-queue.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore, StoredSnapshot } from '../../log/snapshot-store.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { EnginePool } from '../engine/pool.ts';
import type { EngineSlots } from '../engine/slots.ts';

/** Where a controller's results go. */
export interface Recorder {
  /** Rejects if another process owns the lab now, or if it is unknown whether the records were stored; the engine is then closed. */
  append(lab: string, expected: Position, records: readonly LogRecord[], commands: readonly CommandOffset[]): Promise<void>;
  forget(lab: string, command: CommandOffset | null): Promise<void>;
  /** The command has no effect, and needs no record. */
  pass(command: CommandOffset): Promise<void>;
  /** Resolves when the log shows everything that was ever recorded of the labs that are ours. */
  caughtUp(lab: string): Promise<void>;
}

export interface LivingLabContext {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly pool: EnginePool;
  readonly recorder: Recorder;
  readonly slots: EngineSlots;
  /** Opening a lab again may cost this much re-execution, ms, before a snapshot is taken when it is given up. */
  readonly snapshotAfterMs?: number;
  /** Called when an engine died, and its lab's history says so. */
  readonly onHalted: () => void;
  /** Called with snapshots worth keeping elsewhere too. */
  readonly onSnapshot?: (snapshot: StoredSnapshot) => Promise<void>;
}
