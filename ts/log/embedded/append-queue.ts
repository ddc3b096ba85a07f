/**
 * Appends that wait share one transaction and one sync (group commit). An append waits for the end of the event loop's turn; as
 * committing blocks the loop, everything that arrives meanwhile makes the next group. Groups keep the order of arrival.
 *
 * An append that is refused (its lab ends elsewhere, its lab is damaged) leaves nothing behind, so the others of its group go on. When
 * the transaction itself fails, none of the group is stored.
 */
import { AppendConflict, type LabAppend, LogDamaged } from '../event-log.ts';
import { StoreUnusable } from './unusable.ts';

/** What became of one append of a group: null when it is durable, else why it was refused. */
export type Refusal = Error | null;

interface Waiting {
  readonly append: LabAppend;
  resolve(): void;
  reject(error: unknown): void;
}

export class AppendQueue {
  /** Commits a group; one answer per append, in order. Throws when none is stored. */
  readonly #commit: (group: readonly LabAppend[]) => readonly Refusal[];
  #waiting: Waiting[] = [];
  #turn: NodeJS.Immediate | null = null;

  constructor(commit: (group: readonly LabAppend[]) => readonly Refusal[]) {
    this.#commit = commit;
  }

  /** Resolves when the append is durable. @throws what refused it */
  add(append: LabAppend): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject });
      this.#turn ??= setImmediate(() => this.flush());
    });
  }

  /** Commits what waits, now: before anything that must come after it. */
  flush(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    try {
      const refusals = this.#commit(group.map(({ append }) => append));
      for (const [index, { resolve, reject }] of group.entries()) {
        const refusal = refusals[index] ?? null;
        if (refusal === null) resolve();
        else reject(refusal);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

/**
 * What a write comes to, or why it is refused. Inside a transaction only checks refuse, and they come before the first byte is written; a
 * witness may find no room behind it.
 */
export function refusalOr<T>(write: () => T): T | Error {
  try {
    return write();
  } catch (error) {
    if (error instanceof AppendConflict || error instanceof LogDamaged || error instanceof StoreUnusable) return error;
    throw error;
  }
}
