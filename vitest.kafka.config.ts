import { defineConfig } from 'vitest/config';
import { ClosingReporter } from './test/closing-reporter.ts';

/** `npm run test:kafka`: what a real broker is needed for. One is started for all files; those that kill one start their own. */
// biome-ignore lint/style/noDefaultExport: this is how vitest takes its configuration
export default defineConfig({
  test: {
    include: ['test/kafka/*.e2e.ts', 'test/compose/consumers.e2e.ts'],
    globalSetup: ['test/kafka/global-setup.ts'],
    setupFiles: ['test/one-seed.ts'],
    pool: 'forks',
    maxWorkers: 1,
    // A loaded machine decides no test: waits end when what they wait for is seen, and these bounds mean that it hangs.
    expect: { poll: { timeout: 120_000, interval: 50 } },
    testTimeout: 600_000,
    hookTimeout: 600_000,
    reporters: [new ClosingReporter()],
  },
});
