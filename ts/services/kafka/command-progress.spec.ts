import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CommandOffset } from '../../log/command-queue.ts';
import { CommandProgress } from './command-progress.ts';

const at = (offset: number): CommandOffset => ({ partition: 3, offset: String(offset) });

describe('the commands of a partition', () => {
  test('are committed up to the first that has not ended', () => {
    const progress = new CommandProgress();
    for (const offset of [5, 6, 9]) progress.begin(at(offset));
    expect(progress.end(at(6))).toBeNull();
    expect(progress.end(at(5))).toEqual(at(6));
    expect(progress.pending).toBe(1);
    expect(progress.end(at(9))).toEqual(at(9));
  });

  test('are never committed before one that is still under way, in whatever order they end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }).chain((count) => fc.shuffledSubarray([...Array(count).keys()], { minLength: count })),
        (order) => {
          const progress = new CommandProgress();
          for (let offset = 0; offset < order.length; offset++) progress.begin(at(offset));
          const ended = new Set<number>();
          for (const offset of order) {
            ended.add(offset);
            const committed = progress.end(at(offset));
            for (let before = 0; committed !== null && before <= Number(committed.offset); before++)
              expect(ended).toContain(before);
          }
          expect(progress.pending).toBe(0);
        },
      ),
    );
  });
});
