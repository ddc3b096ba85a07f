import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProgress, writeProgress } from './progress-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchback-progress-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const progress = { cluster: 'c1', prefix: 'switchback', events: [0, 12, 3], snapshots: [1, 1, 0] };

test('progress is read as it was written, and nothing else is left behind', () => {
  const file = join(folder, 'kafka.json');
  expect(readProgress(file)).toBeNull();
  writeProgress(file, { ...progress, events: [0, 0, 0] });
  writeProgress(file, progress);
  expect(readProgress(file)).toEqual(progress);
  expect(readdirSync(folder)).toEqual(['kafka.json']);
});

test.each([
  '',
  '{',
  'null',
  '7',
  '[]',
  '{"cluster":"c1"}',
  JSON.stringify({ ...progress, events: [-1] }),
  JSON.stringify({ ...progress, snapshots: ['0'] }),
])('progress that says %s is not believed', (text) => {
  const file = join(folder, 'kafka.json');
  writeFileSync(file, text);
  expect(readProgress(file)).toBeNull();
});
