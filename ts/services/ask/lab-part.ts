/**
 * A part of a recorded lab, for questions about a time: the records around it, and kept moments from which that part can be run again. Of a
 * lab of a million events a question about one frame needs some thousand.
 *
 *   the log    #1 ─────────────────●─── … ────●──×──────── … ──── end
 *                                  moment     moment  the time
 *   the part   #1   others         ├──────────────────────┤
 */
import { Happened } from '../../debug/effects.ts';
import { type OpenLab, openPart } from '../../debug/explain/open-lab.ts';
import { type KeptMoment, Moments } from '../../debug/moments.ts';
import { NotRead } from '../../debug/not-read.ts';
import type { Snapshot } from '../../engine/snapshot.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { recordAt } from '../engine/record-at.ts';
import { momentBefore } from './kept-moments.ts';
import { positionAt, timeOf } from './recorded-state.ts';
import { stateAt } from './state-at.ts';

export interface PartOpened {
  readonly open: OpenLab;
  readonly moments: Moments;
  /** Whether the part reaches to the end of the lab. */
  readonly isToEnd: boolean;
}

/** A frame is looked for from so long before its time on (frame-finder.ts); a moment right before that saves most of the re-execution. */
const NEAR_NS = 11_000_000;
/** What became of a frame that arrives is over by then, ns. */
const SOON_NS = 100_000_000;
/** Drops and events are looked for within a second of their time (ts/debug/explain/effect.ts): so much is read where that is asked, ns. */
const AROUND_NS = 1_100_000_000;
/** A moment is near enough when the last event before it came so long before the time, ns. */
const LATE_NS = 1_000_000_000;
/** How often a part is made larger before the whole lab is read. */
const TRIES_MAX = 8;
const FURTHER = 4;
/** A lab with no more records than this is asked whole where no moment is kept before the part. */
const SHORT_RECORDS = 5_000;
/** What a lab begins with is behind most of what it goes by later, such as neighbours that were learned once. */
const FIRST_RECORDS = 100;

/**
 * Answers a question about a time from a part of a lab, made larger until the question needs no more.
 * @param ask throws NotRead for what the part lacks.
 * @returns null where the whole lab has to be asked: it is short, or the question goes back to its beginning.
 */
export async function askPart<T>(
  { log, lab, snapshots }: PartOf,
  atNs: number,
  ask: (part: PartOpened) => T,
): Promise<{ readonly told: T; readonly isToEnd: boolean } | null> {
  const others = new Map<Position, LogRecord>();
  for await (const batch of log.read(lab, 1, FIRST_RECORDS)) for (const record of batch) others.set(record.position, record);
  let [fromNs, toNs] = [atNs - NEAR_NS, atNs + SOON_NS];
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const part = await readPart({ log, lab, snapshots }, others, { fromNs, nearNs: atNs - NEAR_NS, toNs });
    if (part === null) return null;
    try {
      return { told: ask(part.opened), isToEnd: part.opened.isToEnd };
    } catch (error) {
      if (!(error instanceof NotRead)) throw error;
      const { position, isForRerun } = error;
      const isNear = fromNs > atNs - AROUND_NS;
      if (position <= 1 && !isNear) return null;
      if (position <= 1) [fromNs, toNs] = [atNs - AROUND_NS, Math.max(toNs, atNs + AROUND_NS)];
      else if (position > part.last) toNs = atNs + Math.max(AROUND_NS, FURTHER * (toNs - atNs));
      else if (isForRerun) fromNs = (await timeOf(log, lab, position)) - AROUND_NS;
      else await readCauses(log, lab, position, others);
    }
  }
  return null;
}

export interface PartOf {
  readonly log: EventLog;
  readonly lab: string;
  readonly snapshots: SnapshotStore;
}

interface Times {
  /** The part begins at a moment before this. */
  readonly fromNs: number;
  /** Another moment is taken before this. */
  readonly nearNs: number;
  readonly toNs: number;
}

/** A part at the very beginning needs no moment. Null where a short lab has none. */
async function readPart(
  { log, lab, snapshots }: PartOf,
  others: ReadonlyMap<Position, LogRecord>,
  { fromNs, nearNs, toNs }: Times,
): Promise<{ readonly opened: PartOpened; readonly last: Position } | null> {
  const end = (await log.head(lab))?.position ?? 0;
  const first = await momentAt({ log, lab, snapshots }, fromNs);
  if (first === null && end <= SHORT_RECORDS) return null;
  const near = fromNs < nearNs ? ((await momentAt({ log, lab, snapshots }, nearNs)) ?? first) : first;
  const last = await positionAt(log, lab, toNs);
  const records: LogRecord[] = [];
  const from = (first?.snapshot.position ?? 1) + 1;
  if (last >= from) for await (const batch of log.read(lab, from, last)) records.push(...batch);
  const isToEnd = last >= end;
  const open = openPart(
    records,
    { from, others, end },
    {
      to: from - 1,
      allowedNs: first?.snapshot.untilNs ?? 0,
      from: last + 1,
      completeNs: isToEnd ? Number.POSITIVE_INFINITY : toNs,
    },
  );
  const moments = [first, near].filter((moment) => moment !== null);
  const kept = moments.map(({ snapshot, atNs }): KeptMoment => {
    const next = open.course.given.filter((given) => given.position <= snapshot.position).length;
    return { moment: { snapshot, next, happened: new Happened() }, atNs };
  });
  return { opened: { open, moments: Moments.from(kept), isToEnd }, last };
}

/** The last kept moment before a time; null where there is none. Asking for the state there leaves moments on the way, if the way is long. */
async function momentAt(
  { log, lab, snapshots }: PartOf,
  atNs: number,
): Promise<{ readonly snapshot: Snapshot; readonly atNs: number } | null> {
  if (atNs <= 0) return null;
  const position = await positionAt(log, lab, atNs);
  let snapshot = await momentBefore(log, snapshots, lab, position);
  if (snapshot === null || (await timeOf(log, lab, snapshot.position)) < atNs - LATE_NS) {
    await stateAt(log, lab, { atNs }, { snapshots });
    snapshot = await momentBefore(log, snapshots, lab, position);
  }
  return snapshot === null ? null : { snapshot, atNs };
}

/** Reads an event and those behind it, back to the input that began it. */
async function readCauses(log: EventLog, lab: string, from: Position, into: Map<Position, LogRecord>): Promise<void> {
  for (let position = from; position > 0 && !into.has(position); ) {
    const record = await recordAt(log, lab, position);
    if (record === null) return;
    into.set(position, record);
    position = decodeBody(record.body).cause;
  }
}
