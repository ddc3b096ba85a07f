/**
 * The log in memory: for bundles, pages and tests. Durable means "in this process".
 *
 * Several logs may share one `MemoryStore`, as several processes share one directory.
 */
import type { Position } from '../model/events/events.ts';
import { ChainCheck, checkContiguous, checkRange, EMPTY_HEAD } from './checks.ts';
import { AppendConflict, type EventLog, type Head, LabRemoved, type LabWatch, type LogRecord } from './event-log.ts';
import { followWatching, Watch } from './watch.ts';

/** Records that `read` yields at a time. */
const READ_BATCH = 1000;

/** State that logs in memory share. */
export class MemoryStore {
  readonly labs = new Map<string, LogRecord[]>();
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Tells all who listen for changes of a lab, or of any lab. */
  changed(lab?: string): void {
    const told = lab === undefined ? [...this.#listeners.values()] : [this.#listeners.get(lab) ?? []];
    for (const listeners of told) for (const wake of listeners) wake();
  }

  /** Calls back at every change of a lab, until the returned function is called. */
  listen(lab: string, wake: () => void): () => void {
    const listeners = this.#listeners.get(lab) ?? new Set();
    this.#listeners.set(lab, listeners);
    listeners.add(wake);
    return () => {
      listeners.delete(wake);
      if (listeners.size === 0 && this.#listeners.get(lab) === listeners) this.#listeners.delete(lab);
    };
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
      this.#store.changed(lab);
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

  follow(lab: string, from: Position, signal: AbortSignal): AsyncGenerator<readonly LogRecord[]> {
    return followWatching(this, lab, from, signal);
  }

  watch(lab: string, signal: AbortSignal): LabWatch {
    const store = this.#store;
    const look = () => {
      const stored = store.labs.get(lab);
      const last = stored?.at(-1);
      return { head: last === undefined ? null : { position: last.position, chain: last.chain }, incarnation: stored };
    };
    return new Watch({ look, listen: (wake) => store.listen(lab, wake), isClosed: () => this.#closed }, signal);
  }

  remove(lab: string): Promise<void> {
    return this.#promise(() => {
      this.#store.labs.delete(lab);
      this.#store.changed(lab);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#store.changed();
    return Promise.resolve();
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
