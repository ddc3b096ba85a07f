/**
 * A lab that runs: an engine, and all that it has decided, in this process. Everything is synchronous, and nothing follows a clock: time
 * passes when it is told to. Questions about the past re-execute the recorded inputs in an engine of their own.
 */
import type { CheckResult } from '../engine/checks.ts';
import { CheckRun, marksOf } from '../engine/checks.ts';
import { readDerived, readFlows } from '../engine/derived.ts';
import { DropSampler, readDropRuns, readDrops } from '../engine/drop-counts.ts';
import type { Engine } from '../engine/engine.ts';
import type { Input } from '../engine/input.ts';
import { readMoves } from '../engine/move-counts.ts';
import { replayUntil, type Until } from '../engine/replay.ts';
import { defineInput } from '../engine/script.ts';
import { toHex } from '../model/events/chain.ts';
import { decodeBody } from '../model/events/codec.ts';
import { EVENT_KINDS, type LabEvent, type Position } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import type { Check } from '../model/lab/script.ts';
import { evolve, initialState, type LabState } from '../model/state/lab-state.ts';
import { publishStateAt } from '../services/publish/publish-state.ts';
import type { EngineSource } from './engine-source.ts';
import { type Verified, verifiedRecords } from './verified.ts';

/** A lab at a moment: recorded state, and derived state beside it. The same that `switchback at -f json` prints. */
export type LabAt = ReturnType<typeof publishStateAt>;

export class Timeline {
  readonly engine: Engine;
  readonly events: LabEvent[] = [];
  readonly #file: LabFile;
  readonly #source: EngineSource;
  readonly #records: LogRecord[] = [];

  constructor(file: LabFile, source: EngineSource) {
    this.#file = file;
    this.#source = source;
    this.engine = source.create();
    this.input(defineInput(file.lab));
  }

  get chain(): string {
    return toHex(this.engine.chain);
  }

  /** Takes an input and decides all that follows before the horizon. Returns its position. */
  input(input: Input, sampler = new DropSampler()): Position {
    const position = this.engine.receive(input);
    do this.#collect();
    while (!sampler.step(this.engine));
    this.#collect();
    return position;
  }

  /** Lets a stretch of time pass, ns. @throws RangeError beyond the end of virtual time. */
  pass(ns: number): void {
    this.input({ type: 'TimeAdvanced', data: { toNs: this.engine.horizonNs + ns } });
  }

  /** The lab at a moment; null for the present. */
  at(until: Until | null): LabAt {
    const engine = until === null ? this.engine : this.#engineAt(until);
    const recorded = this.#fold(until ?? { position: engine.position });
    const { position, atNs } = recorded;
    recorded.drops = readDropRuns(engine);
    recorded.moves = readMoves(engine);
    const derived = readDerived(engine);
    // An engine runs up to, and not into, the nanosecond after the one that was asked for.
    const derivedAtNs = until !== null && 'atNs' in until ? Math.min(derived.atNs, until.atNs) : derived.atNs;
    const both = { ...derived, position: engine.position, atNs: derivedAtNs };
    return publishStateAt({ lab: this.#file.name, position, atNs, recorded, derived: both }, until);
  }

  /** Evaluates checks over the history so far. */
  evaluate(checks: readonly Check[], sampler = this.#sampled(marksOf(checks))): CheckResult[] {
    const run = new CheckRun(checks);
    for (const event of this.events) run.observe(event);
    return run.results(readFlows(this.engine), { samples: sampler.samples, end: readDrops(this.engine) });
  }

  /** Decides everything again from the inputs alone, in another engine, and compares byte for byte. */
  verify(): Verified {
    return verifiedRecords(this.#records, this.#source);
  }

  #collect(): void {
    for (const { event, body, chain, commandId, checkpoint } of this.engine.take()) {
      this.events.push(event);
      // No wall clock: a history built here is the same whenever it is built.
      this.#records.push({ position: event.position, body, chain, recordedAtMs: 0, commandId, checkpoint, settled: true });
    }
  }

  #engineAt(until: Until): Engine {
    const engine = this.#source.create();
    replayUntil(engine, this.#records, until);
    return engine;
  }

  #fold(until: Until): LabState {
    const state = initialState();
    for (const event of this.events) {
      if ('position' in until ? event.position > until.position : event.atNs > until.atNs) break;
      evolve(state, event);
    }
    return state;
  }

  /** Drops counted at instants of the past, by another engine. */
  #sampled(marks: readonly number[]): DropSampler {
    const sampler = new DropSampler(marks);
    if (marks.length === 0) return sampler;
    const engine = this.#source.create();
    for (const { body } of this.#records) {
      const event = decodeBody(body);
      if (EVENT_KINDS[event.type] !== 'input') continue;
      engine.receive({ type: event.type, data: event.data } as Input, { checkpoint: false });
      while (!sampler.step(engine)) engine.take();
      engine.take();
    }
    return sampler;
  }
}
