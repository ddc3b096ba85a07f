/**
 * How long frames of a flow took: a histogram of buckets that grow with what they hold, 16 to every doubling, so that a
 * percentile is right to 1 part in 32 from a nanosecond to a quarter of an hour.
 *
 *   bucket of t ns, s = doublings of t beyond 32:  16 s + t / 2^s     0 to 31 exact │ 32 to 47: 32, 34 … 62 │ 48 to 63: 64, 68 …
 */
export const LATENCY_BUCKETS: u32 = 608;

const LONGEST_NS: u64 = (1 << 40) - 1;

/** Bucket of a time; times beyond 2^40 ns share the last. */
// inline
export function latencyBucket(latencyNs: u64): u32 {
  const ns = min(latencyNs, LONGEST_NS);
  const doublings = 59 - min<u64>(clz(ns), 59);
  return <u32>((doublings << 4) + (ns >> doublings));
}
