/**
 * The state of a lab at a moment: recorded state folded from the log with nothing running, derived state by re-execution.
 * Both are labelled with the moment they belong to.
 *
 * Drops and moves of MACs are on record once a second and at inputs. Where the lab is re-executed, those counted since are added, so
 * that the sum of its runs is what the counters say. (At a position within a turn both are those at the end of the turn.) That needs the
 * engine that decided the log; with another one, both stay as recorded.
 */
import { type Derived, readDerived } from '../../engine/derived.ts';
import { readDropRuns } from '../../engine/drop-counts.ts';
import type { Engine } from '../../engine/engine.ts';
import { readMoves } from '../../engine/move-counts.ts';
import { replayUntil, type Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { sameBytes } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { evolve, initialState, type LabState } from '../../model/state/lab-state.ts';
import { createEngine } from '../engine/host.ts';
import { decodeSnapshot } from '../engine/snapshot.ts';
import { decodeStoredEngine } from '../engine/stored-engine.ts';
import { usableSnapshot } from '../engine/usable-snapshot.ts';
import { positionAt, recordedAt } from './recorded-state.ts';

export interface StateAt {
  readonly lab: string;
  /** Last event at or before the moment. */
  readonly position: Position;
  readonly atNs: number;
  /** Folded from the log; with derived state, its drops and moves are exact (`readDropRuns`, `readMoves`). */
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

export interface StateOptions {
  /** Re-execute for derived state, too; default true. */
  readonly derived?: boolean;
  readonly snapshots?: SnapshotStore;
}

/** Folds a lab up to a moment, and re-executes it to there. A moment past the end is the end: see `lab-end.ts`. */
export async function stateAt(log: EventLog, lab: string, until: Until, options: StateOptions = {}): Promise<StateAt> {
  const asked = 'position' in until ? until.position : await positionAt(log, lab, until.atNs);
  const recorded = asked === 0 ? initialState() : await recordedAt(log, lab, asked, options.snapshots);
  const { position, atNs } = recorded;
  if (options.derived === false || position === 0) return { lab, position, atNs, recorded, derived: null };
  const { engine, isSameHistory } = await engineAt(log, lab, position, until, options.snapshots);
  const derived = readDerived(engine);
  if (isSameHistory) {
    recorded.drops = readDropRuns(engine);
    recorded.moves = readMoves(engine);
  }
  // The engine ran up to, and not into, the nanosecond after the one that was asked for.
  const derivedAtNs = 'atNs' in until ? Math.min(derived.atNs, until.atNs) : derived.atNs;
  return { lab, position, atNs, recorded, derived: { position: engine.position, ...derived, atNs: derivedAtNs } };
}

interface EngineAt {
  readonly engine: Engine;
  /** Whether it decided what is recorded, up to the last event of the moment. */
  readonly isSameHistory: boolean;
}

/** An engine at a moment: from the newest snapshot before it, if one can be used, or from the beginning. */
async function engineAt(
  log: EventLog,
  lab: string,
  position: Position,
  until: Until,
  snapshots?: SnapshotStore,
): Promise<EngineAt> {
  const engine = createEngine();
  const found = snapshots === undefined ? null : await usableSnapshot(log, snapshots, lab, 'engine', position);
  const snapshot = found === null ? null : decodeSnapshot(decodeStoredEngine(found.bytes).engine);
  // At its position time may have passed further than to the moment that is asked for.
  const isBefore = snapshot !== null && !('atNs' in until && snapshot.untilNs > until.atNs);
  if (isBefore) engine.restore(snapshot);
  // A usable snapshot is one of this very history.
  let decided = engine.position === position ? engine.chain : null;
  let recorded = decided;
  for await (const batch of log.read(lab, engine.position + 1, position)) {
    recorded = batch.at(-1)?.chain ?? recorded;
    replayUntil(engine, batch, until, (events) => {
      decided = events.find(({ event }) => event.position === position)?.chain ?? decided;
    });
  }
  return { engine, isSameHistory: decided !== null && recorded !== null && sameBytes(decided, recorded) };
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
