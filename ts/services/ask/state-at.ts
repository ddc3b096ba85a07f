/**
 * The state of a lab at a moment: recorded state folded from the log with nothing running, derived state by re-execution.
 * Both are labelled with the moment they belong to.
 *
 * Drops and moves of MACs are on record once a second and at inputs. Where the lab is re-executed, those counted since are added, so
 * that the sum of its runs is what the counters say. (At a position within a turn both are those at the end of the turn.) That needs the
 * engine that decided the log; with another one, both stay as recorded.
 */

import type { Decided } from '../../engine/decided.ts';
import { type Derived, readDerived } from '../../engine/derived.ts';
import { readDropRuns } from '../../engine/drop-counts.ts';
import type { Engine } from '../../engine/engine.ts';
import { readMoves } from '../../engine/move-counts.ts';
import { replayUntil, type Until } from '../../engine/replay.ts';
import type { Snapshot } from '../../engine/snapshot.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { sameBytes } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { evolve, initialState, type LabState, revived } from '../../model/state/lab-state.ts';
import { createEngine } from '../engine/host.ts';
import { keepEngine, takeEngine } from '../engine/kept-engines.ts';
import { decodeSnapshot } from '../engine/snapshot.ts';
import { decodeStoredEngine } from '../engine/stored-engine.ts';
import { usableSnapshot } from '../engine/usable-snapshot.ts';
import { KEEPING, type Keeping, MomentKeeper, momentBefore } from './kept-moments.ts';
import { foldedOn, positionAt, recordedAt } from './recorded-state.ts';

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
  /** How near to each other moments are kept. */
  readonly keeping?: Keeping;
}

/** Folds a lab up to a moment, and re-executes it to there. A moment past the end is the end: see `lab-end.ts`. */
export async function stateAt(log: EventLog, lab: string, until: Until, options: StateOptions = {}): Promise<StateAt> {
  const { snapshots, keeping = KEEPING } = options;
  const position = 'position' in until ? await positionUpTo(log, lab, until.position) : await positionAt(log, lab, until.atNs);
  if (options.derived === false || position === 0) {
    const recorded = await recordedAt(log, lab, position, snapshots);
    return { lab, position: recorded.position, atNs: recorded.atNs, recorded, derived: null };
  }
  const start = snapshots === undefined ? null : await startOf(log, lab, position, until, snapshots);
  const folded = start === null ? await recordedAt(log, lab, position, snapshots) : null;
  const found = await engineFrom(log, lab, { position, until, start, keeping, ...(snapshots && { snapshots }) });
  if (found === null) {
    await snapshots?.remove(lab, 'moment').catch(() => undefined);
    const { snapshots: _, ...rest } = options;
    return stateAt(log, lab, until, rest);
  }
  const { engine, isSameHistory, read } = found;
  const recorded = folded ?? (await recordedBy(engine, start, log, lab, position));
  const { derived, drops, moves } = read;
  if (isSameHistory) Object.assign(recorded, { drops, moves });
  if (snapshots !== undefined) keepEngine(snapshots, lab, engine);
  // The engine ran up to, and not into, the nanosecond after the one that was asked for.
  const derivedAtNs = 'atNs' in until ? Math.min(derived.atNs, until.atNs) : derived.atNs;
  const { atNs } = recorded;
  return { lab, position, atNs, recorded, derived: { position: engine.position, ...derived, atNs: derivedAtNs } };
}

/** A position, or the end where that comes before it. */
async function positionUpTo(log: EventLog, lab: string, position: Position): Promise<Position> {
  return Math.min(position, (await log.head(lab))?.position ?? 0);
}

/**
 * An engine at a moment. Null where one that began at a snapshot fails, or decides something else than is recorded: a snapshot that came with
 * a bundle says what a stranger wrote, and the beginning is beyond doubt.
 */
async function engineFrom(log: EventLog, lab: string, asked: EngineAsked): Promise<EngineAt | null> {
  try {
    const found = await engineAt(log, lab, asked);
    return asked.start === null || found.isSameHistory ? found : null;
  } catch (error) {
    if (error instanceof SnapshotFailed) return null;
    throw error;
  }
}

/** An engine that went on from a snapshot failed, whatever it failed with. What the log throws is another matter. */
class SnapshotFailed extends Error {
  override readonly name = 'SnapshotFailed';
}

/** Lets an engine work. @throws SnapshotFailed where it does not come from the beginning, and fails */
function worked<T>(start: Snapshot | null, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (start === null) throw cause;
    throw new SnapshotFailed('an engine cannot go on from this snapshot', { cause });
  }
}

function readEngine(engine: Engine) {
  return { derived: readDerived(engine), drops: readDropRuns(engine), moves: readMoves(engine) };
}

interface EngineAt {
  readonly engine: Engine;
  /** Whether it decided what is recorded, up to the last event of the moment. */
  readonly isSameHistory: boolean;
  readonly read: ReturnType<typeof readEngine>;
}

interface EngineAsked {
  /** Last event of the moment. */
  readonly position: Position;
  readonly until: Until;
  /** Of this very history; null to begin at the beginning. */
  readonly start: Snapshot | null;
  readonly keeping: Keeping;
  /** Where moments are kept that are passed. */
  readonly snapshots?: SnapshotStore;
}

/** The newest snapshot of an engine from which a moment can be reached; null when there is none. */
async function startOf(
  log: EventLog,
  lab: string,
  position: Position,
  until: Until,
  snapshots: SnapshotStore,
): Promise<Snapshot | null> {
  const moment = await momentBefore(log, snapshots, lab, position);
  const found = await usableSnapshot(log, snapshots, lab, 'engine', position);
  if (found === null || found.position <= (moment?.position ?? 0)) return moment;
  const snapshot = decodeSnapshot(decodeStoredEngine(found.bytes).engine);
  // At its position time may have passed further than to the moment that is asked for.
  return 'atNs' in until && snapshot.untilNs > until.atNs ? moment : snapshot;
}

/**
 * Recorded state at a position, which an engine that went on from a snapshot reached with the recorded chain: equal events fold to equal
 * states. The engine may stand behind it, at the end of the turn that decided the position.
 */
function recordedBy(engine: Engine, start: Snapshot | null, log: EventLog, lab: string, position: Position): Promise<LabState> {
  // The next snapshot that is restored brings the engine another one.
  if (engine.position === position) return Promise.resolve(engine.state);
  return foldedOn(start === null ? initialState() : revived(structuredClone(start.state)), log, lab, position);
}

/** An engine at a moment, re-executed from a snapshot or from the beginning. */
async function engineAt(log: EventLog, lab: string, asked: EngineAsked): Promise<EngineAt> {
  const { position, until, start, keeping, snapshots } = asked;
  const engine = start === null || snapshots === undefined ? createEngine() : takeEngine(snapshots, lab);
  if (start !== null) worked(start, () => engine.restore(start));
  // A usable snapshot is one of this very history.
  let decided = engine.position === position ? engine.chain : null;
  let recorded = decided;
  const compare = (events: readonly Decided[]): void => {
    decided = events.find(({ event }) => event.position === position)?.chain ?? decided;
  };
  const keeper = snapshots === undefined ? null : new MomentKeeper(snapshots, lab, keeping, start !== null);
  const pauses = keeper === null ? null : { limits: keeping.limits, onPause: () => keeper.look(engine) };
  // A snapshot may have been taken before its horizon.
  const replay = (records: readonly LogRecord[]): void => worked(start, () => replayUntil(engine, records, until, compare, pauses));
  if (start !== null) replay([]);
  for await (const batch of log.read(lab, (start?.position ?? 0) + 1, position)) {
    recorded = batch.at(-1)?.chain ?? recorded;
    replay(batch);
    await keeper?.write(batch, batch.at(-1)?.position === position);
  }
  const isSameHistory = decided !== null && recorded !== null && sameBytes(decided, recorded);
  return { engine, isSameHistory, read: worked(start, () => readEngine(engine)) };
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
