/** A mutant finds its place by the function's name and a text in it, whatever else changes in the file. */
import { expect, test } from 'vitest';
import { declarationsOf } from './declarations.ts';
import { mutate } from './mutant.ts';

const SOURCE = `import { a } from './a.ts';

/** One. */
export function one(
  x: u32,
  y: u32,
): u32 {
  if (x > y) {
    return 1;
  }

  return x - y;
}

const TABLE = [
  { at: 1 },
];

// @ts-ignore: decorator
@inline
function two(x: u32): u32 { return x - y; }

export class Heap<T> {
  private count = 0;
  readonly limit: number = 5;

  push(x: T): void {
    if (this.count > 1) this.count--;
    this.count++;
  }

  static of<U>(
    x: U,
  ): Heap<U> {
    return x - y;
  }

  #grow(): void {
    this.count = 1;
  }
}

class Queue {
  push(): void {
    return;
  }
}
`;

const place = { name: 'm', file: 'f.ts' };

test('declarations end where the next begins, closing brackets of their own belong to them', () => {
  const texts = Object.fromEntries(declarationsOf(SOURCE).map(({ name, from, to }) => [name, SOURCE.slice(from, to)]));
  expect(Object.keys(texts)).toEqual([
    'one',
    'TABLE',
    'two',
    'Heap',
    'Heap.count',
    'Heap.limit',
    'Heap.push',
    'Heap.of',
    'Heap.#grow',
    'Queue',
    'Queue.push',
  ]);
  expect(texts['one']).toMatch(/^export function one\([\s\S]*return x - y;\n}$/);
  expect(texts['TABLE']).toBe('const TABLE = [\n  { at: 1 },\n];');
  expect(texts['two']).toBe('function two(x: u32): u32 { return x - y; }');
  expect(texts['Heap']).toMatch(/^export class Heap[\s\S]*this.count = 1;\n {2}}\n}$/);
  expect(texts['Heap.push']).toBe('  push(x: T): void {\n    if (this.count > 1) this.count--;\n    this.count++;\n  }');
  expect(texts['Heap.of']).toMatch(/^ {2}static of[\s\S]*return x - y;\n {2}}$/);
  expect(texts['Queue.push']).toBe('  push(): void {\n    return;\n  }');
});

test('the text is replaced in the named function only, as it stands', () => {
  const damaged = mutate(SOURCE, { ...place, in: 'two', find: 'x - y', replace: '$&' });
  expect(damaged).toBe(SOURCE.replace('{ return x - y; }', () => '{ return $&; }'));
});

test('a change elsewhere in the file, the same text among it, leaves a mutant alone', () => {
  const mutant = { ...place, in: 'Heap.push', find: 'this.count++', replace: 'this.count += 2' };
  const tidied = SOURCE.replace('return 1;', 'this.count++;').replace(
    '  #grow',
    '  shrink(): void {\n    this.count++;\n  }\n\n  #grow',
  );
  expect(mutate(tidied, mutant).match(/this\.count\+\+/g)).toHaveLength(2);
});

test('a mutant whose place is gone, or is there twice, is refused by name', () => {
  const mutant = { ...place, in: 'one', find: 'z', replace: '' };
  expect(() => mutate(SOURCE, mutant)).toThrow('m: the text to replace is 0 times in one of f.ts, expected once');
  expect(() => mutate(SOURCE, { ...mutant, find: 'return' })).toThrow('is 2 times in one');
  expect(() => mutate(SOURCE, { ...mutant, in: 'three' })).toThrow('m: f.ts declares three 0 times, expected once');
  expect(() => mutate(SOURCE + SOURCE, mutant)).toThrow('m: f.ts declares one 2 times');
});
