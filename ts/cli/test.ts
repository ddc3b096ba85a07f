/** `switchback test FILE…`: many lab files, each in a log in memory, and a report. Nothing is left behind. */
import type { Command } from 'commander';
import { type Axis, axesOf } from '../services/debug/matrix.ts';
import { formatFinding } from '../topology/draft/finding.ts';
import { writeAtomically } from './atomic-file.ts';
import { CliError, EXIT, usable } from './errors.ts';
import { junitXml, type TestedFile } from './junit.ts';
import { checkFile } from './lab-file.ts';
import { labFilesOf } from './lab-files.ts';
import { formatOption } from './options.ts';
import { counted, paint, print, printJson, span, writeResult } from './output.ts';
import { showReading } from './progress.ts';
import { checkLines } from './report-tables.ts';
import { runInMemory } from './run-in-memory.ts';
import { testMatrix } from './test-matrix.ts';

interface TestOptions {
  readonly format: 'table' | 'json';
  readonly report?: 'junit';
  readonly reportFile?: string;
  readonly matrix?: readonly Axis[];
}

export function addTest(program: Command): void {
  program
    .command('test')
    .summary('run lab files and report their checks')
    .description('Runs lab files one after the other in memory and reports their checks. Nothing is recorded.')
    .argument('<file...>', 'lab files, or directories of them (*.lab.yml)')
    .addOption(formatOption('table', 'json'))
    .addOption(program.createOption('--report <kind>', 'also write a report for CI').choices(['junit']))
    .option('--report-file <file>', 'file of the report; "-" prints it instead of the table', 'junit.xml')
    .option(
      '--matrix <axes>',
      'run each file with each combination of values: NODE.PROPERTY=A,B or PROPERTY=A,B or a path in the file; may be repeated',
      collectAxes,
    )
    .action(test);
}

function collectAxes(text: string, before: readonly Axis[] = []): readonly Axis[] {
  return [...before, ...usable(() => axesOf(text), '--matrix: ')];
}

async function test(given: readonly string[], options: TestOptions): Promise<void> {
  const paths = labFilesOf(given);
  const reportFile = options.reportFile ?? 'junit.xml';
  const toStdout = options.report !== undefined && reportFile === '-';
  if (toStdout && options.format === 'json')
    throw new CliError(EXIT.usage, '--report-file - and -f json exclude each other: both write to standard output');
  if (options.matrix !== undefined) return testMatrix(paths, options.matrix, { ...options, reportFile, toStdout });
  const files: TestedFile[] = [];
  for (const path of paths) {
    const tested = await testFile(path);
    files.push(tested);
    if (options.format === 'table' && !toStdout) print(fileText(tested));
  }
  const failed = files.filter((file) => !isGood(file));
  if (options.report !== undefined && !toStdout) {
    await writeAtomically(reportFile, (write) => Promise.resolve(write(Buffer.from(junitXml(files)))));
  }
  if (toStdout) writeResult(junitXml(files));
  else if (options.format === 'json')
    printJson({ passed: failed.length === 0, files: files.map(({ wallMs: _, ...file }) => ({ ...file, passed: isGood(file) })) });
  else print(`\n${counted(files.length - failed.length, 'file')} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = EXIT.failed;
}

function isGood({ checks, errors }: Pick<TestedFile, 'checks' | 'errors'>): boolean {
  return errors.length === 0 && checks.every(({ pass }) => pass);
}

async function testFile(path: string): Promise<TestedFile> {
  const startMs = performance.now();
  const { file, findings } = await checkFile(path).finally(showReading(path));
  if (file === null) return { file: path, lab: null, checks: [], errors: findings.map(formatFinding), wallMs: 0 };
  const checks = await runInMemory(path, file);
  return { file: path, lab: file.name, checks, errors: [], wallMs: performance.now() - startMs };
}

function fileText(tested: TestedFile): string {
  const { file, lab, checks, errors, wallMs } = tested;
  const verdict = isGood(tested) ? paint('good', 'ok  ') : paint('bad', 'FAIL');
  const lines = errors.length > 0 ? [...errors] : checkLines(checks).map((line) => `  ${line}`);
  return [`${verdict}  ${lab ?? file}  (${file}, ${span(Math.round(wallMs) * 1e6)})`, ...lines].join('\n');
}
