/** An expectation as somebody asks a recorded lab for it: read against the lab's definition, so a mistake in it costs one record. */
import { courseOf } from '../../debug/course.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { Expectation } from '../../model/lab/script.ts';
import { readExpectation } from '../../topology/read-expectation.ts';
import { recordAt } from '../engine/record-at.ts';

/** @param check an expectation as text. @throws RangeError when it is none, or asks for a time of its own */
export async function labExpectation(log: EventLog, lab: string, check: string): Promise<Expectation> {
  const defined = await recordAt(log, lab, 1);
  return readExpectation(courseOf(defined === null ? [] : [defined]).lab, check);
}
