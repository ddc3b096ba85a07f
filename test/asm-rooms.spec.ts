import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { ASM_ROOMS } from './asm-rooms.ts';
import { importsOf } from './layers.ts';

const FILES = readdirSync('asm', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replaceAll('\\', '/'));

/** Number of a file's room; -1 for a file in none. */
const roomOf = (path: string) => ASM_ROOMS.findIndex((room) => path.startsWith(`${room}/`));

/** Files under asm/ that a file imports, without `.ts`. */
function targetsOf(file: string, source: string): readonly string[] {
  return importsOf(source)
    .map((specifier) => posix.join(posix.dirname(file), specifier))
    .filter((target) => !target.startsWith('../gen/asm/'));
}

function faultsOf(file: string, source: string): readonly string[] {
  if (roomOf(file) < 0) return [`asm/${file} is in no room: add its folder to test/asm-rooms.ts`];
  return targetsOf(file, source)
    .filter((target) => roomOf(target) < 0 || roomOf(target) > roomOf(file))
    .map((target) => `asm/${file} imports ${target}, which is in a room above it`);
}

const sourceOf = (file: string) => readFileSync(`asm/${file}`, 'utf8');

test('every file of asm is in a room, and imports only from its own room and those below', () => {
  expect(FILES).toContain('memory/layout.ts');
  expect(FILES.flatMap((file) => faultsOf(file, sourceOf(file)))).toEqual([]);
});

test('no room is empty', () => {
  expect(ASM_ROOMS.filter((room) => !FILES.some((file) => file.startsWith(`${room}/`)))).toEqual([]);
});

test('an import from a room above, and a file outside of all rooms, are faults', () => {
  expect(faultsOf('frame/frame.ts', "import { sendFrame } from '../decide/send';")).toHaveLength(1);
  expect(faultsOf('io/ring.ts', "import { x } from '../../ts/model/lab/lab';")).toHaveLength(1);
  expect(faultsOf('helpers.ts', '')).toHaveLength(1);
  expect(
    faultsOf('decide/send.ts', "import { dropFrame } from '../frame/frame';\nimport { DROP } from '../../gen/asm/drop-reasons';"),
  ).toEqual([]);
});

/** Files that reach themselves again over imports. */
function inCircles(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...imports.keys()].filter((file) => {
    const seen = new Set<string>();
    const next = [...(imports.get(file) ?? [])];
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      next.push(...(imports.get(at) ?? []));
    }
    return seen.has(file);
  });
}

test('no import circle inside asm', () => {
  const imports = new Map(FILES.map((file) => [file.replace(/\.ts$/, ''), targetsOf(file, sourceOf(file))]));
  expect(inCircles(imports)).toEqual([]);
  expect(
    inCircles(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual(['b', 'c']);
});
