/**
 * A process that measures benchmarks of one build on request. `bench --against` starts one for each of the two builds, so that
 * neither has the other's code, types or garbage in its memory.
 *
 *   node sampler.js DIR      # the folder of a package that has been built
 *
 * Over the channel of its parent it first sends its benchmarks' names, then for each name it receives the rows of a quick run.
 * It loads DIR's own modules by their paths in dist/, because older builds have no such process.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Benchmark, Plan } from './plan.ts';
import type { Row } from './row.ts';

/** What a sampler sends: its benchmarks, then an answer to each request. */
export type SamplerMessage =
  | { readonly kind: 'ready'; readonly benchmarks: readonly string[] }
  | { readonly kind: 'measured'; readonly rows: readonly Row[] }
  | { readonly kind: 'failed'; readonly message: string };

/** Modules of a build, from the folder of its package. */
export const BENCH_MODULE = 'dist/ts/bench/bench.js';
const WASM = 'dist/gen/dataplane/dataplane.core.wasm';

function say(message: SamplerMessage): void {
  process.send?.(message);
}

/**
 * Some rows are timed on the wall, which a machine with other work disturbs by more than builds differ. Here that clock counts
 * processor time of this process, for both builds alike: the ratio compares the work, without the time spent waiting.
 */
function countProcessorTime(): void {
  process.hrtime.bigint = () => {
    const { user, system } = process.cpuUsage();
    return BigInt(user + system) * 1000n;
  };
}

/** No C baseline: the two builds are each other's baseline. */
function planOf(root: string): Plan {
  const wasm = new Uint8Array(readFileSync(join(root, WASM)));
  return { quick: true, wasm, module: new WebAssembly.Module(wasm), c: null, note: () => undefined };
}

async function serve(root: string): Promise<void> {
  const { BENCHMARKS } = (await import(pathToFileURL(join(root, BENCH_MODULE)).href)) as { BENCHMARKS: readonly Benchmark[] };
  const plan = planOf(root);
  process.on('message', (name) => {
    const benchmark = BENCHMARKS.find((candidate) => candidate.name === name);
    if (benchmark === undefined) say({ kind: 'failed', message: `no benchmark is called ${name}` });
    else void measure(benchmark, plan);
  });
  say({ kind: 'ready', benchmarks: BENCHMARKS.map(({ name }) => name) });
}

async function measure(benchmark: Benchmark, plan: Plan): Promise<void> {
  try {
    say({ kind: 'measured', rows: await benchmark.run(plan) });
  } catch (error) {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

const [, program, root] = process.argv;
if (program === fileURLToPath(import.meta.url) && root !== undefined) {
  countProcessorTime();
  await serve(root);
}
