/** Delta debugging over lists of numbers. */
import { expect, test } from 'vitest';
import { ddmin } from './ddmin.ts';

const numbers = Array.from({ length: 100 }, (_, i) => i);

test('what is left is what the failure needs, in its order', () => {
  expect(ddmin(numbers, (kept) => [17, 3, 90].every((one) => kept.includes(one)))).toEqual([3, 17, 90]);
  expect(ddmin(numbers, () => true)).toEqual([]);
  expect(ddmin(numbers, (kept) => kept.length === 100)).toEqual(numbers);
});

test('it costs far fewer questions than leaving out one after another', () => {
  let asked = 0;
  ddmin(numbers, (kept) => {
    asked++;
    return kept.includes(42);
  });
  expect(asked).toBeLessThan(30);
});

test('where no question is left, the list that failed last is the answer', () => {
  let left = 3;
  const kept = ddmin(numbers, (rest) => (left-- === 0 ? null : rest.includes(99)));
  expect(kept).toContain(99);
  expect(kept.length).toBeLessThan(100);
});
