import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startedAfter } from './process-start.ts';

const beganMs = Date.now() - process.uptime() * 1000;

test.runIf(existsSync('/proc/self/stat'))('a process is told from an earlier one of its number by when it began', () => {
  expect(startedAfter(process.pid, beganMs - 60_000)).toBe(true);
  expect(startedAfter(process.pid, beganMs + 1000)).toBe(false);
});

test('of a process that is not there, nothing is known', () => {
  expect(startedAfter(2 ** 30, 0)).toBe(false);
});
