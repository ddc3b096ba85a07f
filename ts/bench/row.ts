/** What a benchmark says: one row per thing measured. */
export interface Row {
  readonly name: string;
  /** What `median`, `min` and `max` count. Rates are better when higher, times and sizes when lower. */
  readonly unit: 'frames/s' | 'frame-hops/s' | 'ns' | 'ms' | 'MiB' | 'bytes' | '%';
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
  /** Of what came out, order included; equal for equal work, by whichever implementation. Empty where nothing comes out. */
  readonly digest: string;
  /** Our rate as a share of the C baseline's, median of the pairs; null where there is no baseline. */
  readonly ratioToC: number | null;
  /** The same for the JavaScript baseline. */
  readonly ratioToJs: number | null;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export interface Baselines {
  readonly digest?: string;
  readonly ratioToC?: number | null;
  readonly ratioToJs?: number | null;
}

/** A row of samples. */
export function rowOf(name: string, unit: Row['unit'], samples: readonly number[], baselines: Baselines = {}): Row {
  const { digest = '', ratioToC = null, ratioToJs = null } = baselines;
  const [min, max] = [Math.min(...samples), Math.max(...samples)];
  return { name, unit, median: median(samples), min, max, samples: samples.length, digest, ratioToC, ratioToJs };
}

export function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
