/**
 * Joins the built modules of the layers that decide into a few files. Node takes longer to find, read and link two hundred modules than a
 * failover of a minute takes to be verified, and most verbs need them.
 *
 *   before   ts/model/lab/lab.js ……… 250 modules           imported by whoever needs them
 *   after    ts/joined/values.js, lab.js, model.js, engine.js, and what they share
 *            ts/model/lab/lab.js     the names that it gives, from there; only where another layer imports it
 *
 * The engine's identity is that of the modules: it is taken before they are joined.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { DECIDING_FOLDERS } from './engine-identity.ts';

const FOLDER = 'ts/joined';
/** The file of each module, by how its path begins: what reads a time or a name loads no events, and what reads events no engine. */
const PARTS = [
  { begins: 'ts/values/', part: 'values' },
  { begins: 'ts/model/lab/', part: 'lab' },
  { begins: 'ts/dataplane/', part: 'engine' },
  { begins: 'ts/engine/', part: 'engine' },
  { begins: '', part: 'model' },
] as const;
const WORKPLACE = 'joining';

/** A module that another layer imports. */
interface Entry {
  /** Relative to the built folder. */
  readonly path: string;
  readonly names: readonly string[];
}

/** Joins the deciding layers of a built folder, in place. @throws Error for a module whose names cannot be told */
export async function joinLayers(dist: string): Promise<void> {
  const modules = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /^(?:ts|asm)\/.*\.js$/.test(name));
  const inside = modules.filter((path) => folderOf(path) !== null);
  const imported = new Set(modules.filter((path) => folderOf(path) === null).flatMap((path) => importsOf(dist, path)));
  const entries = await entriesOf(
    dist,
    inside.filter((path) => imported.has(path)),
  );
  await writeParts(dist, entries);
  const kept = new Map(entries.map((entry) => [entry.path, entry]));
  for (const path of inside) {
    const entry = kept.get(path);
    if (entry === undefined) rmSync(join(dist, path));
    else writeFileSync(join(dist, path), stubOf(entry, entries.indexOf(entry)));
  }
}

/** The deciding folder that a module is in; null for one of another layer. */
function folderOf(path: string): string | null {
  return DECIDING_FOLDERS.find((folder) => path.startsWith(`${folder}/`)) ?? null;
}

function partOf(path: string): string {
  return PARTS.find(({ begins }) => path.startsWith(begins))?.part ?? '';
}

function importsOf(dist: string, path: string): string[] {
  const text = readFileSync(join(dist, path), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(([, target = '']) =>
    relative(dist, resolve(dist, dirname(path), target)).replaceAll('\\', '/'),
  );
}

async function entriesOf(dist: string, paths: readonly string[]): Promise<Entry[]> {
  const { metafile } = await build({
    entryPoints: paths.map((path) => join(dist, path)),
    absWorkingDir: dist,
    bundle: false,
    write: false,
    metafile: true,
    format: 'esm',
    outdir: join(dist, WORKPLACE),
  });
  return Object.values(metafile.outputs).map(({ entryPoint = '', exports: names }) => {
    if (/^export \*/m.test(readFileSync(join(dist, entryPoint), 'utf8'))) throw new Error(`${entryPoint}: it exports names untold`);
    return { path: entryPoint, names };
  });
}

/** A name is given by several modules: each gets the number of its module in front. */
function joinedName(name: string, number: number): string {
  return `m${number}_${name}`;
}

async function writeParts(dist: string, entries: readonly Entry[]): Promise<void> {
  const workplace = join(dist, WORKPLACE);
  mkdirSync(workplace, { recursive: true });
  const entryPoints = [...new Set(PARTS.map(({ part }) => part))].map((part) => {
    const lines = entries.map(({ path, names }, number) =>
      partOf(path) === part && names.length > 0 ? exportsOf(names, number, `../${path}`, 'from') : '',
    );
    const source = join(workplace, `part-${part}.js`);
    writeFileSync(source, lines.join(''));
    return { in: source, out: part };
  });
  await build({
    entryPoints,
    outdir: join(dist, FOLDER),
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    charset: 'utf8',
    // Lines stay short enough for a stack trace to point at something.
    minifyWhitespace: true,
    lineLimit: 160,
    plugins: [outsideOf(dist)],
  });
  rmSync(workplace, { recursive: true });
}

/** What is not of these layers stays where it is: packages, and generated code. */
function outsideOf(dist: string): Plugin {
  return {
    name: 'outside',
    setup: ({ onResolve }) => {
      onResolve({ filter: /.*/ }, ({ path, resolveDir, kind }) => {
        if (kind === 'entry-point') return undefined;
        if (!path.startsWith('.')) return { path, external: true };
        const target = relative(dist, resolve(resolveDir, path)).replaceAll('\\', '/');
        if (folderOf(target) !== null) return undefined;
        return { path: relative(FOLDER, target).replaceAll('\\', '/'), external: true };
      });
    },
  };
}

/** Reads `export { a as m3_a } from '…'` into a part, or back out of it. */
function exportsOf(names: readonly string[], number: number, from: string, way: 'from' | 'to'): string {
  const list = names.map((name) => {
    const joined = joinedName(name, number);
    return way === 'from' ? `${name} as ${joined}` : `${joined} as ${name}`;
  });
  return `export { ${list.join(', ')} } from ${JSON.stringify(from)};\n`;
}

function stubOf({ path, names }: Entry, number: number): string {
  if (names.length === 0) return 'export {};\n';
  const target = relative(dirname(path), `${FOLDER}/${partOf(path)}.js`).replaceAll('\\', '/');
  return exportsOf(names, number, target.startsWith('.') ? target : `./${target}`, 'to');
}
