/** What was done to a lab, as a fork leaves it out; and what a command may go on as. */
import { courseOf, isRemovable } from '../../debug/course.ts';
import { textOf } from '../../debug/fork.ts';
import { nextWords } from '../../model/commands/next-words.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { formatSeconds } from '../../values/nanos.ts';
import type { DoQuestions } from '../ask/do-questions.ts';

/** Lines of a list that drops down. */
const LINES_MAX = 50;

/** Steps as `--without` names them: "crash fw1@20.5s". */
export function stepsOf(records: Iterable<LogRecord>): DoQuestions['steps']['answer'] {
  return courseOf(records).given.flatMap(({ input, atNs, position }) =>
    isRemovable(input) ? [{ position, text: `${textOf(input)}@${formatSeconds(atNs)}s` }] : [],
  );
}

/** Virtual time per wall time, in thousandths, as the definition says; 0 where time moves by steps. */
export function paceOf(records: readonly LogRecord[]): number {
  const first = courseOf(records.slice(0, 1)).given[0]?.input;
  return first?.type === 'LabDefined' ? first.data.pacePermille : 0;
}

/** Whole lines that begin as `text` does and go on with one word. */
export function completed(text: string, lab: Lab | null): readonly string[] {
  const words = text.trimStart().split(/\s+/);
  const begun = words.pop() ?? '';
  const found = nextWords(words, lab).filter((word) => word.startsWith(begun) && word !== begun);
  return found.slice(0, LINES_MAX).map((word) => [...words, word].join(' '));
}
