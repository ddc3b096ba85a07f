import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketNs, percentileNs } from './latency.ts';

/** Bucket of a time by the definition at the head of asm/memory/latency.ts. */
function bucketOf(ns: number): number {
  let doublings = 0;
  while (Math.floor(ns / 2 ** doublings) >= 32) doublings++;
  return doublings * 16 + Math.floor(ns / 2 ** doublings);
}

test('the middle of a bucket is within 1 part in 32 of every time in it', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 39 }), (ns) => {
      expect(Math.abs(bucketNs(bucketOf(ns)) - ns)).toBeLessThanOrEqual(ns / 32);
    }),
  );
});

test('half of the frames are not slower than the median, 99 of 100 not than the 99th percentile', () => {
  const rows = [
    { slot: 10, count: 50 },
    { slot: 20, count: 49 },
    { slot: 31, count: 1 },
  ];
  expect([0, 0.5, 0.51, 0.99, 1].map((share) => percentileNs(rows, share))).toEqual([10, 10, 20, 20, 31]);
});

test('of no frames there is no percentile', () => {
  expect(percentileNs([], 0.5)).toBeNull();
});
