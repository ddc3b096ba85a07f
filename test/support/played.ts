/**
 * Which tests play a lab: whatever runs frames, commands or a lab file says so of the test that is running, and the test's entry in a
 * JSON report carries the mark. A clause of a rule counts only by tests that have it (scripts/rules.ts): a function that no lab calls
 * proves nothing about labs.
 */
import { TestRunner } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    playsLab?: boolean;
  }
}

/** Marks the test that is running; does nothing outside a test. */
export function playsLab(): void {
  const test = TestRunner.getCurrentTest();
  if (test !== undefined) test.meta.playsLab = true;
}
