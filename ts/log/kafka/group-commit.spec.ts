import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutIntoRequests, groupLength, TRANSACTION_BYTES_MAX, TRANSACTION_EVENTS_MAX } from './group-commit.ts';

const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
const appends = fc.array(
  fc.array(fc.integer({ min: 1, max: TRANSACTION_BYTES_MAX }), { minLength: 1, maxLength: 8 }).map((sizes) => ({ sizes })),
);

describe('a transaction', () => {
  test('takes all that waits, up to the limits, and whole appends only', () => {
    const small = { sizes: Array.from({ length: 300 }, () => 10) };
    expect(groupLength([])).toBe(0);
    expect(groupLength([small, small, small])).toBe(3);
    expect(groupLength([small, small, small, small])).toBe(3);
    const big = { sizes: [TRANSACTION_BYTES_MAX - 3000] };
    expect(groupLength([small, big, small])).toBe(2);
  });

  test('takes an append that is larger than the limits alone', () => {
    const giant = { sizes: Array.from({ length: TRANSACTION_EVENTS_MAX * 3 }, () => 1) };
    expect(groupLength([giant, { sizes: [1] }])).toBe(1);
    expect(groupLength([{ sizes: [1] }, giant])).toBe(1);
  });

  test('is never above the limits unless one append is', () => {
    fc.assert(
      fc.property(appends, (waiting) => {
        const length = groupLength(waiting);
        expect(length > 0).toBe(waiting.length > 0);
        const bytes = sum(waiting.slice(0, length).flatMap(({ sizes }) => sizes));
        if (length > 1) expect(bytes).toBeLessThanOrEqual(TRANSACTION_BYTES_MAX);
      }),
    );
  });
});

describe('requests', () => {
  test('keep all messages in order, below the limits unless one message is above', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: TRANSACTION_BYTES_MAX * 2 }), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, (messages) => {
        const requests = cutIntoRequests(messages, (size) => size);
        expect(requests.flat()).toEqual(messages);
        for (const request of requests) if (request.length > 1) expect(sum(request)).toBeLessThanOrEqual(TRANSACTION_BYTES_MAX);
      }),
    );
    expect(cutIntoRequests(new Array(2500).fill(1), () => 1).map(({ length }) => length)).toEqual([1000, 1000, 500]);
  });
});
