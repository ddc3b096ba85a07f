/** Positions by the times of their events. */
import type { Position } from '../../model/events/events.ts';

/** The last position whose event is at or before a time; 0 for none. @param times of the events, in order, the first `end` of them */
export function lastAtOrBefore(times: Float64Array, end: Position, atNs: number): Position {
  let [low, high] = [0, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= atNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The next position before or behind one that something holds for; null for none. @param end the last position */
export function nextWhere(
  from: Position,
  direction: 1 | -1,
  end: Position,
  holds: (position: Position) => boolean,
): Position | null {
  for (let position = from + direction; position >= 1 && position <= end; position += direction)
    if (holds(position)) return position;
  return null;
}
