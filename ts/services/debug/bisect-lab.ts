/** The first event of a recorded lab with which an expectation turns false (ts/debug/bisect.ts). */
import { type Bisected, bisect } from '../../debug/bisect.ts';
import { courseOf } from '../../debug/course.ts';
import type { EventLog } from '../../log/event-log.ts';
import { decodeBody } from '../../model/events/codec.ts';
import { labExpectation } from '../ask/lab-expectation.ts';
import { readAll } from '../ask/state-at.ts';
import { createEngine } from '../engine/host.ts';

export interface BisectedLab extends Bisected {
  readonly lab: string;
  readonly check: string;
  /** How many events were looked at. */
  readonly events: number;
}

/** @param check an expectation as text. @throws RangeError when it is none, or asks for a time of its own */
export async function bisectLab(log: EventLog, lab: string, check: string): Promise<BisectedLab> {
  const expectation = await labExpectation(log, lab, check);
  const records = await readAll(log, lab);
  const course = courseOf(records);
  const events = records.map(({ body }) => decodeBody(body));
  return { lab, check, events: events.length, ...bisect(createEngine, course, events, expectation) };
}
