import { expect, test } from 'vitest';
import { EngineSlots } from './slots.ts';

test('slots are handed on in the order they were asked for, and never more than there are', async () => {
  const slots = new EngineSlots(2, () => undefined);
  const got: number[] = [];
  const asking = [1, 2, 3, 4].map((number) => slots.acquire().then(() => got.push(number)));
  await Promise.all(asking.slice(0, 2));
  expect(got).toEqual([1, 2]);
  expect(slots.waiting).toBe(2);
  slots.release();
  await asking[2];
  expect(got).toEqual([1, 2, 3]);
  slots.release();
  await asking[3];
  for (let released = 0; released < 2; released++) slots.release();
  await slots.acquire();
  expect(slots.waiting).toBe(0);
});

test('who finds none free has somebody asked to give one up', async () => {
  let evictions = 0;
  const slots: EngineSlots = new EngineSlots(1, () => {
    evictions++;
    slots.release();
  });
  await slots.acquire();
  await slots.acquire();
  expect(evictions).toBe(1);
});
