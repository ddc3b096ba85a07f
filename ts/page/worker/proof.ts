/**
 * Proof by re-execution, in slices: a new engine gets the recorded inputs and must decide the recorded events, byte for byte. On its way it
 * keeps moments of the lab, so that a question about derived state does not begin at the beginning.
 */
import type { Moment, NewEngine } from '../../debug/rerun.ts';
import { type Divergence, Replay } from '../../engine/replay.ts';
import { bodyType } from '../../model/events/codec.ts';
import { EVENT_KINDS, type Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { FlowHistory, Proof } from '../ask/questions.ts';
import { FlowSeries } from './flow-series.ts';
import { KeptMoments } from './kept-moments.ts';
import type { Recording } from './recording.ts';

/** Wall-clock time of a slice, ms: between two slices the worker answers questions. */
const SLICE_MS = 24;

const WHY: Readonly<Record<Divergence['reason'], string>> = {
  'other-event': 're-execution decides a different event',
  'unexpected-outcome': 're-execution decides an outcome that is not recorded',
  'missing-outcome': 're-execution does not decide a recorded outcome',
  'other-time': 'an input is recorded at a time the inputs before it do not reach',
  'other-checkpoint': 'the events are identical but the state is not',
};

export class ProofRun {
  readonly #recording: Recording;
  readonly #replay: Replay;
  readonly #moments = new KeptMoments();
  readonly #flows = new FlowSeries();
  /** Records that were compared. */
  #done: Position = 0;
  #inputs = 0;
  #proof: Proof;

  constructor(recording: Recording, newEngine: NewEngine, identity: string) {
    this.#recording = recording;
    this.#replay = new Replay(newEngine(), identity);
    this.#proof = { status: 'running', proven: 0, of: recording.end };
  }

  get proof(): Proof {
    return this.#proof;
  }

  /** What flows carried, as far as it came. */
  flows(): FlowHistory {
    return this.#flows.history(this.#done === 0 ? [] : this.#replay.engine.lab.lab.flows.map(({ name }) => name));
  }

  /** Works for a slice. @param nowMs a clock that only says when the slice is over. True when there is nothing left to do */
  slice(nowMs: () => number): boolean {
    const endMs = nowMs() + SLICE_MS;
    try {
      while (this.#proof.status === 'running' && nowMs() < endMs) this.#step();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#proof = { status: 'failed', proven: this.#done, reason: `this engine cannot re-execute #${this.#done + 1}: ${why}` };
    }
    return this.#proof.status !== 'running';
  }

  /** Goes on where records came behind those that are proven. False when it did not come so far, and never will. */
  extend(): boolean {
    if (this.#proof.status === 'diverged' || this.#proof.status === 'failed') return false;
    this.#proof = { status: 'running', proven: this.#done, of: this.#recording.end };
    return true;
  }

  /** The last moment that was kept before a position; null for the beginning. */
  momentBefore(position: Position): Moment | null {
    return this.#moments.before(position);
  }

  #step(): void {
    const record = this.#recording.record(this.#done + 1);
    if (record === undefined) this.#finish();
    else this.#feed(record);
  }

  #feed(record: LogRecord): void {
    const divergence = this.#replay.feed(record);
    if (divergence !== null) {
      this.#diverge(divergence.position, WHY[divergence.reason]);
      return;
    }
    const type = bodyType(record.body);
    // Where an engine failed is recorded as an input, and is none of the course.
    if (EVENT_KINDS[type] === 'input' && type !== 'EngineHalted') this.#inputs++;
    this.#done = record.position;
    this.#proof = { status: 'running', proven: this.#done, of: this.#recording.end };
    if (this.#moments.isDue(this.#done)) this.#moments.keep(this.#replay.engine.snapshot({ isView: true }), this.#inputs);
    this.#flows.take(this.#replay.engine);
  }

  #finish(): void {
    const last = this.#recording.record(this.#recording.end);
    // A run that was ended early has not decided all that its inputs allow.
    const [unrecorded] = last?.settled === false ? [] : this.#replay.finish();
    this.#flows.take(this.#replay.engine, true);
    const { chain } = this.#recording;
    if (unrecorded !== undefined) this.#diverge(unrecorded.event.position, WHY['unexpected-outcome']);
    else this.#proof = { status: 'proven', proven: this.#done, chain, checkpoints: this.#replay.checkpointsCompared };
  }

  #diverge(position: Position, reason: string): void {
    this.#proof = { status: 'diverged', proven: position - 1, position, reason };
  }
}
