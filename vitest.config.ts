import { defineConfig } from 'vitest/config';
import { ClosingReporter } from './test/closing-reporter.ts';

export default defineConfig({
  test: {
    include: ['ts/**/*.spec.ts', 'test/**/*.spec.ts', 'scripts/**/*.spec.ts'],
    setupFiles: ['test/one-seed.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // A loaded machine decides no test: only what hangs fails by time.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: [new ClosingReporter()],
  },
});
