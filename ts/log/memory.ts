/**
 * The log in memory: for bundles, pages and tests. Durable means "in this process".
 *
 * Several logs may share one `MemoryStore`, as several processes share one directory.
 */
import type { Position } from '../model/events/events.ts';
import { ChainCheck, checkContiguous, checkRange, EMPTY_HEAD } from './checks.ts';
import { AppendConflict, type EventLog, type Head, LabRemoved, type LogRecord } from './event-log.ts';

/** Records that `read` yields at a time. */
const READ_BATCH = 1000;

/** State that logs in memory share. */
export class MemoryStore {
  readonly labs = new Map<string, LogRecord[]>();
  readonly #waiting = new Set<() => void>();

  /** Wakes all readers that wait for a change. */
  changed(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Resolves at the next change, or when the signal aborts. */
  change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

export function openMemoryLog(store: MemoryStore = new MemoryStore()): EventLog {
  return new MemoryLog(store);
}

class MemoryLog implements EventLog {
  readonly #store: MemoryStore;
  #closed = false;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  append(lab: string, expected: Position, records: readonly LogRecord[]): Promise<void> {
    return this.#promise(() => {
      checkContiguous(lab, expected, records);
      const stored = this.#store.labs.get(lab) ?? [];
      if (stored.length !== expected) throw new AppendConflict(lab, expected, stored.length);
      if (records.length === 0) return;
      for (const record of records) stored.push(record);
      this.#store.labs.set(lab, stored);
      this.#store.changed();
    });
  }

  // biome-ignore lint/suspicious/useAwait: the port is asynchronous, but memory is not
  async *read(lab: string, from: Position = 1, to: Position = Number.POSITIVE_INFINITY): AsyncGenerator<readonly LogRecord[]> {
    this.#checkOpen();
    checkRange(from, to);
    const stored = this.#store.labs.get(lab) ?? [];
    const last = Math.min(to, stored.length);
    const check = new ChainCheck(lab, stored[from - 2] ?? EMPTY_HEAD);
    for (let next = from; next <= last; next += READ_BATCH) {
      if (this.#store.labs.get(lab) !== stored) throw new LabRemoved(lab);
      const batch = stored.slice(next - 1, Math.min(next - 1 + READ_BATCH, last));
      check.follow(batch);
      yield batch;
    }
  }

  head(lab: string): Promise<Head | null> {
    return this.#promise(() => {
      const last = this.#store.labs.get(lab)?.at(-1);
      return last === undefined ? null : { position: last.position, chain: last.chain };
    });
  }

  labs(): Promise<readonly string[]> {
    return this.#promise(() => [...this.#store.labs.keys()].sort());
  }

  async *follow(lab: string, from: Position, signal: AbortSignal): AsyncGenerator<readonly LogRecord[]> {
    let next = from;
    let followed: LogRecord[] | undefined;
    while (!signal.aborted && !this.#closed) {
      const stored = this.#store.labs.get(lab);
      if (followed !== undefined && stored !== followed) return;
      followed = stored;
      if (stored === undefined || stored.length < next) {
        await this.#store.change(signal);
        continue;
      }
      for await (const batch of this.#untilRemoved(this.read(lab, next))) {
        if (signal.aborted) return;
        yield batch;
        next += batch.length;
      }
    }
  }

  remove(lab: string): Promise<void> {
    return this.#promise(() => {
      this.#store.labs.delete(lab);
      this.#store.changed();
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#store.changed();
    return Promise.resolve();
  }

  async *#untilRemoved(batches: AsyncIterable<readonly LogRecord[]>): AsyncGenerator<readonly LogRecord[]> {
    try {
      yield* batches;
    } catch (error) {
      if (!(error instanceof LabRemoved)) throw error;
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('the log is closed');
  }

  #promise<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#checkOpen();
      resolve(work());
    });
  }
}
