/** Reads single records of a lab's log. */
import type { EventLog } from '../../log/event-log.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';

/** The record at a position; null when there is none. */
export async function recordAt(log: EventLog, lab: string, position: Position): Promise<LogRecord | null> {
  for await (const batch of log.read(lab, position, position)) return batch[0] ?? null;
  return null;
}

/** The last record of a lab; null when there is no such lab. */
export async function lastRecord(log: EventLog, lab: string): Promise<LogRecord | null> {
  const head = await log.head(lab);
  return head === null ? null : recordAt(log, lab, head.position);
}

/** Virtual time per wall time, in thousandths, as the lab's definition says; 0 where time moves by steps, or there is no lab. */
export async function paceOf(log: EventLog, lab: string): Promise<number> {
  const first = await recordAt(log, lab, 1);
  const event = first === null ? null : decodeBody(first.body);
  return event?.type === 'LabDefined' ? event.data.pacePermille : 0;
}
