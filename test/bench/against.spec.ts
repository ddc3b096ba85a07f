/** Two builds compared: what the ratios of pairs come to. The timings of real processes are looked at in test/cli/bench.spec.ts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { builtRoot, comparisonsOf } from '../../ts/bench/against.ts';
import { type Row, rowOf } from '../../ts/bench/row.ts';

function pairsOf(unit: Row['unit'], pairs: readonly (readonly [number, number])[]) {
  return pairs.map(([own, other]) => [[rowOf('x', unit, [own])], [rowOf('x', unit, [other])]] as const);
}

test('the ratio is the median of the ratios of the pairs, with its quartiles and its range', () => {
  const [row] = comparisonsOf(
    pairsOf('frames/s', [
      [110, 100],
      [90, 100],
      [400, 200],
      [50, 50],
      [48, 40],
    ]),
  );
  expect(row).toMatchObject({ name: 'x', unit: 'frames/s', ratio: 1.1, lower: 1, upper: 1.2, min: 0.9, max: 2 });
  expect(row?.pairs).toHaveLength(5);
  expect(row?.pairs[2]).toEqual([400, 200]);
});

test('best is the ratio of the best samples of all runs, whichever pair they were in', () => {
  const rate = (...samples: number[]) => [rowOf('x', 'frames/s', samples)];
  const time = (...samples: number[]) => [rowOf('x', 'ns', samples)];
  const pairsOfRates = [
    [rate(1, 2, 30), rate(4, 5)],
    [rate(3), rate(1, 20)],
  ] as const;
  const pairsOfTimes = [
    [time(9, 3), time(5)],
    [time(4), time(8, 6, 7)],
  ] as const;
  expect(comparisonsOf(pairsOfRates)[0]?.best).toBe(1.5);
  expect(comparisonsOf(pairsOfTimes)[0]?.best).toBe(5 / 3);
});

test('half the time is twice the speed', () => {
  expect(comparisonsOf(pairsOf('ms', [[5, 10]]))[0]?.ratio).toBe(2);
  expect(comparisonsOf(pairsOf('MiB', [[4, 2]]))[0]?.ratio).toBe(0.5);
});

test('the digests of both builds are kept, and a build that does not deliver the same twice is an error', () => {
  const row = (digest: string) => [rowOf('x', 'ns', [1], { digest })];
  expect(comparisonsOf([[row('aa'), row('bb')]])).toMatchObject([{ digest: 'aa', otherDigest: 'bb' }]);
  const unsteady = [
    [row('aa'), row('bb')],
    [row('ab'), row('bb')],
  ] as const;
  expect(() => comparisonsOf(unsteady)).toThrow('x: one build delivered aa and ab');
});

test('rows that only one build has are left out; rows in other units are an error', () => {
  expect(comparisonsOf([[[rowOf('new', 'ns', [1])], [rowOf('old', 'ns', [1])]]])).toEqual([]);
  expect(() => comparisonsOf([[[rowOf('x', 'ns', [1])], [rowOf('x', 'ms', [1])]]])).toThrow('x: ns in this build, ms in the other');
});

test('a build is found in its own folder and where it is installed, and nowhere else', () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchback-against-'));
  try {
    expect(builtRoot(dir)).toBeNull();
    const installed = join(dir, 'node_modules/switchback-lab');
    const module = join(installed, 'dist/ts/bench/bench.js');
    mkdirSync(dirname(module), { recursive: true });
    writeFileSync(module, '');
    expect(builtRoot(dir)).toBe(installed);
    expect(builtRoot(installed)).toBe(installed);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
