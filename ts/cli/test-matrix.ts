/** `switchback test FILE… --matrix AXES`: each file with each combination of values, and a table of what came of them. */
import type { CheckResult } from '../engine/checks.ts';
import { type Axis, type Combination, combinationsOf, combinationText, withCombination } from '../services/debug/matrix.ts';
import { formatFinding } from '../topology/draft/finding.ts';
import { writeAtomically } from './atomic-file.ts';
import { CliError, EXIT, usable } from './errors.ts';
import { inputName, readInput } from './input-file.ts';
import { junitXml, type TestedFile } from './junit.ts';
import { checkFile } from './lab-file.ts';
import { counted, paint, print, printJson, writeResult } from './output.ts';
import { runInMemory } from './run-in-memory.ts';
import { table } from './table.ts';

interface MatrixOptions {
  readonly format: 'table' | 'json';
  readonly report?: 'junit';
  readonly reportFile: string;
  readonly toStdout: boolean;
}

/** What one combination came to. */
interface TestedCombination {
  readonly values: Combination;
  readonly checks: readonly CheckResult[];
  /** Why it could not be run; empty when it ran. */
  readonly errors: readonly string[];
}

interface TestedMatrix {
  readonly file: string;
  readonly lab: string;
  readonly combinations: readonly TestedCombination[];
  readonly wallMs: number;
}

/** Runs every combination of every file. Exit code 1 when one fails, or cannot be run. */
export async function testMatrix(paths: readonly string[], axes: readonly Axis[], options: MatrixOptions): Promise<void> {
  const combinations = usable(() => combinationsOf(axes), '--matrix: ');
  const files: TestedMatrix[] = [];
  for (const path of paths) {
    const tested = await testFile(path, combinations);
    files.push(tested);
    if (options.format === 'table' && !options.toStdout) print(`${fileText(tested, axes)}\n`);
  }
  const all = files.flatMap((file) => file.combinations);
  const failed = all.filter((one) => !isGood(one)).length;
  const xml = options.report === undefined ? '' : junitXml(files.map(asSuite));
  if (options.report !== undefined && !options.toStdout) {
    await writeAtomically(options.reportFile, (write) => Promise.resolve(write(Buffer.from(xml))));
  }
  if (options.toStdout) writeResult(xml);
  else if (options.format === 'json') printJson({ passed: failed === 0, axes, files: files.map(published) });
  else print(`${counted(all.length - failed, 'combination')} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = EXIT.failed;
}

function isGood({ checks, errors }: TestedCombination): boolean {
  return errors.length === 0 && checks.every(({ pass }) => pass);
}

/** @throws CliError for a file that is invalid by itself, and for an axis that it does not have */
async function testFile(path: string, combinations: readonly Combination[]): Promise<TestedMatrix> {
  const startMs = performance.now();
  const { file, findings } = await checkFile(path);
  if (file === null) throw new CliError(EXIT.failed, findings.map(formatFinding).join('\n'));
  const text = readInput(path).toString('utf8');
  const tested: TestedCombination[] = [];
  for (const values of combinations) tested.push(await testOne(path, text, values));
  return { file: inputName(path), lab: file.name, combinations: tested, wallMs: performance.now() - startMs };
}

async function testOne(path: string, text: string, values: Combination): Promise<TestedCombination> {
  const { readLabFile } = await import('../topology/read-lab-file.ts');
  const read = readLabFile(
    usable(() => withCombination(text, values), '--matrix: '),
    inputName(path),
  );
  if (!read.ok) return { values, checks: [], errors: read.findings.map(({ message }) => message) };
  return { values, checks: await runInMemory(path, read.file), errors: [] };
}

/** A suite per file, a case per combination. */
function asSuite({ file, lab, combinations, wallMs }: TestedMatrix): TestedFile {
  const checks = combinations.map((one) => ({
    name: combinationText(one.values),
    description: '',
    pass: isGood(one),
    failures: [...one.errors.map((error) => `invalid: ${error}`), ...failuresOf(one)],
  }));
  return { file, lab, checks, errors: [], wallMs };
}

function failuresOf({ checks }: TestedCombination): readonly string[] {
  return checks.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`));
}

function published({ file, lab, combinations }: TestedMatrix): object {
  return {
    file,
    lab,
    combinations: combinations.map((one) => ({
      values: Object.fromEntries(one.values.map(({ axis, value }) => [axis, value])),
      passed: isGood(one),
      checks: one.checks,
      errors: one.errors,
    })),
  };
}

function fileText({ file, lab, combinations }: TestedMatrix, axes: readonly Axis[]): string {
  const rows = combinations.map((one) => [
    ...one.values.map(({ value }) => value),
    isGood(one) ? paint('good', 'ok') : paint('bad', one.errors.length > 0 ? 'invalid' : 'FAIL'),
    whyOf(one),
  ]);
  return [`${paint('strong', lab)}  (${file})`, table([...axes.map(({ name }) => name), 'verdict', 'why'], rows)].join('\n');
}

function whyOf({ checks, errors }: TestedCombination): string {
  const [error] = errors;
  if (error !== undefined) return errors.length === 1 ? error : `${error} (and ${errors.length - 1} more)`;
  return checks.flatMap(({ name, pass }) => (pass ? [] : [name])).join(', ');
}
