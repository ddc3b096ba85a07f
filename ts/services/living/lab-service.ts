/**
 * The interface to living labs that the edges (HTTP API, command line) use to read labs and to send them commands. The embedded log
 * or Kafka implements it; the edges do not see the difference.
 */
import type { EventLog, LogRecord } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import type { LabCommand } from '../../model/events/codec-command.ts';
import type { Clock } from './lab-clock.ts';

/** How many events an outcome brings at most; all are in the log. */
export const OUTCOME_EVENTS_MAX = 10_000;

/** What a command came to, durable. */
export interface Taken {
  /** From the first record that it caused; at most OUTCOME_EVENTS_MAX. */
  readonly records: readonly LogRecord[];
  /** Where the lab settled. */
  readonly last: LogRecord;
}

export interface LabService {
  /** All labs, for reading: the embedded log, or this process's mirror of Kafka's. Never append here. */
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  /**
   * Hands a command over. Resolved means at least that it will not be lost; what it comes to is in the lab's events
   * (lab-commands.ts), and in the answer if this process carried it out. Rejects when nothing will come of it.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a service that only passes commands on has nothing to answer
  submit(command: LabCommand): Promise<Taken | null | void>;
  /**
   * Ends what a lab is at, if this process runs it: the step's caller is told StepCancelled, what is recorded stays, and the lab's next
   * command finishes the step first. False when nothing was under way here.
   */
  cancel?(lab: string): boolean;
  /**
   * Pauses a lab that follows the clock, lets it go on, or changes its pace, until this process ends.
   * @throws NoSuchLab, LabEnded; InvalidCommand for a lab whose time moves by steps
   */
  setClock?(lab: string, change: Partial<Clock>): Promise<Clock>;
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
