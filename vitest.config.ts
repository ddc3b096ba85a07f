import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingReporter } from './test/closing-reporter.ts';
import { HANGS_MS } from './test/support/hangs.ts';

const { SWITCHBACK_REPORT: report } = process.env;

export default defineConfig({
  // Examples import the package by its name, as their readers do; here it is the source.
  resolve: {
    alias: [
      { find: /^switchback-lab$/, replacement: fileURLToPath(new URL('ts/library/index.ts', import.meta.url)) },
      {
        find: /^switchback-lab\/(browser|vitest)$/,
        replacement: fileURLToPath(new URL('ts/library/', import.meta.url)).concat('$1.ts'),
      },
    ],
  },
  test: {
    include: ['ts/**/*.spec.ts', 'test/**/*.spec.ts', 'scripts/**/*.spec.ts', 'examples/**/*.test.ts'],
    setupFiles: ['test/one-seed.ts'],
    pool: 'forks',
    // One worker loads the sources once for all its files: they keep no state of their own, and loading them cost as much as testing.
    isolate: false,
    maxWorkers: 2,
    // A loaded machine decides no test: only what hangs fails by time.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: HANGS_MS, interval: 50 } },
    // With SWITCHBACK_REPORT the run leaves its report there: scripts/rules.ts makes docs/rules.md of it.
    reporters: report === undefined ? [new ClosingReporter()] : [new ClosingReporter(), ['json', { outputFile: report }]],
  },
});
