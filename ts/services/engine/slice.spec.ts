import { expect, test } from 'vitest';
import { Slice } from './slice.ts';

/** A lab whose events take so long each, ms; how long its slices are when they have settled. */
function settled(eventMs: number): number {
  const slice = new Slice();
  for (let turn = 0; turn < 50; turn++) slice.took(slice.limits.maxEvents * eventMs);
  return slice.limits.maxEvents * eventMs;
}

test('a slice takes about as long whatever an event costs', () => {
  for (const eventMs of [0.0001, 0.001, 0.1]) {
    expect(settled(eventMs)).toBeGreaterThan(5);
    expect(settled(eventMs)).toBeLessThan(40);
  }
});

test('labs that have work share a round: the more there are, the shorter is a slice', () => {
  const alone = settled(0.001);
  const ends = Array.from({ length: 10 }, () => Slice.begin());
  expect(settled(0.001)).toBeLessThan(alone / 5);
  for (const end of ends) end();
  expect(settled(0.001)).toBe(alone);
});
