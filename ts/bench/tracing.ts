/**
 * What tracing costs while it is off: the data plane that labs run against a build without any trace call, in turn. The
 * second build needs the compiler, which only a working copy has.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processorNs } from './clock.ts';
import { Device } from './device.ts';
import type { Benchmark, Plan } from './plan.ts';
import { hex, type Row, rowOf } from './row.ts';

/** By name only: an installed package does without it. */
const COMPILER: string = 'assemblyscript/asc';
const NAME = 'tracing off, against no tracing';
const SHAPE = { kind: 'switch', ports: 2, stations: 1024 } as const;
const BURST = 32;
const POLLS = 6000;
const PAIRS = 25;
/** The call that asm/frame/trace.ts makes when tracing is on, with its question. */
const QUESTION = /if \(load<u32>\(IO \+ L\.IO_TRACE_ON\) !== 0\) record\([^)]*\);/;

/** Root of the working copy, or null when this is an installed package. */
function workingCopy(): string | null {
  for (const up of ['../..', '../../..']) {
    const root = fileURLToPath(new URL(up, import.meta.url));
    try {
      readFileSync(join(root, 'scripts/dataplane.ts'));
      return root;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** What asm/build.json has of interest here: the same arguments as the build's (scripts/dataplane.ts). */
interface AsmBuild {
  readonly data: readonly string[];
  readonly control: readonly string[];
  readonly transforms: readonly string[];
  readonly options: readonly string[];
  readonly optimizations: { readonly full: readonly string[] };
}

interface Compiler {
  main(
    args: readonly string[],
    api: { readFile: (name: string, base: string) => string | null; writeFile: (name: string, contents: Uint8Array) => void },
  ): Promise<{ readonly error: Error | null }>;
}

/** Builds the data plane without trace calls; null when there is no compiler. */
async function untraced(root: string): Promise<WebAssembly.Module | null> {
  const asc = await loadCompiler();
  if (asc === null) return null;
  let built: Uint8Array | null = null;
  const build = JSON.parse(readFileSync(join(root, 'asm/build.json'), 'utf8')) as AsmBuild;
  const { error } = await asc.main(
    [
      ...build.data,
      ...build.control,
      '--baseDir',
      root,
      '--outFile',
      'untraced.wasm',
      ...build.options,
      ...build.optimizations.full,
      ...build.transforms.flatMap((path) => ['--transform', join(root, path)]),
    ],
    {
      readFile: (name, base) => withoutTrace(name, join(base, name)),
      writeFile: (_, contents) => {
        built = contents;
      },
    },
  );
  if (error !== null) throw error;
  return built === null ? null : new WebAssembly.Module(built as Uint8Array<ArrayBuffer>);
}

async function loadCompiler(): Promise<Compiler | null> {
  try {
    return ((await import(COMPILER)) as { readonly default: Compiler }).default;
  } catch {
    return null;
  }
}

function withoutTrace(name: string, path: string): string | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  if (!name.endsWith('asm/frame/trace.ts')) return text;
  if (!QUESTION.test(text)) throw new Error('asm/frame/trace.ts no longer has the question this benchmark takes out');
  return text.replace(QUESTION, '');
}

async function compare(plan: Plan): Promise<Row[]> {
  if (plan.quick) {
    plan.note(`${NAME}: left out by --quick, because it compiles the data plane once more`);
    return [];
  }
  const root = workingCopy();
  const module = root === null ? null : await untraced(root);
  if (module === null) {
    plan.note(`${NAME}: left out, because the AssemblyScript compiler is not part of this installation`);
    return [];
  }
  const [off, none] = [new Device(plan.module, SHAPE), new Device(module, SHAPE)];
  const costs: number[] = [];
  for (let i = -2; i < PAIRS; i++) {
    // Who goes first alternates, too.
    const order = i % 2 === 0 ? [off, none] : [none, off];
    const ns = new Map(order.map((device) => [device, processorNs(() => device.polls(POLLS, BURST))]));
    if (i >= 0) costs.push(((ns.get(off) ?? Number.NaN) / (ns.get(none) ?? Number.NaN) - 1) * 100);
  }
  const [digest, other] = [off, none].map((device) => hex(device.result().digest));
  if (digest === undefined || digest !== other) throw new Error(`${NAME}: the two builds delivered something else`);
  return [rowOf(NAME, '%', costs, { digest })];
}

export const TRACING: readonly Benchmark[] = [{ name: NAME, run: compare }];
