/**
 * Structs of the data plane lie in slots of a fixed size, or before a table in their block. Each of them compares its fields with
 * that size while it is compiled, so a field too many stops the build instead of writing into the neighbour.
 *
 *   Node  ┌ fields, 248 bytes ┬ 8 free ┐ = NODE_BYTES, 256
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { expect, test } from 'vitest';

const STRUCT = /(@unmanaged\n(?:export )?class (\w+)[^{]*\{[\s\S]*?\n)\}\n/g;
const BUILD = JSON.parse(readFileSync('asm/build.json', 'utf8')) as Record<'data' | 'control' | 'transforms' | 'options', string[]>;

const fields = (count: number) => Array.from({ length: count }, (_, i) => `  more${i}: u64;\n`).join('');

/** Compiles the data plane with `more` fields behind those of each struct. Returns what the compiler says. */
async function compileWith(more: (struct: string) => number): Promise<string> {
  const { error, stderr } = await asc.main(
    [
      ...BUILD.data,
      ...BUILD.control,
      ...BUILD.options,
      ...BUILD.transforms.flatMap((path) => ['--transform', `./${path}`]),
      '--noEmit',
    ],
    {
      readFile: (name, base) => {
        try {
          const source = readFileSync(join(base, name), 'utf8');
          return source.replaceAll(STRUCT, (_, head: string, struct: string) => `${head}${fields(more(struct))}}\n`);
        } catch {
          return null;
        }
      },
    },
  );
  return error === null ? '' : stderr.toString();
}

/** The structs that the compiler refuses. */
const refused = (messages: string) => [...messages.matchAll(/User-defined: '(\w+) do(?:es)? not fit/g)].map(([, struct]) => struct);

const STRUCTS = readdirSync('asm', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => [...readFileSync(join('asm', path), 'utf8').matchAll(STRUCT)].map(([, , struct]) => struct ?? ''));

test('a struct that outgrows its slot stops the build, whichever struct it is', async () => {
  const messages = await compileWith(() => 40);
  // Task is the beginning of Ring and Socket, and has no slot of its own.
  expect(new Set(refused(messages))).toEqual(new Set(STRUCTS.filter((struct) => struct !== 'Task')));
});

test('a struct may fill its slot to the last byte, and not one field more', async () => {
  expect(await compileWith((struct) => (struct === 'Node' ? 1 : 0))).toBe('');
  expect(refused(await compileWith((struct) => (struct === 'Node' ? 2 : 0)))).toEqual(['Node']);
});
