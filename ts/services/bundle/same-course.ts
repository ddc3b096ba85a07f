/** Whether a lab file and a recorded lab are about the same run. */
import { type Course, courseOf, courseOfInputs, sameInput } from '../../debug/course.ts';
import { scriptInputs } from '../../engine/script.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { formatSeconds } from '../../values/nanos.ts';
import { readAll } from '../ask/state-at.ts';

/**
 * Where what a lab file does parts from what was done to a recorded lab, in a sentence; null where both are the same, so that a run of the
 * file has the recorded chain (under the same engine).
 */
export async function courseParts(log: EventLog, lab: string, file: LabFile): Promise<string | null> {
  return partsAt(courseOf(await readAll(log, lab)), courseOfInputs(scriptInputs(file.lab, file.script)));
}

function partsAt({ given: recorded }: Course, { given: written }: Course): string | null {
  for (const [i, one] of recorded.entries()) {
    const other = written[i];
    if (other !== undefined && sameInput(one, other)) continue;
    return i === 0
      ? 'it defines another lab'
      : `it does something else at ${formatSeconds(one.atNs)} s, where #${one.position} is ${one.input.type}`;
  }
  return written.length > recorded.length ? `it goes on after the last input, #${recorded.at(-1)?.position ?? 0}` : null;
}
