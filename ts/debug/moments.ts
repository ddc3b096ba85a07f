/**
 * Moments of a course that was run once, so that a question does not begin at the beginning: it begins at the last moment before what it
 * asks about. Each is a copy of the region, so their number is bounded.
 */
import type { Decided } from '../engine/decided.ts';
import type { Until } from '../engine/replay.ts';
import type { Course } from './course.ts';
import { type Moment, type NewEngine, Rerun } from './rerun.ts';

/** A moment, and a time up to which it had come at most, ns. */
export interface KeptMoment {
  readonly moment: Moment;
  readonly atNs: number;
}

/** Events between two moments at first: a shorter lab is run again as fast as a moment of it is taken. */
const EVERY = 1000;

export class Moments {
  /** In order. */
  #kept: KeptMoment[];
  /** How many bytes of regions are kept: those of a large lab are few, or none. */
  readonly #bytesMax: number;
  readonly #everyFirst: number;
  #every: number;

  private constructor(kept: readonly KeptMoment[], bytesMax = 0, every = EVERY) {
    this.#kept = [...kept];
    this.#bytesMax = bytesMax;
    this.#everyFirst = every;
    this.#every = every;
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

  /** None yet: those that reruns come by (`along`), evenly over what was run, as many as fit. @param every events between two at first */
  static upTo(bytesMax: number, every = EVERY): Moments {
    return new Moments([], bytesMax, every);
  }

  /** None yet, of a changed course: kept as these are, where any are. @param share of the bytes */
  ofAnother(share: number): Moments {
    return new Moments([], Math.floor(this.#bytesMax * share), this.#everyFirst);
  }

  /** Plays a rerun on to a moment, or to the end of its course (null), and keeps moments on the way. */
  along(rerun: Rerun, until: Until | null): Rerun {
    for (;;) {
      const pauseAt = this.#nextFor(rerun);
      rerun.playUntil(until ?? { position: Number.POSITIVE_INFINITY }, pauseAt);
      if (rerun.engine.position < pauseAt) return until === null ? rerun.play() : rerun;
      this.#keep(rerun);
    }
  }

  /** Behind the last one that is kept: what lies before it was run already. */
  #nextFor({ engine }: Rerun): number {
    if (this.#bytesMax === 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.#kept.at(-1)?.moment.snapshot.position ?? 0, engine.position) + this.#every;
  }

  #keep(rerun: Rerun): void {
    const moment = rerun.moment();
    this.#kept.push({ moment, atNs: rerun.engine.dataplane.nowNs });
    if (this.#kept.length * moment.snapshot.region.length <= this.#bytesMax) return;
    this.#kept = this.#kept.filter((_, number) => number % 2 === 1);
    this.#every *= 2;
  }

  /** The last moment before a time at which only inputs before number `next` were given; null for the beginning. */
  before(atNs: number, next = Number.POSITIVE_INFINITY): Moment | null {
    return this.#kept.findLast((one) => one.atNs < atNs && one.moment.next <= next)?.moment ?? null;
  }
}
