/** All benchmarks, in the order of the report. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CBaseline } from './c-baseline.ts';
import { CAPTURE } from './capture.ts';
import { DEBUGGER } from './debugger.ts';
import { ENGINE } from './engine-run.ts';
import { FORWARDING } from './forwarding.ts';
import { HOST } from './host.ts';
import { IPV6 } from './ipv6.ts';
import { LEASES } from './leases.ts';
import { MOMENTS } from './moments.ts';
import { NIC } from './nic.ts';
import type { Benchmark, Plan } from './plan.ts';
import type { Row } from './row.ts';
import { SESSIONS } from './session.ts';
import { SWEEP } from './sweep.ts';
import { TRACING } from './tracing.ts';
import { BUNDLE } from './verify-bundle.ts';

const WASM = new URL('../../gen/dataplane/dataplane.core.wasm', import.meta.url);

export const BENCHMARKS: readonly Benchmark[] = [
  ...FORWARDING,
  ...IPV6,
  ...SESSIONS,
  ...NIC,
  ...HOST,
  ...ENGINE,
  ...LEASES,
  ...DEBUGGER,
  ...CAPTURE,
  ...SWEEP,
  ...MOMENTS,
  ...TRACING,
  ...BUNDLE,
];

export interface BenchOptions {
  /** About 10 s instead of 60. */
  readonly quick?: boolean;
  /** Only benchmarks whose name has this in it, in any case. */
  readonly filter?: string;
  readonly note?: (text: string) => void;
  /** Called with each row as it is measured. */
  readonly onRow?: (row: Row) => void;
}

export interface BenchReport {
  readonly rows: readonly Row[];
  /** SHA-256 of the wasm that labs run, and that was measured. */
  readonly wasm: string;
}

/** What a filter asks for. Of no filter, all but those that take long. */
export function chosenBy(filter: string): { readonly chosen: readonly Benchmark[]; readonly leftOut: readonly Benchmark[] } {
  const named = BENCHMARKS.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  const isLeftOut = ({ isLong = false }: Benchmark): boolean => isLong && filter === '';
  return { chosen: named.filter((one) => !isLeftOut(one)), leftOut: named.filter(isLeftOut) };
}

/** Runs the benchmarks, one after the other. @throws when implementations disagree, or a run does not verify. */
export async function runBenchmarks(options: BenchOptions = {}): Promise<BenchReport> {
  const { quick = false, filter = '', note = () => undefined, onRow = () => undefined } = options;
  const wasm = new Uint8Array(readFileSync(WASM));
  const { chosen, leftOut } = chosenBy(filter);
  for (const { name } of leftOut) note(`${name}: left out, it takes a minute or two; --filter "${name}" measures it`);
  const inC = [...FORWARDING, ...IPV6, ...SESSIONS, ...NIC];
  const c = chosen.some((benchmark) => inC.includes(benchmark)) ? CBaseline.build(note) : null;
  const plan: Plan = { quick, wasm, module: new WebAssembly.Module(wasm), c, note };
  const rows: Row[] = [];
  try {
    for (const benchmark of chosen) {
      for (const row of await benchmark.run(plan)) {
        rows.push(row);
        onRow(row);
      }
    }
  } finally {
    c?.remove();
  }
  return { rows, wasm: createHash('sha256').update(wasm).digest('hex') };
}
