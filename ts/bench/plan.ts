/**
 * What all benchmarks share: how much time they have, the module under measurement, and whom to tell what is missing.
 *
 * `bench --against` hands this build's plan to the benchmarks of an older one: members may be added, but not taken away or changed.
 */
import type { CBaseline } from './c-baseline.ts';
import type { Row } from './row.ts';

export interface Plan {
  readonly quick: boolean;
  /** The data plane that labs run. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly module: WebAssembly.Module;
  /** Null when there is no C compiler; it was said why. */
  readonly c: CBaseline | null;
  /** Tells the person something that is no result: what is skipped, and why. */
  readonly note: (text: string) => void;
}

export interface Benchmark {
  readonly name: string;
  /** Takes a minute or more: measured only where its name is asked for. */
  readonly isLong?: boolean;
  /** The rows, or none when it cannot run here; it says why. */
  readonly run: (plan: Plan) => Row[] | Promise<Row[]>;
}
