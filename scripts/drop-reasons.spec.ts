import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DROP_REASONS } from '../ts/model/events/drop-reasons.ts';
import { dropReasonConstants, dropReasonPage, PAGE_FILE } from './drop-reasons.ts';

test('drop reasons are numbered from 1 in the order of the table, without gaps, and fit a byte', () => {
  const numbers = Object.values(DROP_REASONS).map(({ number }) => number);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(numbers.length).toBeLessThan(256);
});

test('a name is lower case with hyphens, and its meaning fits a table cell', () => {
  for (const [name, { says }] of Object.entries(DROP_REASONS)) {
    expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
    expect(says).not.toMatch(/[|\n]|\*\//);
  }
});

test('the constants of the data plane are typed and in upper case', () => {
  expect(dropReasonConstants()).toContain('\nexport const DROP_LINK_DOWN: u8 = 1;\n');
});

test('docs/drop-reasons.md is current (npx tsx scripts/drop-reasons.ts)', () => {
  expect(readFileSync(PAGE_FILE, 'utf8')).toBe(dropReasonPage());
});
