import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { LINK_CHARACTERS_MAX, labLink } from './lab-link.ts';
import { courseParts } from './same-course.ts';

const TEXT = readFileSync('labs/spoof-check.lab.yml', 'utf8');

test('a link holds the lab file, letter by letter, in letters that every address may have', () => {
  const link = labLink(TEXT);
  expect(link).toMatch(/^#lab=[\w-]+$/);
  expect(inflateRawSync(Buffer.from(link.slice('#lab='.length), 'base64url')).toString()).toBe(TEXT);
});

test('a link that would be too long is refused, with its length', () => {
  const long = Array.from({ length: 3000 }, (_, i) => `n${(i * 7919) % 65_537}`).join(' ');
  expect(() => labLink(long)).toThrow(/the link would have \d+ characters; expected at most 4000/);
  expect(LINK_CHARACTERS_MAX).toBe(4000);
});

test('a lab file is compared with what was done to a recorded lab', async () => {
  const log = openMemoryLog();
  const file = shippedLab('spoof-check');
  await log.append('spoof-check', 0, recordsOf(file));
  expect(await courseParts(log, 'spoof-check', file)).toBeNull();
  const later = { ...file, script: { ...file.script, steps: file.script.steps.slice(0, -1) } };
  expect(await courseParts(log, 'spoof-check', later)).toMatch(/^it does something else at [\d.]+ s, where #\d+ is /);
  expect(await courseParts(log, 'spoof-check', shippedLab('tap-sees'))).toBe('it defines another lab');
});
