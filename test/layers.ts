/**
 * Who may import whom: the table, and the check that holds the sources to it (test/layers.spec.ts).
 *
 * A layer never imports from one above it. Specs (*.spec.ts) beside the sources may import anything. What a layer may
 * *call* (no clock, no chance, no locale, no Node) is in biome.json.
 *
 * Imports are found in the text, after comments are cut out: `import … from`, `export … from`, `import '…'` and
 * `import('…')` with a literal. A type-only import counts: layers are about who knows whom.
 */
import { posix } from 'node:path';

interface Layer {
  /** Folder, with its closing slash. */
  readonly at: string;
  /** Prefixes of the project's own files that it may import besides its own folder. */
  readonly imports: readonly string[];
}

const CORE = ['ts/values/', 'ts/wire/', 'ts/model/', 'ts/topology/', 'ts/dataplane/', 'ts/engine/'];

/** From the bottom up. */
export const LAYERS: readonly Layer[] = [
  { at: 'asm/', imports: ['gen/asm/'] },
  // Addresses, times and quantities: the words that everything else is made of.
  { at: 'ts/values/', imports: [] },
  // What the rules say, for those who look them up: text, with no code behind it.
  { at: 'ts/rules/', imports: [] },
  { at: 'ts/wire/', imports: ['ts/values/'] },
  { at: 'ts/model/', imports: ['ts/values/', 'ts/wire/'] },
  { at: 'ts/topology/', imports: ['ts/values/', 'ts/wire/', 'ts/model/'] },
  // The memory layout is written once, in files that both compilers read.
  { at: 'ts/dataplane/', imports: ['ts/values/', 'ts/wire/', 'ts/model/', 'asm/', 'gen/'] },
  // The port of the log belongs to those who use it; its adapters do not.
  { at: 'ts/log/', imports: ['ts/values/', 'ts/wire/', 'ts/model/'] },
  { at: 'ts/engine/', imports: ['ts/values/', 'ts/wire/', 'ts/model/', 'ts/dataplane/', 'ts/log/event-log.ts'] },
  { at: 'ts/attach/', imports: [...CORE, 'ts/log/'] },
  { at: 'ts/capture/', imports: [...CORE, 'ts/log/'] },
  { at: 'ts/web/', imports: [...CORE, 'ts/rules/', 'ts/log/event-log.ts', 'ts/log/memory.ts', 'ts/capture/'] },
  { at: 'ts/services/', imports: [...CORE, 'ts/log/', 'ts/attach/', 'ts/capture/'] },
  // Descriptions of what is printed and sent, with no code behind them: the API shows the same ones as the command line.
  { at: 'ts/schemas/', imports: ['ts/values/', 'ts/model/', 'ts/topology/'] },
  { at: 'ts/api/', imports: [...CORE, 'ts/rules/', 'ts/log/', 'ts/services/', 'ts/schemas/'] },
  { at: 'ts/bench/', imports: [...CORE, 'asm/', 'gen/', 'ts/log/', 'ts/services/'] },
  {
    at: 'ts/cli/',
    imports: [...CORE, 'ts/rules/', 'ts/log/', 'ts/attach/', 'ts/capture/', 'ts/services/', 'ts/schemas/', 'ts/api/', 'ts/bench/'],
  },
];

/** Packages and generated code that only some files may import, by prefix of the import and of the file. */
export const RESERVED: readonly { readonly what: string; readonly for: readonly string[] }[] = [
  { what: 'kafkajs', for: ['ts/log/kafka/'] },
  { what: 'lmdb', for: ['ts/log/embedded/'] },
  { what: 'protobufjs', for: ['ts/log/', 'ts/model/events/codec'] },
  { what: 'gen/proto', for: ['ts/log/', 'ts/model/events/codec'] },
  { what: 'fastify', for: ['ts/api/'] },
  { what: '@fastify', for: ['ts/api/'] },
  { what: 'prom-client', for: ['ts/api/'] },
  { what: 'commander', for: ['ts/cli/'] },
  { what: 'cli-table3', for: ['ts/cli/'] },
];

/** What is wrong with the imports of one source file; empty when nothing is. `file` is relative to the root. */
export function layerFaults(file: string, source: string): readonly string[] {
  if (file.endsWith('.spec.ts')) return [];
  const layer = LAYERS.find(({ at }) => file.startsWith(at));
  if (layer === undefined) return [`${file} is in no layer: add its folder to test/layers.ts`];
  const faults: string[] = [];
  for (const specifier of importsOf(source)) {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
    const reserved = RESERVED.find(({ what }) => startsWithName(target, what));
    if (reserved !== undefined) {
      if (!reserved.for.some((prefix) => file.startsWith(prefix))) {
        faults.push(`${file} imports ${target}, which is reserved for ${reserved.for.join(' and ')}`);
      }
    } else if (specifier.startsWith('.') && ![layer.at, ...layer.imports].some((prefix) => target.startsWith(prefix))) {
      faults.push(`${file} imports ${target}: ${layer.at} may import only ${layer.imports.join(' ') || 'itself'}`);
    }
  }
  return faults;
}

const COMMENTS = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const IMPORTS = /\b(?:import|export)\b[^'"`;=]*\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** The specifiers of all imports in a source text. */
export function importsOf(source: string): readonly string[] {
  return [...source.replace(COMMENTS, '').matchAll(IMPORTS)].map(([, from, bare]) => from ?? bare ?? '');
}

/** Whether `target` is the package or folder `name`, or lies in it. */
function startsWithName(target: string, name: string): boolean {
  return target === name || target.startsWith(`${name}/`) || target.startsWith(`${name}.`);
}
