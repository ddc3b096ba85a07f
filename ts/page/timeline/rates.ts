/** Rates of flows out of their counts: frames per second over the time before a moment. */
import type { FlowHistory } from '../ask/questions.ts';

/** A rate is what came in so long, or in the time that a pixel stands for where that is longer; loads of lines are measured so, too. */
export const RATE_NS = 100_000_000;

type Flow = FlowHistory['flows'][number];

/** Frames counted up to a time; between two moments in proportion. */
export function countAt(times: Float64Array, counts: Float64Array, atNs: number): number {
  let [first, end] = [0, times.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if ((times[middle] ?? 0) <= atNs) first = middle + 1;
    else end = middle;
  }
  const [before, behind] = [counts[first - 1] ?? 0, counts[first]];
  const [fromNs, toNs] = [times[first - 1] ?? 0, times[first]];
  if (behind === undefined || toNs === undefined || toNs <= fromNs) return before;
  return before + ((behind - before) * Math.max(0, atNs - fromNs)) / (toNs - fromNs);
}

/** Frames per second over a length of time that ends at a moment. */
export function rateAt(times: Float64Array, counts: Float64Array, atNs: number, lengthNs = RATE_NS): number {
  const fromNs = Math.max(0, atNs - Math.max(lengthNs, RATE_NS));
  return atNs <= fromNs ? 0 : ((countAt(times, counts, atNs) - countAt(times, counts, fromNs)) * 1e9) / (atNs - fromNs);
}

/** The highest rate at which a flow's frames arrived and were lost together: the height of its row. */
export function highestRate({ atNs }: FlowHistory, { received, lost }: Flow): number {
  let most = 0;
  for (const one of atNs) most = Math.max(most, rateAt(atNs, received, one) + rateAt(atNs, lost, one));
  return most;
}

/** "12,000/s": three digits that count. */
export function rateText(rate: number): string {
  return `${Number(rate.toPrecision(3)).toLocaleString('en')}/s`;
}
