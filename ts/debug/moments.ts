/**
 * Moments of a course that was run once, so that a question does not begin at the beginning: it begins at the last moment before what it
 * asks about. Each is a copy of the region, so their number is bounded.
 */
import type { Decided } from '../engine/decided.ts';
import type { Course } from './course.ts';
import { type Moment, type NewEngine, Rerun } from './rerun.ts';

/** A moment, and a time up to which it had come at most, ns. */
export interface KeptMoment {
  readonly moment: Moment;
  readonly atNs: number;
}

export class Moments {
  readonly #kept: readonly KeptMoment[];

  /** @param kept in order. */
  private constructor(kept: readonly KeptMoment[]) {
    this.#kept = kept;
  }

  /** Runs a course once and keeps a moment every so many events. @param onDecided called with all that is decided, in order */
  static of(newEngine: NewEngine, course: Course, every: number, onDecided?: (decided: readonly Decided[]) => void): Moments {
    const rerun = new Rerun(newEngine, course, { forgets: onDecided === undefined });
    const kept: KeptMoment[] = [];
    for (let position = every; ; position += every) {
      rerun.playUntil({ position });
      onDecided?.(rerun.decided.splice(0));
      if (rerun.engine.position < position) return new Moments(kept);
      kept.push({ moment: rerun.moment(), atNs: rerun.engine.dataplane.nowNs });
    }
  }

  /** Moments that somebody else has kept, in order. */
  static from(kept: readonly KeptMoment[]): Moments {
    return new Moments(kept);
  }

  /** None: every question begins at the beginning. */
  static none(): Moments {
    return new Moments([]);
  }

  /** The last moment before a time at which only inputs before number `next` were given; null for the beginning. */
  before(atNs: number, next = Number.POSITIVE_INFINITY): Moment | null {
    return this.#kept.findLast((one) => one.atNs < atNs && one.moment.next <= next)?.moment ?? null;
  }
}
