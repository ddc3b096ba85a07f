/**
 * But for this, would it have happened? The lab is run again without one input, or with another value of one property, and the same effect
 * is looked for in the same time (effect.ts). Positions move, so they are not compared.
 *
 * A rerun begins where the input was given, not at the beginning. Something is necessary when the effect happens less than half as often
 * without it: a loss that is a little larger or smaller is the same loss.
 */
import type { Position } from '../../model/events/events.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { type Course, isRemovable, withLab, without } from '../course.ts';
import { Moments } from '../moments.ts';
import { NotRead } from '../not-read.ts';
import { type Moment, type NewEngine, Rerun } from '../rerun.ts';
import type { Effect } from './effect.ts';
import type { Property } from './property.ts';

/** How many reruns one question may cost. */
export const RERUNS_MAX = 60;

/** Of each lab with another value so many moments are kept, of those of the lab itself. */
const OTHER_SHARE = 1 / 8;

/** What a rerun said. */
export interface Verdict {
  /** Null where it was not run again: an outcome, time, or beyond the limit. */
  readonly necessary: boolean | null;
  /** How often the effect happens in the rerun, such as frames that die; null where there was none. */
  readonly without: number | null;
}

export const UNTRIED: Verdict = { necessary: null, without: null };

export class ButFor {
  readonly #newEngine: NewEngine;
  readonly #course: Course;
  readonly #rerunsMax: number;
  readonly #open: Moments;
  /** The lab before inputs, by their numbers: one run takes them in order. */
  readonly #moments = new Map<number, Moment>();
  /** Moments of labs with another value of a property: most are tried for several effects. */
  readonly #others = new Map<string, Moments>();
  readonly #verdicts = new Map<string, Verdict>();
  readonly #times = new Map<string, number>();
  #base: Rerun | null = null;
  /** Reruns so far. */
  reruns = 0;

  /** @param open moments of the lab from which reruns can go on; without them they begin at the beginning. */
  constructor(newEngine: NewEngine, course: Course, rerunsMax: number = RERUNS_MAX, open: Moments = Moments.none()) {
    this.#rerunsMax = rerunsMax;
    this.#newEngine = newEngine;
    this.#course = course;
    this.#open = open;
  }

  get isLimited(): boolean {
    return this.reruns >= this.#rerunsMax;
  }

  /**
   * Whether an effect needs the input that is recorded at a position.
   * @param times how often it happened; counted where it is not known.
   * @throws NotRead for an input that was not read
   */
  withoutInput(position: Position, effect: Effect, times?: number): Verdict {
    if (position > 1 && position <= (this.#course.unread?.to ?? 0)) throw new NotRead(position, true);
    const number = this.#course.given.findIndex((given) => given.position === position);
    const given = this.#course.given[number];
    if (given === undefined || !isRemovable(given.input)) return UNTRIED;
    const later = { ...effect, fromNs: Math.max(effect.fromNs, given.atNs) };
    return this.#judge(`input ${number}`, later, times, () => {
      const from = this.#momentBefore(number, later);
      const rerun = new Rerun(this.#newEngine, without(this.#course, new Set([number])), from === null ? {} : { from });
      return timesIn(rerun, later, Moments.none());
    });
  }

  /** Whether an effect needs a property of the file: the lab with its other value. */
  withOther({ path, lab, share = 1 }: Property, effect: Effect, times?: number): Verdict {
    if (lab === null) return UNTRIED;
    return this.#judge(path, effect, times, () => this.#timesOfOther(lab, effect), share);
  }

  /** How often an effect happens in the course of another lab, which is run from its beginning once. */
  #timesOfOther(lab: Lab, effect: Effect): number {
    const key = JSON.stringify(lab);
    const moments = this.#others.get(key) ?? this.#open.ofAnother(OTHER_SHARE);
    this.#others.set(key, moments);
    const from = moments.before(effect.fromNs);
    const options = { forgets: true, ...(from !== null && { from }) };
    return timesIn(new Rerun(this.#newEngine, withLab(this.#course, lab), options), effect, moments);
  }

  #judge(what: string, effect: Effect, times: number | undefined, count: () => number, share = 1): Verdict {
    const key = `${what} ${effect.key}`;
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      if (this.isLimited) return UNTRIED;
      this.reruns++;
      verdict = this.#run(effect, times, count, share);
      this.#verdicts.set(key, verdict);
    }
    return verdict;
  }

  #run(effect: Effect, known: number | undefined, count: () => number, share: number): Verdict {
    try {
      const times = count();
      const happened = known ?? this.#timesOf(effect);
      return { necessary: times * 2 < happened * share, without: times };
    } catch (error) {
      // A lab with another value that the engine refuses says nothing.
      if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) return UNTRIED;
      throw error;
    }
  }

  /** How often it happened in the lab as it is. */
  #timesOf(effect: Effect): number {
    const key = `${effect.key} ${effect.fromNs}`;
    const known = this.#times.get(key) ?? timesIn(this.#rerunFrom(this.#open.before(effect.fromNs)), effect, this.#open);
    this.#times.set(key, known);
    return known;
  }

  /**
   * The lab before the time that passes up to an input: `without` joins that time with what follows, so a rerun has to pass it anew. Null for
   * the beginning.
   */
  #momentBefore(number: number, effect: Effect): Moment | null {
    const { given } = this.#course;
    const next = given.findLastIndex(({ input, atNs }, i) => i < number && input.type === 'TimeAdvanced' && atNs < effect.fromNs);
    if (next <= 0) return null;
    const known = this.#moments.get(next);
    if (known !== undefined) return known;
    const near = this.#open.before(Number.POSITIVE_INFINITY, next);
    const isFar = this.#base === null || this.#base.next > next || this.#base.next < (near?.next ?? 0);
    if (this.#base === null || isFar) this.#base = this.#rerunFrom(near);
    const moment = this.#base.play(next).moment();
    this.#moments.set(next, moment);
    return moment;
  }

  #rerunFrom(from: Moment | null): Rerun {
    return new Rerun(this.#newEngine, this.#course, from === null ? {} : { from });
  }
}

/** How often an effect happens in its time, in a rerun that has not come so far yet. @param moments gets those on the way there */
function timesIn(rerun: Rerun, effect: Effect, moments: Moments): number {
  if (effect.fromNs > 0) moments.along(rerun, { atNs: effect.fromNs - 1 });
  rerun.remember();
  const before = effect.countIn(rerun);
  rerun.playUntil({ atNs: effect.toNs });
  return effect.countIn(rerun) - before;
}
