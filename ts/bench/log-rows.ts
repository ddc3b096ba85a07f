/** What the log's benchmarks say: one row per thing measured, with what it is meant to reach. */
import { median } from './row.ts';

export interface LogRow {
  readonly name: string;
  readonly unit: 'events/s' | 'commands/s' | 'ms' | 'MiB' | '%';
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
  /** What it is meant to reach: at least so many a second, at most so many of another unit; null where nothing is promised. */
  readonly target: number | null;
}

export function logRow(name: string, unit: LogRow['unit'], samples: readonly number[], target: number | null = null): LogRow {
  return {
    name,
    unit,
    median: median(samples),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples: samples.length,
    target,
  };
}

/** Events per second of wall time, of work that handles `events` of them; the first run warms up and does not count. */
export async function eventRates(
  events: number,
  samples: number,
  work: (sample: number) => Promise<void> | void,
): Promise<number[]> {
  const rates: number[] = [];
  for (let sample = 0; sample <= samples; sample++) {
    const startMs = performance.now();
    await work(sample);
    if (sample > 0) rates.push((events * 1000) / (performance.now() - startMs));
  }
  return rates;
}

/** The value below which this share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
