/** Watching one lab of a log, for adapters that can tell readers when a lab changed. */
import type { Position } from '../model/events/events.ts';
import { checkRange } from './checks.ts';
import { type EventLog, type Head, LabRemoved, type LabWatch, type LogRecord } from './event-log.ts';

/** What an adapter tells a watch about its lab. */
export interface WatchedLab {
  /** Where the lab ends now, null when there is none, and which lab of its name it is: another value for each. */
  readonly look: () => { readonly head: Head | null; readonly incarnation: unknown };
  /** Calls back whenever `look` may answer something else, until the returned function is called. */
  readonly listen: (wake: () => void) => () => void;
  /** Whether the log was closed. Closing calls back, too. */
  readonly isClosed: () => boolean;
}

export class Watch implements LabWatch {
  readonly #lab: WatchedLab;
  readonly #signal: AbortSignal;
  readonly #leave: () => void;
  #followed: unknown;
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(lab: WatchedLab, signal: AbortSignal) {
    this.#lab = lab;
    this.#signal = signal;
    // Before the first look: a change after a look is always told.
    this.#leave = lab.listen(this.#change);
    signal.addEventListener('abort', this.#change);
  }

  async holds(position: Position): Promise<Head | null> {
    while (!this.#isOver && !this.#signal.aborted && !this.#lab.isClosed()) {
      const { head, incarnation } = this.#lab.look();
      if (this.#followed !== undefined && (head === null || incarnation !== this.#followed)) this.close();
      else if (head !== null) this.#followed = incarnation;
      if (this.#isOver) return null;
      if (head !== null && head.position >= position) return head;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return null;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    this.#signal.removeEventListener('abort', this.#change);
    this.#wake();
  }

  readonly #change = (): void => this.#wake();
}

/** `EventLog.follow` of a log that can be watched. */
export async function* followWatching(
  log: Pick<EventLog, 'read' | 'watch'>,
  lab: string,
  from: Position,
  signal: AbortSignal,
): AsyncGenerator<readonly LogRecord[]> {
  checkRange(from, from);
  const watch = log.watch(lab, signal);
  try {
    for (let next = from; ; ) {
      const head = await watch.holds(next);
      if (head === null) return;
      for await (const batch of whileItLasts(log.read(lab, next, head.position), watch)) {
        if (signal.aborted) return;
        yield batch;
        next += batch.length;
      }
    }
  } finally {
    watch.close();
  }
}

/** Batches until the lab is removed or the log is closed: neither is an error for those who follow. */
async function* whileItLasts(batches: AsyncIterable<readonly LogRecord[]>, watch: LabWatch): AsyncGenerator<readonly LogRecord[]> {
  try {
    yield* batches;
  } catch (error) {
    if (!(error instanceof LabRemoved) && (await watch.holds(1)) !== null) throw error;
  }
}
