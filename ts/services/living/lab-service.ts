/**
 * The interface to living labs that the edges (HTTP API, command line) use to read labs and to send them commands. The embedded log
 * or Kafka implements it; the edges do not see the difference.
 */
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import type { LabCommand } from '../../model/events/codec-command.ts';

export interface LabService {
  /** All labs, for reading: the embedded log, or this process's mirror of Kafka's. Never append here. */
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  /**
   * Hands a command over. Resolved means at least that it will not be lost; what it comes to is in the lab's events
   * (lab-commands.ts). Rejects when it is known at once that nothing will come of it.
   */
  submit(command: LabCommand): Promise<void>;
  health(): ServiceHealth;
  /** Waits until what is under way is durable, hands labs over, closes everything. */
  close(): Promise<void>;
}

export interface ServiceHealth {
  /** False when the process should be restarted. */
  readonly live: boolean;
  /** False while it catches up, or has lost what it depends on. */
  readonly ready: boolean;
  /** One line per part that is not well: "mirror: partition 3 is 120 records behind". */
  readonly troubles: readonly string[];
  readonly roles: readonly ('controller' | 'reader')[];
  /** Labs in memory at this moment, and frames, events and commands since the start; for metrics. */
  readonly gauges: {
    readonly labsLoaded: number;
    readonly partitionsOwned: number;
    readonly commandsTaken: number;
    readonly eventsAppended: number;
    readonly labsHalted: number;
  };
}
