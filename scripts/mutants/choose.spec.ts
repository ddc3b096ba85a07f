/** Which mutants are tried. */
import { expect, test } from 'vitest';
import { choose } from './choose.ts';
import type { Mutant } from './mutant.ts';

const MUTANTS = Array.from({ length: 20 }, (_, i): Mutant => {
  const file = `asm/f${i % 5}.ts`;
  const killedBy = { spec: `test/s${i % 4}.spec.ts`, test: '' };
  return { name: `m${i}`, file, kept: `test/mutants/asm/f${i % 5}.json`, why: '', in: 'f', find: '', replace: '', killedBy };
});
const NOTHING = { names: [], all: false, changed: null, sample: 0, seed: 1 };

function names(choice: Partial<Parameters<typeof choose>[1]>): string[] {
  return choose(MUTANTS, { ...NOTHING, ...choice }).map(({ name }) => name);
}

test('mutants are chosen by name; a name that none has is refused', () => {
  expect(names({ names: ['m7', 'm3'] })).toEqual(['m3', 'm7']);
  expect(() => names({ names: ['m3', 'm99'] })).toThrow('no mutant is called m99');
  expect(names({ all: true })).toHaveLength(20);
  expect(names({})).toEqual([]);
});

test.each([
  ['its source', 'asm/f2.ts', ['m2', 'm7', 'm12', 'm17']],
  ['its own file', 'test/mutants/asm/f2.json', ['m2', 'm7', 'm12', 'm17']],
  ['the spec that should notice', 'test/s3.spec.ts', ['m3', 'm7', 'm11', 'm15', 'm19']],
  ['something else', 'asm/g.ts', []],
])('a change touches a mutant when it changes %s', (_, path, expected) => {
  expect(names({ changed: new Set([path]) })).toEqual(expected);
});

test('a sample is drawn from the others, and is the same for the same seed', () => {
  const changed = new Set(['asm/f0.ts']);
  const touched = names({ changed });
  const first = names({ changed, sample: 6, seed: 12345 });
  expect(first).toHaveLength(touched.length + 6);
  expect(first).toEqual(expect.arrayContaining(touched));
  expect(names({ changed, sample: 6, seed: 12345 })).toEqual(first);
  expect(names({ changed, sample: 6, seed: 54321 })).not.toEqual(first);
  expect(names({ sample: 100 })).toHaveLength(20);
  expect(names({ sample: 5, seed: 0 })).toHaveLength(5);
});

test('a large change is bounded: so many are drawn by the seed, and those named are among them', () => {
  const changed = new Set(['asm/f0.ts', 'asm/f1.ts']);
  expect(names({ changed, sample: 6, most: 10 })).toHaveLength(10);
  expect(names({ changed, most: 10 })).toHaveLength(8);
  expect(names({ changed, most: 5, seed: 3 })).toHaveLength(5);
  expect(names({ changed, most: 5, seed: 3 })).toEqual(names({ changed, most: 5, seed: 3 }));
  expect(names({ all: true, names: ['m7', 'm3'], most: 4 })).toEqual(expect.arrayContaining(['m3', 'm7']));
  expect(names({ all: true, names: ['m7', 'm3'], most: 4 })).toHaveLength(4);
});
