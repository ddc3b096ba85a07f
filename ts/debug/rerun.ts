/**
 * Runs a course again, in an engine of its own: whole, up to a moment, or on from a moment of another rerun.
 *
 * What is played is the course; what came out are its events, in order, and the engine, which can be asked whatever an engine can be
 * asked. Watching ports (`watches`) counts the frames that die, too: watching changes nothing, because traces lie outside of the region.
 */
import type { Decided } from '../engine/decided.ts';
import type { Engine } from '../engine/engine.ts';
import type { Until } from '../engine/replay.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import type { StepLimits } from '../engine/step-limits.ts';
import type { Position } from '../model/events/events.ts';
import type { Course } from './course.ts';
import { deathsOf, Happened, saidBy } from './effects.ts';
import { NotRead } from './not-read.ts';

/** Makes a fresh engine; the layers that have the data plane's code give it (`createEngine` on Node). */
export type NewEngine = (options?: { readonly traceBytes?: number }) => Engine;

/** A lab between two inputs of its course. */
export interface Moment {
  readonly snapshot: Snapshot;
  /** Number of the input that comes next. */
  readonly next: number;
  /** What had happened by then, as far as the rerun that was there counted it. */
  readonly happened: Happened;
}

export interface RerunOptions {
  /**
   * Goes on from here instead of the beginning. Of a changed course, the inputs before `next` must be those that were played, and its
   * definition must ask for the same sizes.
   */
  readonly from?: Moment;
  /** Whether every port is watched, so that `happened` counts each frame that dies; default false: only events are counted. */
  readonly watches?: boolean;
  /** Whether `decided` and `happened` stay empty, until `remember`: a long lab that is asked through its engine alone takes less memory and time. */
  readonly forgets?: boolean;
}

const TRACE_BYTES = 1 << 20;

export class Rerun {
  readonly course: Course;
  readonly engine: Engine;
  /** Decided since this rerun began, in order: from the first event on, or from the moment that it goes on from. */
  readonly decided: Decided[] = [];
  /** Position of each input that was played, by its number; none for those before the moment that it goes on from. */
  readonly positions = new Map<number, Position>();
  readonly happened: Happened;
  readonly #watches: boolean;
  #forgets: boolean;
  #next: number;

  /** @throws NotRead from the beginning of a course whose beginning was not read */
  constructor(newEngine: NewEngine, course: Course, { from, watches = false, forgets = false }: RerunOptions = {}) {
    if (from === undefined && (course.unread?.to ?? 0) > 1) throw new NotRead(1, true);
    this.course = course;
    this.engine = newEngine(watches ? { traceBytes: TRACE_BYTES } : {});
    this.#watches = watches;
    this.#forgets = forgets;
    this.happened = from?.happened.copy() ?? new Happened();
    this.#next = from?.next ?? 0;
    if (watches) {
      this.engine.onTrace = (record) => {
        for (const what of deathsOf(course.lab, record)) this.happened.seen.add(what);
      };
    }
    if (from === undefined) return;
    this.engine.restore(from.snapshot);
    this.#watch();
  }

  /** Number of the input that is played next; that of all inputs when there is none left. */
  get next(): number {
    return this.#next;
  }

  /** The lab as it is now, for other reruns to go on from. */
  moment(): Moment {
    return { snapshot: this.engine.snapshot(), next: this.#next, happened: this.happened.copy() };
  }

  /** Plays the inputs before number `to`, and all that happens before that one; without it, the whole course. */
  play(to = this.course.given.length): this {
    if (to >= this.course.given.length) this.#needs(Number.POSITIVE_INFINITY);
    this.#step({});
    while (this.#next < to && this.#give()) this.#step({});
    return this;
  }

  /** From now on, what is decided is in `decided` and `happened`. */
  remember(): void {
    this.#forgets = false;
  }

  /**
   * Plays up to a moment: the end of the turn that decided a position, or everything at and before a time. Going on from there is
   * `play` or another `playUntil`.
   * @param pauseAt a position to stop at, where that comes first.
   */
  playUntil(until: Until, pauseAt = Number.POSITIVE_INFINITY): this {
    const position = 'position' in until ? until.position : Number.POSITIVE_INFINITY;
    const stopAt = Math.min(position, pauseAt);
    const stopNs = 'atNs' in until ? until.atNs + 1 : Number.POSITIVE_INFINITY;
    this.#needs('atNs' in until ? until.atNs : 0, position);
    const isThere = (): boolean => this.engine.position >= stopAt || (this.course.given[this.#next]?.atNs ?? 0) >= stopNs;
    this.#step({ stopAt, stopNs });
    while (!isThere() && this.#give()) this.#step({ stopAt, stopNs });
    return this;
  }

  /** @throws NotRead when a part of a lab does not go so far */
  #needs(atNs: number, position: Position = 0): void {
    const { unread } = this.course;
    if (unread === undefined || (atNs <= unread.completeNs && (position < unread.from || !Number.isFinite(position)))) return;
    throw new NotRead(unread.from, true);
  }

  /**
   * Lets one thing happen at or before a time: an event of the data plane and what agents make of it, or the next input. False when nothing
   * is left to happen by then.
   */
  playOne(atNs: number): boolean {
    const stopNs = atNs + 1;
    if (!this.#step({ stopNs, maxEvents: 1, maxTurns: 1 })) return true;
    const given = this.course.given[this.#next];
    return given !== undefined && given.atNs < stopNs && this.#give();
  }

  /** Gives the next input; false when there is none. */
  #give(): boolean {
    const given = this.course.given[this.#next];
    if (given === undefined) return false;
    const { input, commandId } = given;
    this.positions.set(this.#next, this.engine.receive(input, { commandId, checkpoint: false }));
    this.#next++;
    if (input.type === 'LabDefined') this.#watch();
    return true;
  }

  /** True when the horizon or the time to stop at is reached. */
  #step(limits: StepLimits): boolean {
    const isThere = this.engine.position === 0 || this.engine.step(limits);
    for (const one of this.engine.take()) {
      if (this.#forgets) break;
      this.decided.push(one);
      for (const what of saidBy(one.event)) this.happened.said.add(what);
    }
    return isThere;
  }

  #watch(): void {
    if (this.#watches) this.engine.dataplane.watch(this.course.lab.interfaces.map((_, port) => port));
  }
}
