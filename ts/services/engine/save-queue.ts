/**
 * Records of one lab on their way to the log. One append is under way at a time; what an engine decides meanwhile goes together in the
 * next one, so commands that wait share a transaction and a sync.
 */
import type { LogRecord } from '../../model/events/record.ts';

/** Makes records durable. When it rejects, the engine is given up: whatever it decided beyond is nothing. */
export type AppendRecords = (records: readonly LogRecord[]) => Promise<void>;

export interface SaveOwner {
  /** The batch that was added longest ago is durable. */
  saved(): void;
  /** An append was refused; nothing behind it will be saved. */
  failed(error: unknown): void;
}

/** Records that go into one append, if more than one batch waits. */
const RECORDS_MAX = 1000;

interface Batch {
  readonly records: readonly LogRecord[];
  resolve(): void;
  reject(error: unknown): void;
}

export class SaveQueue {
  readonly #append: AppendRecords;
  readonly #owner: SaveOwner;
  readonly #waiting: Batch[] = [];
  #isSaving = false;
  #failure: { readonly error: unknown } | null = null;
  /** Of the batch that was added last. */
  #last: Promise<void> = Promise.resolve();

  constructor(append: AppendRecords, owner: SaveOwner) {
    this.#append = append;
    this.#owner = owner;
  }

  add(records: readonly LogRecord[]): void {
    if (this.#failure !== null) return;
    this.#last = new Promise((resolve, reject) => this.#waiting.push({ records, resolve, reject }));
    this.#last.catch(() => undefined);
    if (!this.#isSaving) void this.#save();
  }

  /** Resolves when all that was added so far is durable. @throws what refused it */
  all(): Promise<void> {
    return this.#last;
  }

  async #save(): Promise<void> {
    this.#isSaving = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, groupLength(this.#waiting));
      try {
        await this.#append(group.flatMap(({ records }) => records));
      } catch (error) {
        this.#fail(error, group);
        return;
      }
      for (const { resolve } of group) {
        resolve();
        this.#owner.saved();
      }
    }
    this.#isSaving = false;
  }

  #fail(error: unknown, group: readonly Batch[]): void {
    this.#failure = { error };
    for (const { reject } of [...group, ...this.#waiting.splice(0)]) reject(error);
    this.#owner.failed(error);
  }
}

/** How many of the batches that wait go into one append: at least one. */
function groupLength(waiting: readonly Batch[]): number {
  let records = 0;
  const end = waiting.findIndex((batch, index) => {
    records += batch.records.length;
    return index > 0 && records > RECORDS_MAX;
  });
  return end < 0 ? waiting.length : end;
}
