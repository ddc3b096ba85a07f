import { defineConfig } from 'vitest/config';
import { ClosingReporter } from './test/closing-reporter.ts';

export default defineConfig({
  test: {
    include: ['ts/**/*.spec.ts', 'test/**/*.spec.ts', 'scripts/**/*.spec.ts'],
    setupFiles: ['test/one-seed.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: [new ClosingReporter()],
  },
});
