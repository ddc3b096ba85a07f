/**
 * Writes docs/rules.md from a run of the tests: every rule clause by clause, and the tests that played each clause in a lab and passed.
 *
 *   npm run rules                                     # runs the tests first
 *   SWITCHBACK_REPORT=report.json npm test            # a run that leaves its report
 *   npm run rules -- --report report.json             # may be given again: several reports are one run, the last counts
 *
 * Refuses, exit code 1, when a suite of the run was skipped, failed or left out, when a table lists a test that is lost or plays no lab, and
 * when a row of a vector file is taken up by no test.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prove, readPlayed } from './rules/clauses.ts';
import { rulesPage, summary } from './rules/page.ts';
import { readReports, TestIndex } from './rules/report.ts';
import { type VectorTable, vectorFaults } from './rules/vector-rows.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
/** Faults that are printed; the rest are counted. */
const FAULTS_SHOWN = 40;

export function readVectorTables(): readonly VectorTable[] {
  return JSON.parse(readFileSync(join(ROOT, 'test/rules/vector-rows.json'), 'utf8')) as VectorTable[];
}

/** The page that reports make, or all that keeps them from making one. */
function pageOf(reports: readonly string[]): {
  readonly page: string;
  readonly summary: string;
  readonly faults: readonly string[];
} {
  const run = readReports(ROOT, reports);
  const tests = new TestIndex(run.tests);
  const { clauses, faults } = prove(readPlayed(join(ROOT, 'test/rules/clauses')), tests, run.tests);
  const vectors = vectorFaults(join(ROOT, 'test/vectors'), readVectorTables(), tests);
  return { page: rulesPage(clauses), summary: summary(clauses), faults: [...run.faults, ...faults, ...vectors] };
}

/** Runs the tests; the report they leave. */
function runTests(folder: string): string {
  const report = join(folder, 'report.json');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  spawnSync(process.execPath, [vitest, 'run'], { cwd: ROOT, stdio: 'inherit', env: { ...process.env, SWITCHBACK_REPORT: report } });
  return report;
}

function main(): number {
  const { values } = parseArgs({ options: { report: { type: 'string', multiple: true } } });
  const folder = mkdtempSync(join(tmpdir(), 'switchback-rules-'));
  try {
    const reports = values.report ?? [runTests(folder)];
    const missing = reports.find((path) => !existsSync(path));
    if (missing !== undefined) {
      console.error(`${missing}: no such report; SWITCHBACK_REPORT=${missing} npm test writes it`);
      return 2;
    }
    const { page, summary: line, faults } = pageOf(reports);
    for (const fault of faults.slice(0, FAULTS_SHOWN)) console.error(fault);
    if (faults.length > FAULTS_SHOWN) console.error(`and ${faults.length - FAULTS_SHOWN} more`);
    if (faults.length > 0) return 1;
    writeFileSync(join(ROOT, 'docs/rules.md'), page);
    console.log(line);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
