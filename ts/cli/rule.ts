/** `switchback rule [ID]`: what a rule of the domain says, what of it is built, the tests that play it, and the labs that tell of it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type Clause, RULES, type Rule, ruleNamed, SUBJECTS } from '../rules/rules.ts';
import { CliError, EXIT } from './errors.ts';
import { formatOption } from './options.ts';
import { paint, print, printJson } from './output.ts';
import { packageFile } from './package-file.ts';
import { table } from './table.ts';

interface RuleOptions {
  readonly format: 'table' | 'json';
}

interface ClauseAnswer {
  readonly id: string;
  readonly text: string;
  readonly built: boolean;
  /** The subject that brings it; null when it is built. */
  readonly comesWith: string | null;
  /** Titles of tests that played it in a lab and passed. */
  readonly tests: readonly string[];
}

const PAGE = 'docs/rules.md';
const LABS = 'labs';
const LAB_FILE = /\.lab\.yml$/;
const INDENT = '  ';

export function addRule(program: Command): void {
  program
    .command('rule')
    .summary('say what a rule of the domain says')
    .description(
      'Prints a rule that warnings, docs and tests name, such as VSW-09: its clauses in plain words, whether each is built, the tests ' +
        'that play it in a lab, and the shipped labs that tell of it. Without an id: lists all rules.',
    )
    .argument('[id]', 'id of a rule or of one of its clauses, such as VSW-09 or VSW-09d, in any case')
    .addOption(formatOption('table', 'json'))
    .action((id: string | undefined, { format }: RuleOptions) => (id === undefined ? printRules(format) : printRule(id, format)));
}

function printRules(format: RuleOptions['format']): void {
  const rows = SUBJECTS.flatMap(({ title, rules }) =>
    rules.map((rule) => ({ id: rule.id, title: rule.title, subject: title, clauses: rule.clauses.length, built: builtOf(rule) })),
  );
  if (format === 'json') printJson({ rules: rows });
  else
    print(
      table(
        ['rule', 'about', 'built'],
        rows.map(({ id, title, clauses, built }) => [id, title, `${built} of ${clauses}`]),
      ),
    );
}

/** @throws CliError for an id that no rule has */
function printRule(id: string, format: RuleOptions['format']): void {
  const rule = ruleNamed(id);
  const wanted = id.toUpperCase();
  if (rule === null) throw new CliError(EXIT.usage, noRule(id, rule));
  const clauses = rule.clauses.filter((clause) => wanted === rule.id || clause.id.toUpperCase() === wanted);
  if (clauses.length === 0) throw new CliError(EXIT.usage, noRule(id, rule));
  const tests = testsByClause();
  const answer = {
    id: rule.id,
    title: rule.title,
    clauses: clauses.map((clause) => answered(clause, tests)),
    labs: labsNaming(rule),
  };
  if (format === 'json') printJson(answer);
  else print([paint('strong', `${rule.id} ${rule.title}`), ...answer.clauses.map(clauseText), labsText(answer.labs)].join('\n\n'));
}

function builtOf({ clauses }: Rule): number {
  return clauses.filter(({ built }) => built).length;
}

function noRule(id: string, rule: Rule | null): string {
  if (rule !== null) return `${rule.id} has no clause ${id}; it has ${rule.clauses.map((clause) => clause.id).join(', ')}`;
  const family = RULES.filter((one) => one.id.startsWith(`${id.split('-', 1)[0]?.toUpperCase()}-`)).map((one) => one.id);
  const expected = family.length > 0 ? `expected ${family[0]} to ${family.at(-1)}` : '"switchback rule" lists them';
  return `there is no rule ${id}; ${expected}`;
}

function answered({ id, text, built, comesWith }: Clause, tests: ReadonlyMap<string, readonly string[]>): ClauseAnswer {
  return { id, text, built, comesWith: comesWith ?? null, tests: tests.get(id) ?? [] };
}

/** From the page that a whole run of the tests wrote: the tests themselves are no part of the package. */
function testsByClause(): ReadonlyMap<string, readonly string[]> {
  const tests = new Map<string, readonly string[]>();
  for (const line of readFileSync(packageFile(PAGE), 'utf8').split('\n')) {
    const [, id = '', , , titles = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const unescaped = titles.replaceAll('\\|', '|').split('<br>');
    if (/^[A-Z]+-\d+[a-z]+$/.test(id)) tests.set(id, [...new Set(unescaped.filter((title) => title !== ''))]);
  }
  return tests;
}

/** Names of shipped labs whose files name the rule. */
function labsNaming({ id }: Rule): readonly string[] {
  return readdirSync(packageFile(LABS))
    .filter((name) => LAB_FILE.test(name) && readFileSync(packageFile(`${LABS}/${name}`), 'utf8').includes(id))
    .map((name) => name.replace(LAB_FILE, ''))
    .sort();
}

function clauseText({ id, text, built, comesWith, tests }: ClauseAnswer): string {
  const state = built ? '' : paint('warn', ` (not built; it comes with ${comesWith})`);
  return [`${id}  ${text}${state}`, ...tests.map((title) => `${INDENT}test  ${title}`)].join('\n');
}

function labsText(labs: readonly string[]): string {
  return labs.length === 0 ? 'no shipped lab tells of it' : `labs  ${labs.join(', ')}`;
}
