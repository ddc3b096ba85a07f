import { describe, expect, test } from 'vitest';
import { holds, median, outcomeOf, Tally } from './campaign.ts';
import { growthOf } from './memory-growth.ts';
import { traceIn } from './processes.ts';
import { Random } from './random.ts';

const CAMPAIGN = { name: 'kill-run', title: 'kills' };

describe('chance', () => {
  test('is repeated by seed, campaign and attempt, and by nothing less', () => {
    const numbers = (seed: number, campaign: string, attempt: number) => {
      const random = Random.of(seed, campaign, attempt);
      return Array.from({ length: 8 }, () => random.below(1000)).join();
    };
    expect(numbers(1, 'kill-run', 7)).toBe(numbers(1, 'kill-run', 7));
    const others = [numbers(1, 'kill-run', 7), numbers(2, 'kill-run', 7), numbers(1, 'kill-exec', 7), numbers(1, 'kill-run', 8)];
    expect(new Set(others).size).toBe(others.length);
  });

  test('reaches both ends of a range', () => {
    const random = new Random(1);
    const seen = new Set(Array.from({ length: 200 }, () => random.between(3, 6)));
    expect([...seen].sort()).toEqual([3, 4, 5, 6]);
  });
});

describe('a tally', () => {
  test('does not hold when a command was lost or doubled, or anything was wrong', () => {
    const broken = (spoil: (tally: Tally) => void) => {
      const tally = new Tally();
      spoil(tally);
      return holds(outcomeOf(CAMPAIGN, tally, 1));
    };
    expect(broken(() => undefined)).toBe(true);
    expect(broken((tally) => tally.lost++)).toBe(false);
    expect(broken((tally) => tally.doubled++)).toBe(false);
    expect(broken((tally) => tally.fault('kill 1', 'a stack trace'))).toBe(false);
  });

  test('keeps the first faults and counts all', () => {
    const tally = new Tally();
    for (let attempt = 1; attempt <= 50; attempt++) tally.fault(`kill ${attempt}`, 'x');
    const { faults, faultCount } = outcomeOf(CAMPAIGN, tally, 1);
    expect([faults.length, faultCount, faults[0]]).toEqual([20, 50, 'kill 1: x']);
  });

  test('gives median and maximum of the times to recover', () => {
    const tally = new Tally();
    tally.recoverMs.push(900, 100, 400, 200);
    expect(outcomeOf(CAMPAIGN, tally, 1).recoverMs).toEqual({ median: 300, max: 900 });
    expect([median([]), median([5]), median([3, 1, 2])]).toEqual([0, 5, 2]);
  });
});

test('memory that grows is told from memory that is warm', () => {
  const mib = 2 ** 20;
  const samples = (at: (index: number) => number) => Array.from({ length: 80 }, (_, index) => at(index) * mib);
  expect(growthOf(samples((index) => (index < 20 ? 80 + 4 * index : 160)))).toBeNull();
  expect(growthOf(samples((index) => 100 + 2 * index))).toMatch(
    /^memory grows: 1\d\d MiB in the second quarter, 2\d\d MiB in the last$/,
  );
  expect(growthOf(samples((index) => 100 + 2 * index).slice(0, 20))).toBeNull();
});

test('a stack trace is found in what was printed, coloured or not, with what was thrown', () => {
  const trace = traceIn('before\nError: no room\n    at write (file:///x/store.js:12:5)\n');
  expect(trace).toContain('Error: no room\n    at write');
  expect(traceIn('Error: no room\n\u001b[90m    at write (file:///x/store.js:12:5)\u001b[39m')).toContain('no room');
  expect(traceIn('switchback: store damaged: lab a, position 3\n    remedy: look at it')).toBeNull();
});
