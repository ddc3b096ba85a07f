/** Callers that wait for a mirror: for an offset of a partition, for a position of a lab, or for the removal of a lab. */
import type { Position } from '../../model/events/events.ts';
import { type Head, LogDamaged } from '../event-log.ts';
import type { Trouble } from './intake.ts';

export class MirrorClosed extends Error {
  override readonly name = 'MirrorClosed';
  constructor() {
    super('the log is closed');
  }
}

export interface Wait {
  readonly done: Promise<void>;
  /** Cancels the wait; `done` then never settles. */
  readonly cancel: () => void;
}

interface Waiter<T> {
  readonly isOver: (what: T) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Waiters by what they wait for: a partition or a lab. */
class WaitingRoom<K, T> {
  readonly #waiters = new Map<K, Set<Waiter<T>>>();

  enter(key: K, isOver: (what: T) => boolean): Wait {
    let waiter: Waiter<T> | undefined;
    const done = new Promise<void>((resolve, reject) => {
      waiter = { isOver, resolve, reject };
    });
    // A caller that cancels ignores `done`.
    done.catch(() => undefined);
    if (waiter !== undefined) this.#at(key).add(waiter);
    return { done, cancel: () => waiter !== undefined && this.#leave(key, waiter) };
  }

  tell(key: K, what: T): void {
    for (const waiter of this.#waiters.get(key) ?? []) {
      if (!waiter.isOver(what)) continue;
      this.#leave(key, waiter);
      waiter.resolve();
    }
  }

  fail(key: K, error: Error): void {
    for (const waiter of this.#waiters.get(key) ?? []) waiter.reject(error);
    this.#waiters.delete(key);
  }

  close(): void {
    for (const key of [...this.#waiters.keys()]) this.fail(key, new MirrorClosed());
  }

  #at(key: K): Set<Waiter<T>> {
    const waiters = this.#waiters.get(key) ?? new Set();
    this.#waiters.set(key, waiters);
    return waiters;
  }

  #leave(key: K, waiter: Waiter<T>): void {
    const waiters = this.#waiters.get(key);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(key);
  }
}

export class Waiters {
  readonly #partitions = new WaitingRoom<number, number>();
  readonly #heads = new WaitingRoom<string, Head>();
  readonly #removals = new WaitingRoom<string, null>();

  /** Resolves when `next` of a partition has come to `end`; it is at `now`. */
  passed(partition: number, end: number, now: number): Promise<void> {
    return now >= end ? Promise.resolve() : this.#partitions.enter(partition, (next) => next >= end).done;
  }

  holds(lab: string, position: Position): Wait {
    return this.#heads.enter(lab, (head) => head.position >= position);
  }

  forgets(lab: string): Wait {
    return this.#removals.enter(lab, () => true);
  }

  reached(partition: number, next: number): void {
    this.#partitions.tell(partition, next);
  }

  moved(lab: string, head: Head | null): void {
    if (head === null) this.#removals.tell(lab, null);
    else this.#heads.tell(lab, head);
  }

  stalled({ lab, position, detail }: Trouble): void {
    this.#heads.fail(lab, new LogDamaged(lab, position, detail));
  }

  close(): void {
    this.#partitions.close();
    this.#heads.close();
    this.#removals.close();
  }
}
