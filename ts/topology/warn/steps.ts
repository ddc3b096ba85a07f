/**
 * What steps will do: the lab as each step leaves it is judged as if it had started so, and what is new is told of the step.
 *
 * Decision someone may dispute: a crash and the time that passes are not followed. A lab is there to show a failure; what is told is
 * what stays wrong however long one waits.
 */
import { type Command, parseCommand } from '../../model/commands/command.ts';
import type { Problem } from '../draft/draft.ts';
import { type LabView, viewOf } from './lab-view.ts';
import { afterCommand, type Parts } from './step-effects.ts';

/** Judging takes time in proportion to the lab: in a lab of n interfaces, this many divided by n steps are judged. */
const JUDGED_INTERFACES_MAX = 100_000;

/** The commands of the file's steps, in order of time. */
export function commandsOf(view: LabView): Command[] {
  return view.file.script.steps.flatMap(({ command: text }) => {
    const parsed = parseCommand(text);
    return 'error' in parsed ? [] : [parsed.command];
  });
}

/** @param judges warnings about the lab as it starts that a step can bring about. */
export function stepsAsStart(view: LabView, judges: readonly ((view: LabView) => Problem[])[]): Problem[] {
  const judge = (one: LabView): Problem[] => judges.flatMap((warn) => warn(one));
  const told = new Set(judge(view).map(({ message }) => message));
  let parts: Parts = view.lab;
  let left = Math.ceil(JUDGED_INTERFACES_MAX / Math.max(1, view.lab.interfaces.length));
  return view.file.script.steps.flatMap(({ command: text }) => {
    const parsed = parseCommand(text);
    const after = 'error' in parsed || left === 0 ? null : afterCommand(parts, view.lab.links, parsed.command);
    if (after === null) return [];
    left--;
    parts = after;
    const news = judge(viewOf(view.draft, { ...view.file, lab: { ...view.lab, ...parts } }));
    return news.flatMap((problem) => {
      if (told.has(problem.message)) return [];
      told.add(problem.message);
      return [{ ...problem, message: `after "${text}": ${problem.message}` }];
    });
  });
}

/** Where the file writes a step. */
export function placeOfStep({ draft }: LabView, text: string): Problem['place'] {
  const written = draft.written(['steps']);
  const runs = Array.isArray(written) ? written.map((step: { readonly run?: unknown } | null) => String(step?.run)) : [];
  const number = runs.findIndex((run) => run.trim().split(/\s+/).join(' ') === text);
  return draft.valuePlace(number < 0 ? ['steps'] : ['steps', number, 'run']);
}
