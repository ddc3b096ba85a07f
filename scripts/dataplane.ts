/**
 * Builds the data plane: the sources of asm/ → core wasm → component (checked against asm/wit) → JavaScript bindings, all in
 * gen/dataplane/. Uses the compilers' JavaScript interfaces, so no shell and no global tool is needed.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew, transpile } from '@bytecodealliance/jco';
import asc from 'assemblyscript/asc';
import { leanBindings } from './lean-bindings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Built beside its place and moved there whole, so that nobody runs half a data plane. */
const OUT = join(ROOT, 'gen/dataplane.new');
const PLACE = join(ROOT, 'gen/dataplane');

/** The compiler's arguments, in parts (asm/build.json). Paths are relative to the root. */
export interface AsmBuild {
  /** Files of the data door: their exports keep their names. */
  readonly data: readonly string[];
  /** Files of the control door: their exports get the names of the WIT. */
  readonly control: readonly string[];
  readonly transforms: readonly string[];
  readonly options: readonly string[];
  /** `full` is the build that labs run. `quick` does the same, slower, but is compiled in a tenth of the time. */
  readonly optimizations: { readonly full: readonly string[]; readonly quick: readonly string[] };
}

const BUILD = JSON.parse(readFileSync(join(ROOT, 'asm/build.json'), 'utf8')) as AsmBuild;

/** Compiles, checks and writes the data plane. Throws with the compiler's own words when something is wrong. */
export async function buildDataplane(optimization: keyof AsmBuild['optimizations'] = 'full'): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  await compile(BUILD.optimizations[optimization]);
  const embedded = await componentEmbed({
    binary: readFileSync(join(OUT, 'core.wasm')),
    witSource: readFileSync(join(ROOT, 'asm/wit/dataplane.wit'), 'utf8'),
    world: 'dataplane',
  });
  const component = await componentNew(embedded, []);
  // `strict` checks every number that crosses the control door; the published types do not know it yet.
  const options = { name: 'dataplane', instantiation: 'sync' as const, nodejsCompat: false, strict: true };
  const { files } = await transpile(component, options);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(OUT, name, '..'), { recursive: true });
    writeFileSync(join(OUT, name), name === 'dataplane.js' ? leanBindings(Buffer.from(bytes).toString()) : bytes);
  }
  // The bindings carry their own copy of the module, the one that labs run; the intermediate must not be mistaken for it.
  rmSync(join(OUT, 'core.wasm'));
  const wasm = readFileSync(join(OUT, 'dataplane.core.wasm'));
  rmSync(PLACE, { recursive: true, force: true });
  renameSync(OUT, PLACE);
  const sha256 = createHash('sha256').update(wasm).digest('hex');
  console.log(`data plane: ${wasm.length} bytes, sha256 ${sha256.slice(0, 16)}…`);
}

async function compile(optimizations: readonly string[]): Promise<void> {
  const { error, stderr } = await asc.main([
    ...BUILD.data,
    ...BUILD.control,
    '--baseDir',
    ROOT,
    '--outFile',
    'gen/dataplane.new/core.wasm',
    ...BUILD.options,
    ...optimizations,
    ...BUILD.transforms.flatMap((path) => ['--transform', join(ROOT, path)]),
  ]);
  if (error !== null) throw new Error(`asc: ${error.message}\n${stderr.toString()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildDataplane();
