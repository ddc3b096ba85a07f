import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is so. @throws Error when it takes too long. */
export async function until(isSo: () => Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > timeoutMs) throw new Error(`not so within ${timeoutMs} ms`);
    await sleep(50);
  }
}
