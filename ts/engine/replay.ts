/**
 * Re-execution: a new engine gets the recorded inputs, and its events must equal the recorded ones, byte for byte.
 */
import { sameBytes } from '../model/events/chain.ts';
import { decodeBody } from '../model/events/codec.ts';
import { EVENT_KINDS, type LabEvent, type Position } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import type { Decided } from './decided.ts';
import type { Engine } from './engine.ts';
import type { Input } from './input.ts';
import type { StepLimits } from './step-limits.ts';

/** Where a re-execution stopped being the same run. */
export interface Divergence {
  readonly position: Position;
  readonly reason: 'other-event' | 'unexpected-outcome' | 'missing-outcome' | 'other-time' | 'other-checkpoint';
  readonly recorded: LabEvent;
  /** The event that this engine decided instead; null for none. */
  readonly decided: LabEvent | null;
}

export class Replay {
  readonly engine: Engine;
  readonly #identity: string;
  /** Decided by this engine and not yet compared. */
  #waiting: Decided[] = [];
  #isAtHorizon = true;
  /** How many checkpoints were compared: only those of an engine of the same identity. */
  checkpointsCompared = 0;

  constructor(engine: Engine, identity: string) {
    this.engine = engine;
    this.#identity = identity;
  }

  /** Takes the next record and re-executes up to it. Returns the first divergence, or null. */
  feed(record: LogRecord): Divergence | null {
    const event = decodeBody(record.body);
    return EVENT_KINDS[event.type] === 'input' ? this.#feedInput(record, event) : this.#feedOutcome(record, event);
  }

  #feedInput(record: LogRecord, recorded: LabEvent): Divergence | null {
    const { position } = recorded;
    // The engine that recorded this failed here; its next events are unknown.
    if (recorded.type === 'EngineHalted') return null;
    while (!this.#isAtHorizon && this.#waiting.length === 0) this.#advance();
    const extra = this.#waiting[0];
    if (extra !== undefined) return { position, reason: 'unexpected-outcome', recorded, decided: extra.event };
    if (recorded.atNs !== this.engine.horizonNs) return { position, reason: 'other-time', recorded, decided: null };
    const { commandId, checkpoint } = record;
    const compares = checkpoint !== null && checkpoint.engine === this.#identity;
    this.engine.receive({ type: recorded.type, data: recorded.data } as Input, { commandId, checkpoint: compares });
    this.#isAtHorizon = false;
    const [input, ...outcomes] = this.engine.take();
    this.#waiting = outcomes;
    if (input === undefined || !sameBytes(input.body, record.body)) {
      return { position, reason: 'other-event', recorded, decided: input?.event ?? null };
    }
    return this.#compareCheckpoint(record, recorded, input);
  }

  #compareCheckpoint(record: LogRecord, recorded: LabEvent, input: Decided): Divergence | null {
    const expected = record.checkpoint;
    const actual = input.checkpoint;
    if (expected === null || actual === null) return null;
    this.checkpointsCompared++;
    if (sameBytes(expected.region, actual.region) && sameBytes(expected.agents, actual.agents)) return null;
    return { position: recorded.position, reason: 'other-checkpoint', recorded, decided: input.event };
  }

  #feedOutcome(record: LogRecord, recorded: LabEvent): Divergence | null {
    const { position } = recorded;
    while (this.#waiting.length === 0 && !this.#isAtHorizon) this.#advance();
    const next = this.#waiting.shift();
    if (next === undefined) return { position, reason: 'missing-outcome', recorded, decided: null };
    if (sameBytes(next.body, record.body)) return null;
    return { position, reason: 'other-event', recorded, decided: next.event };
  }

  /** One turn: until the next thing is decided, or the horizon. */
  #advance(): void {
    this.#isAtHorizon = this.engine.step({ stopAt: this.engine.position + 1 });
    this.#waiting.push(...this.engine.take());
  }

  /** Events decided after the last record. The engine may not have reached its horizon yet: `step` continues. */
  takeUnrecorded(): readonly Decided[] {
    const unrecorded = this.#waiting;
    this.#waiting = [];
    return unrecorded;
  }

  /** Outcomes that follow from the recorded inputs but were never recorded: a run that was cut off. */
  finish(): readonly Decided[] {
    while (!this.#isAtHorizon) this.#advance();
    return this.takeUnrecorded();
  }
}

/** How far to re-execute: to the turn that decided a position, or to the end of an instant. */
export type Until = { readonly position: Position } | { readonly atNs: number };

/** Pauses between turns. */
export interface Pauses {
  /** How much happens at most between two of them. */
  readonly limits: StepLimits;
  /** Called in each: what is decided is taken already, and a snapshot can be. */
  readonly onPause: () => void;
}

/**
 * Re-executes recorded inputs up to a moment, without comparing. The engine is then what it was: at the end of the turn that
 * decided `position`, or with everything at and before `atNs` behind it. An engine that did not reach its horizon yet goes on first.
 * @param onDecided called with the events that this engine decides, for comparison.
 */
export function replayUntil(
  engine: Engine,
  records: Iterable<LogRecord>,
  until: Until,
  onDecided: (decided: readonly Decided[]) => void = () => undefined,
  pauses: Pauses | null = null,
): void {
  const stopAt = 'position' in until ? until.position : Number.POSITIVE_INFINITY;
  const stopNs = 'atNs' in until ? until.atNs + 1 : Number.POSITIVE_INFINITY;
  const goOn = (): void => {
    for (let isThere = false; !isThere; ) {
      isThere = engine.step({ ...pauses?.limits, stopAt, stopNs }) || engine.position >= stopAt;
      onDecided(engine.take());
      pauses?.onPause();
    }
  };
  if (engine.position > 0) goOn();
  for (const record of records) {
    if (engine.position >= stopAt) return;
    const event = decodeBody(record.body);
    if (EVENT_KINDS[event.type] !== 'input') continue;
    if (event.atNs >= stopNs) return;
    engine.receive({ type: event.type, data: event.data } as Input, { commandId: record.commandId, checkpoint: false });
    goOn();
  }
}
