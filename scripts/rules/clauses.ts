/** Which tests of a run played which clause of which rule. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clause, RULES } from '../../ts/rules/rules.ts';
import type { TestIndex } from './report.ts';

const CLAUSE_ID = /\b[A-Z]{2,5}-\d\d[a-z]\b/g;

/** Clause ids with the places of tests that play them: "file > title", where "*" stands for any text. */
export type Played = Readonly<Record<string, readonly string[]>>;

/** A line of the page: a test, or all tests of a pattern. */
export interface Proof {
  readonly file: string;
  readonly title: string;
  readonly tests: number;
}

export interface ClauseProofs {
  readonly clause: Clause;
  readonly proofs: readonly Proof[];
}

export interface Proven {
  readonly clauses: ReadonlyMap<string, ClauseProofs>;
  readonly faults: readonly string[];
}

/** The tables of test/rules/clauses/ as one. */
export function readPlayed(folder: string): Played {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return Object.assign({}, ...files.sort().map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))) as Played;
}

/**
 * A clause is proven by the tests that its table lists and by those that name it in their title, as far as they played a lab. A listed test
 * that is lost, or that played none, is a fault: the table says something that is not so.
 */
export function prove(
  played: Played,
  tests: TestIndex,
  titles: readonly { readonly file: string; readonly title: string }[],
): Proven {
  const clauses = new Map(RULES.flatMap((rule) => rule.clauses.map((clause) => [clause.id, { clause, proofs: [] as Proof[] }])));
  const faults: string[] = [];
  for (const [id, places] of Object.entries(played)) {
    const found = clauses.get(id);
    if (found === undefined) faults.push(`${id}: no rule has such a clause`);
    else if (!found.clause.built) faults.push(`${id}: tests are listed for it, but it is not built`);
    else for (const place of places) found.proofs.push(...proofsAt(id, place, tests, faults));
  }
  for (const { file, title } of titles) {
    for (const id of new Set(title.match(CLAUSE_ID) ?? [])) {
      const found = clauses.get(id);
      if (found === undefined) faults.push(`${file} > ${title}: no rule has a clause ${id}`);
      else if (!found.clause.built) faults.push(`${file} > ${title}: ${id} is not built`);
      else if (tests.at(`${file} > ${title}`).some(({ playsLab }) => playsLab)) found.proofs.push({ file, title, tests: 1 });
    }
  }
  return { clauses, faults };
}

function proofsAt(id: string, place: string, tests: TestIndex, faults: string[]): readonly Proof[] {
  const found = tests.at(place);
  if (found.length === 0) faults.push(`${id}: no such test: ${place}`);
  const idle = found.find(({ playsLab }) => !playsLab);
  if (idle !== undefined) faults.push(`${id}: plays no lab: ${idle.file} > ${idle.title}`);
  const [file = '', ...title] = place.split(' > ');
  return found.length === 0 || idle !== undefined ? [] : [{ file, title: title.join(' > '), tests: found.length }];
}
