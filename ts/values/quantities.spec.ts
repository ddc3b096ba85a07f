import { expect, test } from 'vitest';
import { parseByteSize, parsePercent, parseRate } from './quantities.ts';

test.each([
  ['10G', 10e9],
  ['2.5G', 2.5e9],
  ['100M', 100e6],
  ['64kbit/s', 64e3],
  ['1Gbps', 1e9],
  ['9600', 9600],
  ['unlimited', 0],
  ['0', 0],
  ['10g', null],
  ['1.0000001M', null],
  ['-1G', null],
  ['', null],
])('%j is %j bits per second', (text, bps) => {
  expect(parseRate(text)).toBe(bps);
});

test.each([
  ['256KiB', 262144],
  ['1.5MiB', 1572864],
  ['10kB', 10_000],
  ['1500', 1500],
  ['1500 B', 1500],
  ['0.1B', null],
  ['99999999999999MiB', null],
  ['KiB', null],
])('%j is %j bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

test.each([
  ['1%', 10_000],
  ['0.05%', 500],
  ['0.0001%', 1],
  ['100%', 1_000_000],
  ['0', 0],
  ['2.5 %', 25_000],
  ['0.00001%', null],
  ['100.1%', null],
  ['-1%', null],
  ['1e1%', null],
  ['%', null],
  ['', null],
])('%j is %j parts per million', (text, ppm) => {
  expect(parsePercent(text)).toBe(ppm);
});
