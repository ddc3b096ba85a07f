/**
 * But for this, would it have happened? The lab is run again without one input, or with another value of one property, and the same loss is
 * looked for: frames of the flow that die at the same place for the same reason in the same time. Positions move, so they are not compared.
 *
 * A rerun begins where the input was given, not at the beginning. Something is necessary when fewer than half of the frames die without it:
 * a loss that is a little larger or smaller is the same loss.
 */
import { readLosses } from '../../engine/derived-cores.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Position } from '../../model/events/events.ts';
import { type Course, isRemovable, withLab, without } from '../course.ts';
import { type Moment, type NewEngine, Rerun } from '../rerun.ts';
import type { FlowLoss } from './flow-losses.ts';
import type { Property } from './property.ts';

/** How many reruns one question may cost. */
export const RERUNS_MAX = 60;

/** What a rerun said. */
export interface Verdict {
  /** Null where it was not run again: an outcome, time, or beyond the limit. */
  readonly necessary: boolean | null;
  /** Frames that die in the rerun; null where there was none. */
  readonly without: number | null;
}

export const UNTRIED: Verdict = { necessary: null, without: null };

export class ButFor {
  readonly #newEngine: NewEngine;
  readonly #course: Course;
  readonly #flow: number;
  readonly #rerunsMax: number;
  /** The lab before inputs, by their numbers: one run takes them in order. */
  readonly #moments = new Map<number, Moment>();
  readonly #verdicts = new Map<string, Verdict>();
  #base: Rerun | null = null;
  /** Reruns so far. */
  reruns = 0;

  /** @param flow number of the flow that lost frames. */
  constructor(newEngine: NewEngine, course: Course, flow: number, rerunsMax: number = RERUNS_MAX) {
    this.#rerunsMax = rerunsMax;
    this.#newEngine = newEngine;
    this.#course = course;
    this.#flow = flow;
  }

  get isLimited(): boolean {
    return this.reruns >= this.#rerunsMax;
  }

  /** Whether a loss needs the input that is recorded at a position. */
  withoutInput(position: Position, loss: FlowLoss): Verdict {
    const number = this.#course.given.findIndex((given) => given.position === position);
    const given = this.#course.given[number];
    if (given === undefined || !isRemovable(given.input)) return UNTRIED;
    return this.#judge(`input ${number}`, loss, () => {
      const from = this.#momentBefore(number, loss);
      const course = without(this.#course, new Set([number]));
      return new Rerun(this.#newEngine, course, from === null ? {} : { from });
    });
  }

  /** Whether a loss needs a property of the file: the lab with its other value. */
  withOther({ path, lab, share = 1 }: Property, loss: FlowLoss): Verdict {
    if (lab === null) return UNTRIED;
    return this.#judge(path, loss, () => new Rerun(this.#newEngine, withLab(this.#course, lab)), share);
  }

  #judge(what: string, loss: FlowLoss, begin: () => Rerun, share = 1): Verdict {
    const key = `${what} ${loss.at} ${loss.reason} ${loss.fromNs} ${loss.toNs}`;
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      if (this.isLimited) return UNTRIED;
      this.reruns++;
      verdict = this.#run(loss, begin, share);
      this.#verdicts.set(key, verdict);
    }
    return verdict;
  }

  #run(loss: FlowLoss, begin: () => Rerun, share: number): Verdict {
    try {
      const rerun = begin();
      if (loss.fromNs > 0) rerun.playUntil({ atNs: loss.fromNs - 1 });
      const before = this.#lostAt(rerun.engine, loss);
      rerun.playUntil({ atNs: loss.toNs });
      const frames = this.#lostAt(rerun.engine, loss) - before;
      return { necessary: frames * 2 < loss.frames * share, without: frames };
    } catch (error) {
      // A lab with another value that the engine refuses says nothing.
      if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) return UNTRIED;
      throw error;
    }
  }

  #lostAt(engine: Engine, { at, reason }: FlowLoss): number {
    if (engine.position === 0) return 0;
    const place = readLosses(engine, this.#flow).find((one) => one.interface === at && one.reason === reason);
    return place?.frames ?? 0;
  }

  /**
   * The lab before the time that passes up to an input: `without` joins that time with what follows, so a rerun has to pass it anew. Null for
   * the beginning.
   */
  #momentBefore(number: number, loss: FlowLoss): Moment | null {
    const { given } = this.#course;
    const next = given.findLastIndex(({ input, atNs }, i) => i < number && input.type === 'TimeAdvanced' && atNs < loss.fromNs);
    if (next <= 0) return null;
    const known = this.#moments.get(next);
    if (known !== undefined) return known;
    if (this.#base === null || this.#base.next > next) this.#base = new Rerun(this.#newEngine, this.#course);
    const moment = this.#base.play(next).moment();
    this.#moments.set(next, moment);
    return moment;
  }
}
