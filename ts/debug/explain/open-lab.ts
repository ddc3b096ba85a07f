/** A recorded lab that was opened for questions: its history, and its course, to run it again. */
import type { LogRecord } from '../../model/events/record.ts';
import { type Course, courseOf, type Unread } from '../course.ts';
import { History, type HistoryPart } from './history.ts';

export interface OpenLab {
  readonly history: History;
  readonly course: Course;
}

/** @param records the whole lab. */
export function openLab(records: readonly LogRecord[]): OpenLab {
  return { history: new History(records), course: courseOf(records) };
}

/**
 * A part of a lab: the records in a row behind a moment, and single ones, the definition among them. What is asked of it is answered as the
 * whole lab answers it, or NotRead is thrown.
 */
export function openPart(records: readonly LogRecord[], part: HistoryPart, unread: Unread): OpenLab {
  const definition = part.others.get(1);
  if (definition === undefined || part.from < 2) throw new RangeError('a part of a lab is behind its definition');
  return { history: new History(records, part), course: { ...courseOf([definition, ...records]), unread } };
}
