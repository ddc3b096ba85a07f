/** A recorded lab that was opened for questions: its history, and its course, to run it again. */
import type { LogRecord } from '../../model/events/record.ts';
import { type Course, courseOf } from '../course.ts';
import { History } from './history.ts';

export interface OpenLab {
  readonly history: History;
  readonly course: Course;
}

/** @param records the whole lab. */
export function openLab(records: readonly LogRecord[]): OpenLab {
  return { history: new History(records), course: courseOf(records) };
}
