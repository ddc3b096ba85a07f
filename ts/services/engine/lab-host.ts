/**
 * One living lab in an engine: takes inputs, lets time pass in slices, and hands records over in batches cut between instants.
 *
 * During work the host holds back the last record, so that it can mark the final one as `settled`: a reader of the log then knows
 * that the lab waits for input. At most BATCHES_OUT batches wait to become durable; then the host waits, too.
 */

import type { Decided } from '../../engine/decided.ts';
import { type Conservation, readConservation, readDerived } from '../../engine/derived.ts';
import { type DropCount, DropSampler, dropsSince, readDrops } from '../../engine/drop-counts.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Input } from '../../engine/input.ts';
import { Replay } from '../../engine/replay.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { parseDuration } from '../../values/nanos.ts';
import { createEngine, engineIdentity } from './host.ts';
import type { Done, HostFailure, Work, WorkProgress } from './messages.ts';
import { Slice, yielded } from './slice.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';

const BATCHES_OUT = 4;
/** How often work under way tells how far it has come, ms. */
const PROGRESS_MS = 200;
const NS_PER_MS = 1e6;
/** A lab that follows the clock may fall behind it by this much wall time; then the clock gives way, and the log says so. */
export const LAG_MS_MAX = 1000;
/** A lab that follows the clock puts passed time on record at least this often, in virtual time. */
const RECORD_PACED_NS = 1e9;

const NOTHING: Conservation = { born: 0, copied: 0, delivered: 0, consumed: 0, dropped: 0, inFlight: 0, holds: true };

/** Where a host's results go. */
export interface HostOwner {
  records(records: readonly LogRecord[]): void;
  failed(failure: HostFailure): void;
  progress?(progress: WorkProgress): void;
}

/** The lab's past is not what this engine decides. */
class Diverged extends Error {
  constructor(readonly failure: HostFailure & { readonly type: 'diverged' }) {
    super(failure.reason);
  }
}

export class LabHost {
  readonly #engine: Engine = createEngine();
  readonly #replay: Replay;
  readonly #owner: HostOwner;
  readonly #slice = new Slice();
  #jobs: Promise<void> = Promise.resolve();
  #isClosed = false;
  #isStopped = false;
  /** Last record decided, not handed over yet. */
  #held: LogRecord | null = null;
  #outstanding = 0;
  #onAcknowledged: (() => void) | null = null;
  #workMs = 0;
  #toldMs = 0;
  /** Virtual and wall time that belong together, for a lab that follows the clock. */
  #anchor: { readonly virtualNs: number; readonly wallMs: number; readonly pacePermille: number } | null = null;
  #isTicking = false;
  /** The pace that somebody set, in thousandths; null for that of the definition. */
  #ownPace: number | null = null;

  constructor(snapshot: Uint8Array | null, owner: HostOwner) {
    this.#owner = owner;
    this.#replay = new Replay(this.#engine, engineIdentity());
    if (snapshot !== null) this.#engine.restore(decodeSnapshot(snapshot));
  }

  /** Re-executes records of the past, in order. */
  past(records: readonly LogRecord[]): void {
    this.#enqueue(async () => {
      const startMs = performance.now();
      for (const record of records) {
        const divergence = this.#replay.feed(record);
        if (divergence === null) continue;
        const { position, reason } = divergence;
        throw new Diverged({ type: 'diverged', position, reason });
      }
      this.#workMs += performance.now() - startMs;
      await yielded();
    });
  }

  /** One piece of work, after those before it. Never resolves when the host fails or is closed meanwhile. */
  work(work: Work): Promise<Done> {
    return new Promise((resolve) => {
      this.#enqueue(async () => {
        const done = await this.#carryOut(work);
        const { position, horizonNs } = this.#engine;
        resolve({ position, horizonNs, workMs: this.#workMs, report: null, snapshot: null, ...done });
      });
    });
  }

  acknowledge(): void {
    this.#outstanding--;
    this.#onAcknowledged?.();
  }

  /** Ends the work under way at the next slice. All that was decided is handed over, without the mark of a lab that waits for input. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Stops at the next slice; nothing more is handed over. */
  close(): void {
    this.#isClosed = true;
    this.#onAcknowledged?.();
  }

  /** Lets a lab that follows the clock catch up with it. To be called often, with wall time that never goes back. */
  tick(wallMs: number): void {
    if (this.#anchor === null || this.#isTicking) return;
    this.#isTicking = true;
    this.#enqueue(async () => {
      this.#isTicking = false;
      await this.#follow(wallMs);
    });
  }

  #enqueue(job: () => Promise<void>): void {
    this.#jobs = this.#jobs.then(async () => {
      if (this.#isClosed) return;
      try {
        await job();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #fail(error: unknown): void {
    this.#isClosed = true;
    if (!(error instanceof Diverged)) this.#handOver([...this.#takeHeld(), ...this.#engine.take().map(toRecord)]);
    this.#owner.failed(error instanceof Diverged ? error.failure : { type: 'died', reason: String(error) });
  }

  #carryOut(work: Work): Promise<Partial<Done>> {
    switch (work.type) {
      case 'resume':
        return this.#resume();
      case 'inputs':
        return this.#runInputs(work.inputs, work.commandId, work.withReport, work.marks);
      case 'execute':
        return this.#runInputs([this.#inputOf(work.text)], work.commandId, false);
      case 'pace':
        return this.#changePace(work.pacePermille);
      case 'snapshot':
        return Promise.resolve(this.#snapshot());
    }
  }

  /** Decides what follows from the recorded past and was not recorded, and takes up the clock. */
  async #resume(): Promise<Partial<Done>> {
    const unrecorded = this.#replay.takeUnrecorded().map(toRecord);
    this.#held = unrecorded.pop() ?? null;
    this.#handOver(unrecorded);
    await this.#toHorizon();
    this.#settle();
    this.#takeUpClock();
    return {};
  }

  async #runInputs(
    inputs: readonly Input[],
    commandId: string,
    withReport: boolean,
    marks: readonly number[] = [],
  ): Promise<Partial<Done>> {
    const before = withReport ? this.#frames() : NOTHING;
    const dropsBefore = withReport ? this.#drops() : [];
    await this.#follow(performance.now());
    const sampler = new DropSampler(marks);
    let isThere = true;
    for (const [number, input] of inputs.entries()) {
      if (input.type === 'RecordingStopped') this.#settleCounts();
      this.#engine.receive(input, { commandId });
      const isReached = await this.#toHorizon(sampler);
      isThere = isReached && (!this.#isStopped || number === inputs.length - 1);
      if (!isThere) break;
    }
    if (isThere) this.#settle();
    else await this.#flush(true);
    if (this.#anchor === null || this.#engine.state.ended !== '') this.#takeUpClock();
    if (!withReport) return {};
    const { flows, cores, frames, nodes } = readDerived(this.#engine);
    const drops = dropsSince(dropsBefore, readDrops(this.#engine));
    const { horizonNs } = this.#engine;
    const cutAtNs = isThere ? null : this.#engine.dataplane.nowNs;
    return { report: { flows, cores, frames, before, nodes, drops, dropSamples: sampler.samples, horizonNs, cutAtNs } };
  }

  /** "step 5s" lets time pass; everything else is a command of the lab, which knows best what to refuse. */
  #inputOf(text: string): Input {
    const [verb, span = '', ...rest] = text.trim().split(/\s+/);
    const ns = verb === 'step' && rest.length === 0 && this.#anchor === null ? parseDuration(span) : null;
    if (ns === null || !Number.isSafeInteger(this.#engine.horizonNs + ns)) {
      return { type: 'CommandReceived', data: { command: text } };
    }
    return { type: 'TimeAdvanced', data: { toNs: this.#engine.horizonNs + ns } };
  }

  /** Puts everything on record, with a checkpoint where time followed the clock: the lab is about to change hands. */
  #snapshot(): Partial<Done> {
    if (this.#anchor !== null) {
      this.#anchor = null;
      this.#settleCounts();
    }
    this.#settle();
    this.#workMs = 0;
    return { snapshot: encodeSnapshot(this.#engine.snapshot()) };
  }

  /** Puts pending counts on record: a `TimeAdvanced` to the present does. */
  #settleCounts(): void {
    this.#engine.recordPaced();
    this.#engine.receive({ type: 'TimeAdvanced', data: { toNs: this.#engine.horizonNs } });
  }

  #frames(): Conservation {
    return this.#engine.position === 0 ? NOTHING : readConservation(this.#engine);
  }

  #drops(): readonly DropCount[] {
    return this.#engine.position === 0 ? [] : readDrops(this.#engine);
  }

  // ── Time ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Lets everything before the horizon happen, a slice at a time. Resolves with false when it was ended before. */
  async #toHorizon(sampler = new DropSampler()): Promise<boolean> {
    if (this.#engine.position === 0) return true;
    const end = Slice.begin();
    try {
      while (!this.#oneSlice(sampler)) {
        this.#tellProgress();
        await this.#flush();
        if (this.#isClosed || this.#isStopped) return false;
      }
      return true;
    } finally {
      end();
    }
  }

  /** True when the horizon is reached. */
  #oneSlice(sampler: DropSampler): boolean {
    const startMs = performance.now();
    const isThere = sampler.step(this.#engine, this.#slice.limits);
    const tookMs = performance.now() - startMs;
    this.#workMs += tookMs;
    if (!isThere) this.#slice.took(tookMs);
    return isThere;
  }

  /** Told between slices, by wall time; it changes nothing. */
  #tellProgress(): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = nowMs;
    const { born, copied } = this.#frames();
    this.#owner.progress?.({ atNs: this.#engine.dataplane.nowNs, frames: born + copied });
  }

  /** What time has passed at the old pace is put on record. */
  async #changePace(pacePermille: number | null): Promise<Partial<Done>> {
    await this.#follow(performance.now());
    if (this.#anchor !== null) this.#settleCounts();
    this.#settle();
    this.#ownPace = pacePermille;
    this.#takeUpClock();
    return {};
  }

  #takeUpClock(): void {
    const { state, horizonNs } = this.#engine;
    const pacePermille = this.#ownPace ?? state.pacePermille;
    const follows = pacePermille > 0 && state.ended === '';
    this.#anchor = follows ? { virtualNs: horizonNs, wallMs: performance.now(), pacePermille } : null;
  }

  async #follow(wallMs: number): Promise<void> {
    const engine = this.#engine;
    const dueNs = this.#dueNs(wallMs);
    if (dueNs === null) return;
    const lagNs = dueNs - engine.horizonNs;
    if (lagNs <= 0) return;
    if (lagNs > LAG_MS_MAX * (this.#anchor?.pacePermille ?? 0) * (NS_PER_MS / 1000)) {
      engine.receive({ type: 'LagExceeded', data: { lagNs } });
      this.#takeUpClock();
    } else {
      const recordedNs = engine.state.horizonNs;
      engine.pace(dueNs);
      await this.#toHorizon();
      if (engine.horizonNs - recordedNs >= RECORD_PACED_NS) engine.recordPaced();
    }
    await this.#flush(true);
  }

  /** Where virtual time should be by now; null for a lab that does not follow the clock. */
  #dueNs(wallMs: number): number | null {
    if (this.#anchor === null) return null;
    const { virtualNs, wallMs: anchorMs, pacePermille } = this.#anchor;
    return Math.floor(virtualNs + ((wallMs - anchorMs) * pacePermille * NS_PER_MS) / 1000);
  }

  // ── Records ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Hands over the decided records, without the last one unless `all`; waits while too many are not durable yet. */
  async #flush(all = false): Promise<void> {
    const records = [...this.#takeHeld(), ...this.#engine.take().map(toRecord)];
    if (!all) this.#held = records.pop() ?? null;
    this.#handOver(records);
    await yielded();
    while (this.#outstanding >= BATCHES_OUT && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#onAcknowledged = resolve;
      });
    }
  }

  /** Hands over everything, its last record marked: nothing more follows until the next input. */
  #settle(): void {
    const records = [...this.#takeHeld(), ...this.#engine.take().map(toRecord)];
    const last = records.pop();
    if (last !== undefined) this.#handOver([...records, { ...last, settled: true }]);
  }

  #takeHeld(): LogRecord[] {
    const held = this.#held === null ? [] : [this.#held];
    this.#held = null;
    return held;
  }

  #handOver(records: readonly LogRecord[]): void {
    if (records.length === 0) return;
    this.#outstanding++;
    this.#owner.records(records);
  }
}

/** A record without its event: what travels and is stored. */
function toRecord({ event, body, chain, commandId, checkpoint }: Decided): LogRecord {
  return { position: event.position, body, chain, recordedAtMs: Date.now(), commandId, checkpoint, settled: false };
}
