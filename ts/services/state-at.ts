/**
 * The state of a lab at a moment: recorded state folded from the log with nothing running, derived state by re-execution.
 * Both are labelled with the moment they belong to.
 */
import { type Derived, readDerived } from '../engine/derived.ts';
import { replayUntil, type Until } from '../engine/replay.ts';
import type { EventLog } from '../log/event-log.ts';
import { decodeBody } from '../model/codec.ts';
import type { Position } from '../model/events.ts';
import { evolve, initialState, type LabState } from '../model/lab-state.ts';
import type { LogRecord } from '../model/record.ts';
import { createEngine } from './engine-host.ts';

export interface StateAt {
  readonly lab: string;
  /** Last event at or before the moment. */
  readonly position: Position;
  readonly atNs: number;
  readonly recorded: LabState;
  /** Null when only recorded state was asked for. */
  readonly derived: (Derived & { readonly position: Position }) | null;
}

/** All records of a lab. */
export async function readAll(log: EventLog, lab: string, to?: Position): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of log.read(lab, 1, to)) records.push(...batch);
  return records;
}

/** Folds a lab up to a moment, and re-executes it to there. A moment past the end is the end. */
export async function stateAt(log: EventLog, lab: string, until: Until, withDerived = true): Promise<StateAt> {
  const records = await readAll(log, lab, 'position' in until && until.position > 0 ? until.position : undefined);
  const recorded = foldUntil(records, until);
  const { position, atNs } = recorded;
  if (!withDerived || position === 0) return { lab, position, atNs, recorded, derived: null };
  const engine = createEngine();
  replayUntil(engine, records, until);
  const derived = readDerived(engine);
  // The engine ran up to, and not into, the nanosecond after the one that was asked for.
  const derivedAtNs = 'atNs' in until ? Math.min(derived.atNs, until.atNs) : derived.atNs;
  return { lab, position, atNs, recorded, derived: { position: engine.position, ...derived, atNs: derivedAtNs } };
}

/** Recorded state at a moment. */
export function foldUntil(records: Iterable<LogRecord>, until: Until): LabState {
  const state = initialState();
  for (const record of records) {
    if ('position' in until && record.position > until.position) break;
    const event = decodeBody(record.body);
    if ('atNs' in until && event.atNs > until.atNs) break;
    evolve(state, event);
  }
  return state;
}
