/** Questions that a re-execution answers: derived state, why something happened, and the frames that ports saw. */
import { type Course, courseOf } from '../../debug/course.ts';
import { explainEvent } from '../../debug/explain/explain-event.ts';
import { explainFlow } from '../../debug/explain/explain-flow.ts';
import { macBiography } from '../../debug/explain/mac-biography.ts';
import { openLab } from '../../debug/explain/open-lab.ts';
import { type NewEngine, Rerun } from '../../debug/rerun.ts';
import { type Derived, readDerived } from '../../engine/derived.ts';
import { readDropRuns } from '../../engine/drop-counts.ts';
import { readMoves } from '../../engine/move-counts.ts';
import { sameBytes } from '../../model/events/chain.ts';
import { bodyType } from '../../model/events/codec.ts';
import { dropReasonName } from '../../model/events/drop-reasons.ts';
import { EVENT_KINDS, type Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import { lineOf } from '../../services/publish/describe-event.ts';
import { publishStateAt } from '../../services/publish/publish-state.ts';
import type { Mac } from '../../values/mac.ts';
import { describeFrame } from '../../wire/describe.ts';
import type { FrameRow, FrameWindow, Json } from '../ask/questions.ts';
import type { ProofRun } from './proof.ts';
import type { Recording } from './recording.ts';

/** Frames of one window: a list that nobody reads to its end. */
export const FRAMES_MAX = 2000;
const TRACE_BYTES = 1 << 20;

/** Recorded state at a position, as `at LAB@POSITION -f json` has it without re-execution. */
export function recordedJson(recording: Recording, position: Position): Json {
  const recorded = recording.lookAt(position);
  return publishStateAt({ lab: recording.lab, position, atNs: recorded.atNs, recorded, derived: null }, { position });
}

/** The load of a line is what it carried in so long before the moment; `graph` has the same. */
const LOAD_NS = 100_000_000;

/** A moment as pictures and state are made of it. */
export interface MomentAt {
  /** Drops and moves are exact where the re-execution decided what is recorded. */
  readonly state: LabState;
  readonly derived: (Derived & { readonly position: Position }) | null;
  readonly before: Pick<Derived, 'atNs' | 'interfaces'> | null;
}

export class Runner {
  readonly #recording: Recording;
  readonly #proof: ProofRun;
  readonly #newEngine: NewEngine;
  /** As far as the recording was when it was asked for. */
  #course: (Course & { readonly end: Position }) | null = null;
  #last: MomentAt | null = null;

  constructor(recording: Recording, proof: ProofRun, newEngine: NewEngine) {
    this.#recording = recording;
    this.#proof = proof;
    this.#newEngine = newEngine;
  }

  /** The lab at a position, as `at LAB@POSITION -f json` prints it. @throws RangeError for a position that the lab does not have */
  derivedJson(position: Position): Json {
    const { lab } = this.#recording;
    const { state: recorded, derived } = this.momentAt(position);
    return publishStateAt({ lab, position, atNs: recorded.atNs, recorded, derived }, { position });
  }

  /** A position with what re-execution adds, and the counters a little before it: the load of a line is what it carried since then. */
  momentAt(position: Position): MomentAt {
    if (this.#last?.state.position === position) return this.#last;
    const state = this.#recording.stateAt(position);
    this.#last = position === 0 ? { state, derived: null, before: null } : this.#moment(state);
    return this.#last;
  }

  #moment(recorded: LabState): MomentAt {
    const { position, atNs } = recorded;
    const { rerun, before } = this.#before(atNs);
    const { engine, decided } = rerun.playUntil({ position });
    const chain = decided.find(({ event }) => event.position === position)?.chain;
    const is = this.#recording.chainAt(position);
    // Another engine's counts are not this history's.
    if (chain !== undefined && is !== undefined && sameBytes(chain, is)) {
      recorded.drops = readDropRuns(engine);
      recorded.moves = readMoves(engine);
    }
    const derived = { position: engine.position, ...readDerived(engine) };
    // Behind the last event time may have passed that no event tells of.
    return { state: recorded, derived, before: derived.atNs > atNs ? this.#before(derived.atNs).before : before };
  }

  /** The counters a little before a time, and the rerun that stands there. */
  #before(atNs: number): { readonly rerun: Rerun; readonly before: MomentAt['before'] } {
    const beforeNs = Math.max(0, atNs - LOAD_NS);
    const rerun = this.#rerunBefore(Math.min(this.#recording.positionAt(beforeNs + 1), this.#recording.end));
    if (beforeNs === 0) return { rerun, before: { atNs: 0, interfaces: [] } };
    rerun.playUntil({ atNs: beforeNs });
    return { rerun, before: { ...readDerived(rerun.engine), atNs: beforeNs } };
  }

  /** Why an event happened, as `explain LAB --drop POSITION -f json` prints it. @throws RangeError */
  explain(position: Position): Json {
    const told = explainEvent(openLab(this.#recording.records), position, { newEngine: this.#newEngine, describe: lineOf });
    return { lab: this.#recording.lab, ...told };
  }

  /** Why a flow lost frames, as `explain LAB --flow NAME -f json` prints it. @throws Error naming the flows there are */
  explainFlow(flow: string): Json {
    const told = explainFlow(this.#recording.records, flow, { newEngine: this.#newEngine, describe: lineOf });
    return { lab: this.#recording.lab, ...told };
  }

  /** The life of a MAC address, as `mac LAB MAC -f json` prints it. */
  lifeOf(mac: string): Json {
    return { lab: this.#recording.lab, ...macBiography(this.#recording.records, mac as Mac, this.#newEngine) };
  }

  /** What all ports saw from a time to a time, both included; the first FRAMES_MAX of it. */
  frames(fromNs: number, toNs: number): FrameWindow {
    const frames: FrameRow[] = [];
    let isCut = false;
    const names = this.#courseNow().lab.interfaces.map(endpointOf);
    const rerun = this.#rerunToTime(fromNs);
    rerun.engine.onTrace = ({ atNs, number, port, kind, reason, cause, bytes }) => {
      if (atNs < fromNs || atNs > toNs) return;
      isCut = frames.length >= FRAMES_MAX;
      if (isCut) return;
      const name = kind === 'dropped' ? dropReasonName(reason) : '';
      frames.push({ atNs, number, at: names[port] ?? '', kind, reason: name, cause, text: describeFrame(bytes), bytes });
    };
    rerun.engine.dataplane.watch(names.map((_, port) => port));
    rerun.playUntil({ atNs: toNs });
    return { frames, isCut };
  }

  /** Found once; of a lab that grows, only what came is looked at: finding the course of a long lab takes longer than a question. */
  #courseNow(): Course {
    const { end } = this.#recording;
    const known = this.#course;
    if (known?.end === end) return known;
    const { lab, given } = courseOf(this.#inputsFrom((known?.end ?? 1) + 1));
    this.#course = { lab, given: known === null ? given : [...known.given, ...given.slice(1)], end };
    return this.#course;
  }

  /** The definition, and the inputs from a position on. */
  *#inputsFrom(position: Position): Generator<LogRecord> {
    const definition = this.#recording.record(1);
    if (definition !== undefined) yield definition;
    // To decode all others of a million records takes seconds.
    for (const record of this.#recording.recordsFrom(position)) if (EVENT_KINDS[bodyType(record.body)] === 'input') yield record;
  }

  /** A rerun that stands somewhere before a position. */
  #rerunBefore(position: Position): Rerun {
    const from = this.#proof.momentBefore(position);
    return new Rerun(this.#newEngine, this.#courseNow(), from === null ? {} : { from });
  }

  /** A rerun with a trace ring, up to just before a time. */
  #rerunToTime(atNs: number): Rerun {
    const newEngine: NewEngine = () => this.#newEngine({ traceBytes: TRACE_BYTES });
    const from = this.#proof.momentBefore(Math.min(this.#recording.positionAt(atNs), this.#recording.end));
    const rerun = new Rerun(newEngine, this.#courseNow(), { forgets: true, ...(from === null ? {} : { from }) });
    if (from === null) rerun.play(1);
    return atNs > 0 ? rerun.playUntil({ atNs: atNs - 1 }) : rerun;
  }
}
