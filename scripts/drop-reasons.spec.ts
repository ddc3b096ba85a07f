import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DROP_RUN_OVERFLOW } from '../asm/memory/layout.ts';
import { DROP_REASON_RANGES, DROP_REASONS } from '../ts/model/events/drop-reasons.ts';
import { dropReasonConstants, dropReasonPage, PAGE_FILE } from './drop-reasons.ts';

/** The table as somebody wrote it: a reason may name no subject, or a wrong one. */
type Row = readonly [name: string, reason: { readonly number: number; readonly subject?: string }];
const ROWS: readonly Row[] = Object.entries(DROP_REASONS);
const RANGES: readonly [subject: string, range: readonly [number, number]][] = Object.entries(DROP_REASON_RANGES);
const FIRST_WITH_SUBJECT = 41;

/** Names of reasons whose number is not in the range of their subject. */
function outsideTheirRange(rows: readonly Row[]): string[] {
  return rows.flatMap(([name, { number, subject }]) => {
    const range = RANGES.find(([of]) => of === subject)?.[1];
    const fits = range === undefined ? number < FIRST_WITH_SUBJECT : range[0] <= number && number <= range[1];
    return fits ? [] : [name];
  });
}

test('drop reasons have each a number of its own, which fits a byte', () => {
  const numbers = ROWS.map(([, { number }]) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const number of numbers) expect([number, Number.isInteger(number) && number >= 1 && number <= 255]).toEqual([number, true]);
});

test('drop reasons lie in the range of their subject; those below 41 came before the ranges', () => {
  expect(outsideTheirRange(ROWS)).toEqual([]);
});

test.each([
  ['of another subject', { number: 104, subject: 'session' }],
  ['of no subject', { number: 72 }],
  ['of a subject that does not exist', { number: 72, subject: 'sesion' }],
])('a number %s is noticed', (_, reason) => {
  expect(outsideTheirRange([...ROWS, ['new', reason]])).toEqual(['new']);
});

test('the ranges follow one another without overlap, and fit a byte', () => {
  const ends = RANGES.flatMap(([, range]) => [...range]);
  expect(ends).toEqual([...ends].sort((a, b) => a - b));
  expect(new Set(ends).size).toBe(ends.length);
  expect(Math.min(...ends)).toBe(FIRST_WITH_SUBJECT);
  expect(Math.max(...ends)).toBeLessThan(DROP_RUN_OVERFLOW);
});

test('the data plane counts the drops of too many places by reason, for every number of a byte', () => {
  expect(DROP_RUN_OVERFLOW).toBe(256);
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
