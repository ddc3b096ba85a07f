/**
 * The log of events, as a port. Adapters: memory.ts, embedded/ (lmdb), and Kafka. One contract suite holds them all to
 * this file: test/contract/event-log.ts.
 *
 * One stream per lab, positions contiguous from 1. Records are bytes: nobody re-encodes a body (docs/architecture.md).
 *
 * Appending trusts the writer's chain; *reading* checks it, because what matters is what the store gives back. Byte arrays
 * are handed over, not copied: do not write into those you gave or got.
 */
import type { Position } from '../model/events/events.ts';
import type { Checkpoint, LogRecord } from '../model/events/record.ts';

export type { Checkpoint, LogRecord };

/** Where a lab's log ends. An empty lab ends at position 0 with a chain of 32 zero bytes. */
export interface Head {
  readonly position: Position;
  readonly chain: Uint8Array;
}

export interface ReadOptions {
  /**
   * False: spare the hashing, and trust the store's own checksums. For readers who check in another way, such as by deciding every
   * event again. An adapter without checksums checks the chain all the same.
   */
  readonly checksChain?: boolean;
}

export interface EventLog {
  /**
   * Appends records, all or none. Resolved means durable.
   * @param expected position of the lab's last record, 0 for a new lab; the first record must be `expected + 1`.
   * @throws AppendConflict when the log's end is elsewhere.
   * @throws RangeError when positions are not contiguous, or are not those inside the bodies, or the lab's name is not
   * one that can be stored (LAB_NAME_BYTES_MAX).
   * @throws LogDamaged when the end of the stored log cannot be trusted.
   */
  append(lab: string, expected: Position, records: readonly LogRecord[]): Promise<void>;

  /**
   * Records from `from` to `to` inclusive, in order, in batches. Each chain link is checked against the record before it
   * (for `from` > 1 against the stored chain of `from - 1`). Ends where the log ended when reading began; nothing for a lab
   * that does not exist.
   * @throws LogDamaged naming the first bad position; a read that ends before it succeeds.
   * @throws LabRemoved when the lab goes while it is being read.
   */
  read(lab: string, from?: Position, to?: Position, options?: ReadOptions): AsyncIterable<readonly LogRecord[]>;

  /** Where the lab ends; null when there is no such lab. @throws LogDamaged */
  head(lab: string): Promise<Head | null>;

  /** Names of all labs, sorted by code unit; damaged ones too, as far as they can be known. */
  labs(): Promise<readonly string[]>;

  /**
   * Yields records from `from` on, first those stored and then those to come; waits for a lab that does not exist yet. Ends
   * when the signal aborts, when the lab is removed, or when the log is closed.
   * @throws LogDamaged as `read` does.
   */
  follow(lab: string, from: Position, signal: AbortSignal): AsyncIterable<readonly LogRecord[]>;

  /**
   * Watches a lab, for readers that read in pieces of their own. Waiting costs nothing: the append wakes those who wait, also
   * that of another process that has the store open.
   */
  watch(lab: string, signal: AbortSignal): LabWatch;

  /** Removes a lab, if there is one. Appending to it again starts at position 1. */
  remove(lab: string): Promise<void>;

  close(): Promise<void>;
}

export interface LabWatch {
  /**
   * Resolves with the lab's end when the lab holds `position`; waits for a lab that does not exist yet. Null when the watch is
   * over: the signal aborted, the log was closed, or the lab was removed, even if one of its name came back. One call at a time.
   * @throws LogDamaged when the end of the lab cannot be trusted.
   */
  holds(position: Position): Promise<Head | null>;

  /** Ends the watch; to be called by whoever opened it. */
  close(): void;
}

/** Records to append to one lab; see `EventLog.append`. */
export interface LabAppend {
  readonly lab: string;
  readonly expected: Position;
  readonly records: readonly LogRecord[];
}

/** A log that makes many labs durable in one go: for mirrors, which take them as they come. */
export interface BulkLog extends EventLog {
  /** Appends to several labs, each at most once, all or none. @throws as `append` */
  appendAll(appends: readonly LabAppend[]): Promise<void>;
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
    /** Empty when the whole store is meant. */
    readonly lab: string,
    /** First position that cannot be trusted; 0 when even that is unknown. */
    readonly position: Position,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(lab === '' ? `store damaged: ${detail}` : `store damaged: lab ${lab}, position ${position}: ${detail}`, options);
  }
}

/** The lab was removed while it was being read. */
export class LabRemoved extends Error {
  override readonly name = 'LabRemoved';
  constructor(readonly lab: string) {
    super(`lab ${lab} was removed while it was being read`);
  }
}

/** A lab's name is 1 to this many bytes of UTF-8, without NUL: file names are made of it. */
export const LAB_NAME_BYTES_MAX = 80;
