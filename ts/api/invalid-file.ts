/** What is wrong with a lab file, as a problem. */
import type { Finding } from '../topology/draft/finding.ts';
import { ERRORS_TOLD_MAX } from './limits.ts';
import { type Mistake, Problem } from './problem.ts';

/** @param undone what was not done because of it: "deployed" */
export function invalidFile(errors: readonly Mistake[], undone: string): Problem {
  const count = errors.length === 1 ? '1 mistake' : `${errors.length} mistakes`;
  return new Problem('invalid-lab-file', `the lab file has ${count}; nothing was ${undone}`, {
    errors: errors.slice(0, ERRORS_TOLD_MAX),
  });
}

export function mistakeOf({ line, column, message, rule, remedy }: Finding): Mistake {
  return { message, line, column, ...(rule === undefined ? {} : { rule }), ...(remedy === undefined ? {} : { remedy }) };
}
