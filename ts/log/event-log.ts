/**
 * The log of events, as a port. Adapters: memory.ts, embedded/ (lmdb), and Kafka. One contract suite holds them all to
 * this file: test/contract/event-log.ts.
 *
 * One stream per lab, positions contiguous from 1. Records are bytes: nobody re-encodes a body (docs/architecture.md).
 */
import type { Position } from '../model/events.ts';

/** What is stored at one position (proto Record, without the lab's name). */
export interface LogRecord {
  readonly position: Position;
  /** Encoded Body, exactly as it was hashed. */
  readonly body: Uint8Array;
  /** 32 bytes: SHA-256(previous chain, body). */
  readonly chain: Uint8Array;
  /** Wall clock, milliseconds since 1970. */
  readonly recordedAtMs: number;
  readonly commandId: string;
  readonly checkpoint: Checkpoint | null;
}

/** Hashes of the state just before a record was decided. */
export interface Checkpoint {
  /** Identity of the engine that took it. */
  readonly engine: string;
  readonly region: Uint8Array;
  readonly agents: Uint8Array;
}

/** Where a lab's log ends. An empty lab ends at position 0 with a chain of 32 zero bytes. */
export interface Head {
  readonly position: Position;
  readonly chain: Uint8Array;
}

export interface EventLog {
  /**
   * Appends records, all or none. Resolved means durable.
   * @param expected position of the lab's last record, 0 for a new lab; the first record must be `expected + 1`.
   * @throws AppendConflict when the log's end is elsewhere.
   * @throws RangeError when positions are not contiguous.
   */
  append(lab: string, expected: Position, records: readonly LogRecord[]): Promise<void>;

  /**
   * Records from `from` to `to` inclusive, in order, in batches. Each chain link is checked against the record before it
   * (for `from` > 1 against the stored chain of `from - 1`).
   * @throws LogDamaged naming the first bad position.
   */
  read(lab: string, from?: Position, to?: Position): AsyncIterable<readonly LogRecord[]>;

  /** Where the lab ends; null when there is no such lab. */
  head(lab: string): Promise<Head | null>;

  /** Names of all labs, sorted. */
  labs(): Promise<readonly string[]>;

  /** Yields records from `from` on, first those stored and then those to come, until the signal aborts. */
  follow(lab: string, from: Position, signal: AbortSignal): AsyncIterable<readonly LogRecord[]>;

  /** Removes a lab. Appending to it again starts at position 1. */
  remove(lab: string): Promise<void>;

  close(): Promise<void>;
}

/** Someone else appended first. */
export class AppendConflict extends Error {
  override readonly name = 'AppendConflict';
  constructor(
    readonly lab: string,
    readonly expected: Position,
    readonly actual: Position,
  ) {
    super(`lab ${lab} ends at position ${actual}, not at ${expected}: another writer appended`);
  }
}

/** The store holds something no writer wrote. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
  constructor(
    readonly lab: string,
    /** First position that cannot be trusted; 0 when even that is unknown. */
    readonly position: Position,
    readonly detail: string,
  ) {
    super(`store damaged: lab ${lab}, position ${position}: ${detail}`);
  }
}
