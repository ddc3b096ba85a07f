/** Positions by the times of their events. */
import type { Position } from '../../model/events/events.ts';

/** The last position whose event is at or before a time; 0 for none. @param times of the events, in order */
export function lastAtOrBefore(times: Float64Array, atNs: number): Position {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= atNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
