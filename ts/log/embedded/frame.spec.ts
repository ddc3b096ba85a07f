import { expect, test } from 'vitest';
import { chained } from '../../../test/contract/records.ts';
import { LogDamaged } from '../event-log.ts';
import { decodeBatch, decodeBatchEnd, decodeHeader, encodeBatch, encodeHeader } from './frame.ts';

const records = chained(3);
const batch = encodeBatch('lab', 2, records);

test('a batch gives back its records and its incarnation', () => {
  expect(decodeBatch('lab', 1, batch)).toEqual({ incarnation: 2, records });
});

test('the end of a batch is its last record', () => {
  expect(decodeBatchEnd('lab', 1, batch)).toEqual({ incarnation: 2, last: records[2] });
});

test('a header gives back whether the lab was removed', () => {
  for (const header of [
    { incarnation: 1, removed: false },
    { incarnation: 7, removed: true },
  ]) {
    expect(decodeHeader('lab', encodeHeader('lab', header))).toEqual(header);
  }
});

test('no bit of a batch or of a header can change unnoticed', () => {
  const header = encodeHeader('lab', { incarnation: 1, removed: false });
  for (let bit = 0; bit < batch.length * 8; bit++) expect(() => decodeBatch('lab', 1, flipped(batch, bit))).toThrow(LogDamaged);
  for (let bit = 0; bit < header.length * 8; bit++) expect(() => decodeHeader('lab', flipped(header, bit))).toThrow(LogDamaged);
});

test('a batch cut anywhere is damaged', () => {
  for (let length = 0; length < batch.length; length++) {
    expect(() => decodeBatch('lab', 1, batch.subarray(0, length))).toThrow(LogDamaged);
  }
});

test('a batch under another key is damaged, and so is a header in the place of a batch', () => {
  expect(() => decodeBatch('lab', 2, batch)).toThrow(LogDamaged);
  expect(() => decodeBatch('lac', 1, batch)).toThrow(LogDamaged);
  expect(() => decodeBatch('lab', 0, encodeHeader('lab', { incarnation: 1, removed: false }))).toThrow(LogDamaged);
});

function flipped(value: Buffer, bit: number): Buffer {
  const copy = Buffer.from(value);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}
