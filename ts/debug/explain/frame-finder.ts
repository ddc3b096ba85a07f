/**
 * Finds one frame of a lab that was recorded without its frames: by where it was seen and when, or as which one there; and everything that
 * ports saw of it. The lab is run again with ports watched that nobody watched before.
 */
import type { TraceRecord } from '../../dataplane/dataplane.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import { formatSeconds } from '../../values/nanos.ts';
import { type Course, endOf } from '../course.ts';
import type { Moments } from '../moments.ts';
import { type NewEngine, Rerun } from '../rerun.ts';
import { isOnItsWay, type Visit, visitsOf } from './journey.ts';

/** A frame: the first one at an interface at or after a time, or the nth one there, from 1 on. */
export interface FramePlace {
  readonly at: Endpoint;
  readonly which: { readonly atNs: number } | { readonly nth: number };
}

/** What was seen of a frame, in order. */
export interface Found {
  readonly number: number;
  readonly records: readonly TraceRecord[];
  readonly visits: readonly Visit[];
  /** The rerun with all ports watched, at the end of the journey. */
  readonly watched: Rerun;
  /** Up to when it was watched, ns. */
  readonly toNs: number;
  /** Copies are on a line, or wait in a node, when the lab ends, or longer than they are followed. */
  readonly isLate: boolean;
}

const TRACE_BYTES = 4 << 20;
/** How far before its place a frame is looked for, ns: it was born there, or came from further. */
const BACK_NS = [10e6, 1e9, 60e9] as const;
/** How long a frame is followed, ns: longer than it waits for a neighbour that does not answer. */
const FOLLOWED_NS = 5e9;
const FIRST_LOOK_NS = 1e6;
const LOOK_NS_MAX = 1e9;

export class FrameFinder {
  readonly #newEngine: NewEngine;
  readonly #course: Course;
  readonly #moments: Moments;

  constructor(newEngine: NewEngine, course: Course, moments: Moments) {
    this.#newEngine = newEngine;
    this.#course = course;
    this.#moments = moments;
  }

  /** @throws RangeError for an interface that the lab does not have, and when no such frame came. */
  find(place: FramePlace): Found {
    const port = this.#course.lab.interfaces.findIndex((iface) => endpointOf(iface) === place.at);
    if (port < 0) throw new RangeError(`there is no interface ${place.at} in this lab`);
    const seen =
      'nth' in place.which ? this.#nth(place.at, port, place.which.nth) : this.#firstFrom(place.at, port, place.which.atNs);
    return this.follow(seen);
  }

  /** A frame by its number, which ports saw at a time. @throws RangeError when they did not. */
  follow({ number, atNs }: Pick<TraceRecord, 'number' | 'atNs'>): Found {
    for (const backNs of [...BACK_NS, Number.POSITIVE_INFINITY]) {
      const found = this.#follow(number, Math.max(0, atNs - backNs), atNs);
      if (found !== null) return found;
    }
    throw new RangeError(`no frame ${number} is seen by ${formatSeconds(atNs)} s`);
  }

  /** A rerun with a trace ring, up to just before a time. */
  rerunTo(atNs: number, isWatched = true): Rerun {
    const from = this.#moments.before(atNs);
    const newEngine = isWatched ? () => this.#newEngine({ traceBytes: TRACE_BYTES }) : this.#newEngine;
    const rerun = new Rerun(newEngine, this.#course, from === null ? {} : { from });
    if (from === null) rerun.play(1);
    return atNs > 0 ? rerun.playUntil({ atNs: atNs - 1 }) : rerun;
  }

  #firstFrom(at: Endpoint, port: number, atNs: number): TraceRecord {
    const rerun = this.rerunTo(atNs);
    let seen: TraceRecord | null = null;
    rerun.engine.onTrace = (record) => {
      seen ??= record.atNs >= atNs ? record : null;
    };
    rerun.engine.dataplane.watch([port]);
    this.#look(rerun, atNs, () => seen !== null);
    if (seen === null) throw new RangeError(`no frame is seen at ${at} from ${formatSeconds(atNs)} s on`);
    return seen;
  }

  #nth(at: Endpoint, port: number, nth: number): TraceRecord {
    const rerun = this.rerunTo(0);
    let count = 0;
    let last: TraceRecord | null = null;
    let seen: TraceRecord | null = null;
    rerun.engine.onTrace = (record) => {
      // That a frame which came in is dropped at its port is a second record of the same one.
      const isAgain = record.kind === 'dropped' && last?.number === record.number;
      last = record;
      if (!isAgain && ++count === nth) seen = record;
    };
    rerun.engine.dataplane.watch([port]);
    this.#look(rerun, 0, () => seen !== null);
    if (seen === null) throw new RangeError(`${at} saw ${count} frames; there is no number ${nth}`);
    return seen;
  }

  /** Goes on in growing pieces of time until something is there, or the lab ends. */
  #look(rerun: Rerun, fromNs: number, isThere: () => boolean): number {
    const endNs = endOf(this.#course);
    let toNs = fromNs;
    for (let pieceNs = FIRST_LOOK_NS; !isThere() && toNs < endNs; pieceNs = Math.min(pieceNs * 2, LOOK_NS_MAX)) {
      toNs = Math.min(endNs, toNs + pieceNs);
      rerun.playUntil({ atNs: toNs });
    }
    if (!isThere()) rerun.play();
    return toNs;
  }

  /** Null where the frame came into the time that is watched from before. */
  #follow(number: number, fromNs: number, seenNs: number): Found | null {
    const watched = this.rerunTo(fromNs);
    const records: TraceRecord[] = [];
    watched.engine.onTrace = (record) => {
      if (record.number === number) records.push(record);
    };
    watched.engine.dataplane.watch(this.#course.lab.interfaces.map((_, port) => port));
    watched.playUntil({ atNs: seenNs });
    const [first] = records;
    if (fromNs > 0 && (first === undefined || first.kind === 'received')) return null;
    if (first === undefined) return null;
    let visits = visitsOf(this.#course.lab, records);
    const isOver = (): boolean => {
      visits = visitsOf(this.#course.lab, records);
      return !isOnItsWay(watched.engine.lab, visits) && !visits.some((visit) => isUndecided(visit, watched));
    };
    const toNs = this.#lookUntil(watched, seenNs, isOver);
    return { number, records, visits, watched, toNs, isLate: !isOver() };
  }

  #lookUntil(rerun: Rerun, fromNs: number, isOver: () => boolean): number {
    const endNs = Math.min(endOf(this.#course), fromNs + FOLLOWED_NS);
    let toNs = fromNs;
    for (let pieceNs = FIRST_LOOK_NS; !isOver() && toNs < endNs; pieceNs = Math.min(pieceNs * 2, LOOK_NS_MAX)) {
      toNs = Math.min(endNs, toNs + pieceNs);
      rerun.playUntil({ atNs: toNs });
    }
    return toNs;
  }
}

/** A node has it, and nothing was seen of what became of it: it may wait there for a neighbour, or in a ring. */
export function isUndecided({ node, out, drops }: Visit, { engine }: Rerun): boolean {
  const number = engine.lab.nodes.get(node);
  if (number === undefined || out.length + drops.length > 0) return false;
  return engine.dataplane.control.readNode(number).waiting > 0;
}
