/** Latencies of a flow as linear memory counts them: buckets that grow with what they hold (asm/memory/latency.ts). */
import * as L from '../../asm/memory/layout.ts';

/** One bucket and how many frames are in it. Ascending by slot. */
export interface LatencyRow {
  readonly slot: number;
  readonly count: number;
}

/** Sub-buckets of every doubling. */
const STEPS = 2 ** L.LATENCY_STEP_BITS;

/** The middle of a bucket, ns. */
export function bucketNs(bucket: number): number {
  const doublings = Math.max(0, Math.floor(bucket / STEPS) - 1);
  const width = 2 ** doublings;
  return (bucket - doublings * STEPS) * width + Math.floor(width / 2);
}

/**
 * The latency, ns, that a share of the frames did not exceed, right to 1 part in 32; null without frames.
 * @param share 0 to 1: 0.5 is the median.
 */
export function percentileNs(rows: readonly LatencyRow[], share: number): number | null {
  const frames = rows.reduce((sum, { count }) => sum + count, 0);
  let left = Math.max(1, Math.ceil(frames * share));
  for (const { slot, count } of rows) {
    left -= count;
    if (left <= 0) return bucketNs(slot);
  }
  return null;
}
