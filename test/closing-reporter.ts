/**
 * Vitest's own report, then one line for each thing skipped, then the plain totals, last and alone on a line.
 *
 * A file that cannot be loaded and an error outside any test count as one failure each. With CI set, any skip fails the run.
 */
import type { SerializedError } from 'vitest';
import { DefaultReporter, type TestModule, type TestRunEndReason } from 'vitest/node';
import { isCi } from './needs.ts';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  /** What was skipped, "name: why (how to get it)", once each however many tests wait for it. */
  readonly skips: readonly string[];
  readonly skipped: number;
}

export class ClosingReporter extends DefaultReporter {
  override onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[], reason: TestRunEndReason): void {
    super.onTestRunEnd(modules, errors, reason);
    const totals = count(modules, errors.length);
    if (isCi() && totals.skipped > 0) process.exitCode = 1;
    process.stdout.write(`${closingLines(totals, isCi()).join('\n')}\n`);
  }
}

export function closingLines(totals: Totals, ci: boolean): readonly string[] {
  return [
    ...totals.skips.map((skip) => `SKIPPED ${skip}`),
    ...(ci && totals.skipped > 0 ? ['FAILED: with CI set nothing may be skipped'] : []),
    `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`,
  ];
}

function count(modules: readonly TestModule[], unhandled: number): Totals {
  let passed = 0;
  let failed = unhandled;
  let skipped = 0;
  const skips = new Set<string>();
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') passed += 1;
      else if (result.state === 'failed') failed += 1;
      else {
        skipped += 1;
        skips.add((result.state === 'skipped' ? result.note : undefined) ?? `${test.fullName}: no reason given`);
      }
    }
  }
  return { passed, failed, skips: [...skips].sort(), skipped };
}
