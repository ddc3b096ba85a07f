/**
 * Which of a lab's last records belong to which command, so that a repeated command is recognised. What was read once is kept, per log
 * and lab: the next question reads only what was recorded since.
 */
import { type EventLog, type Head, LabRemoved, type LogRecord } from '../../log/event-log.ts';
import { sameBytes } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';

/** A repeated id is recognised when its command lies within this many records of the end. */
const REPEATED_WITHIN = 10_000;
/** Labs whose ids are kept; the one not asked about for longest goes. */
const LABS_MAX = 1000;

interface LabIds {
  /** The last record read; null at first. */
  last: LogRecord | null;
  /** Position of the record that a command caused first, in order. */
  readonly positions: Map<string, Position>;
  /** One reader at a time. */
  reading: Promise<void>;
}

/** What is known of a lab's last commands. */
export type LastCommands = Pick<LabIds, 'last' | 'positions'>;

const INDEXES = new WeakMap<EventLog, Map<string, LabIds>>();

/** The last commands of a lab, read up to `head` at least. @throws LogDamaged */
export async function lastCommands(log: EventLog, lab: string, head: Head): Promise<LastCommands> {
  const ids = idsOf(log, lab);
  const reading = ids.reading.then(() => update(ids, log, lab, head));
  ids.reading = reading.catch(() => clear(ids));
  await reading;
  return ids;
}

function idsOf(log: EventLog, lab: string): LabIds {
  const labs = INDEXES.get(log) ?? new Map<string, LabIds>();
  INDEXES.set(log, labs);
  const ids = labs.get(lab) ?? { last: null, positions: new Map(), reading: Promise.resolve() };
  labs.delete(lab);
  labs.set(lab, ids);
  for (const oldest of labs.keys()) {
    if (labs.size <= LABS_MAX) break;
    labs.delete(oldest);
  }
  return ids;
}

async function update(ids: LabIds, log: EventLog, lab: string, asked: Head): Promise<void> {
  const known = ids.last;
  if (known !== null && known.position === asked.position && sameBytes(known.chain, asked.chain)) return;
  // Another question may have come further meanwhile.
  const head = known === null || known.position < asked.position ? asked : await log.head(lab);
  if (head === null) return clear(ids);
  if (known === null || !(await readOn(ids, log, lab, known, head))) {
    clear(ids);
    await read(ids, log, lab, Math.max(1, head.position + 1 - REPEATED_WITHIN), head);
  }
  for (const [id, position] of ids.positions) {
    if (position > head.position - REPEATED_WITHIN) break;
    ids.positions.delete(id);
  }
}

/** False when what was read before is not the beginning of this lab: another one has its name now. */
async function readOn(ids: LabIds, log: EventLog, lab: string, known: LogRecord, head: Head): Promise<boolean> {
  if (head.position < known.position || head.position - known.position >= REPEATED_WITHIN) return false;
  for await (const [record] of log.read(lab, known.position, known.position)) {
    if (record === undefined || !sameBytes(record.chain, known.chain)) return false;
  }
  if (head.position > known.position) await read(ids, log, lab, known.position + 1, head);
  return true;
}

async function read(ids: LabIds, log: EventLog, lab: string, from: Position, head: Head): Promise<void> {
  try {
    for await (const batch of log.read(lab, from, head.position)) {
      ids.last = batch.at(-1) ?? ids.last;
      for (const { commandId, position } of batch) {
        if (commandId !== '' && !ids.positions.has(commandId)) ids.positions.set(commandId, position);
      }
    }
  } catch (error) {
    if (!(error instanceof LabRemoved)) throw error;
    clear(ids);
  }
}

function clear(ids: LabIds): void {
  ids.last = null;
  ids.positions.clear();
}
