/** Waiting until a test sees what it waits for, however long a busy machine takes. */
import { vi } from 'vitest';
import { HANGS_MS } from './hangs.ts';

/** Waits until a check no longer throws, as `expect` does until it is so. @param everyMs how often it is tried */
export function seen<T>(check: () => T | Promise<T>, everyMs = 50): Promise<T> {
  return vi.waitFor(check, { timeout: HANGS_MS, interval: everyMs });
}
