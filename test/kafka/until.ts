import { setTimeout as sleep } from 'node:timers/promises';

/** A loaded machine decides no test: what takes longer hangs. Below what a test has (vitest.kafka.config.ts). */
export const PATIENCE_MS = 120_000;

/** Waits until something is so. @throws Error when it takes too long. */
export async function until(isSo: () => Promise<boolean>, timeoutMs = PATIENCE_MS): Promise<void> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > timeoutMs) throw new Error(`not so within ${timeoutMs} ms`);
    await sleep(50);
  }
}
