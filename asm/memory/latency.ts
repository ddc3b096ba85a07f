/**
 * How long the frames of a flow took: a histogram whose buckets grow with time, 16 to every doubling, so that a percentile is right
 * to 1 part in 32 from a nanosecond to a quarter of an hour.
 *
 *   bucket of t ns, s = doublings of t beyond 32:  16 s + t / 2^s     0 to 31 exact │ 32 to 47: 32, 34 … 62 │ 48 to 63: 64, 68 …
 */
import { LATENCY_STEP_BITS } from './layout';

/** Leading zeros of the times from 16 to 31 ns. Each time with as many or more has a bucket of its own. */
const MOST_ZEROS: u64 = 63 - LATENCY_STEP_BITS;
const LONGEST_NS: u64 = (1 << 40) - 1;

/** Bucket of a time; times beyond 2^40 ns share the last. */
// inline
export function latencyBucket(latencyNs: u64): u32 {
  const ns = min(latencyNs, LONGEST_NS);
  const doublings = MOST_ZEROS - min<u64>(clz(ns), MOST_ZEROS);
  return <u32>((doublings << LATENCY_STEP_BITS) + (ns >> doublings));
}
