/** The events of each lane, sorted: what a row of the time line draws is found by a search, however many events there are. */
import { type EventColumns, MARK } from '../ask/questions.ts';

export interface Lane {
  /** Positions of its events, rising. */
  readonly all: Uint32Array;
  /** Of these, inputs, and drops: drawn over the others, so that a thousand outcomes cannot hide one. */
  readonly inputs: Uint32Array;
  readonly drops: Uint32Array;
}

/** @param count how many lanes there are, the one of the lab itself included */
export function lanesOf({ lane, mark }: EventColumns, count: number): readonly Lane[] {
  const sorted = (holds: (mark: number) => boolean): Uint32Array[] => {
    const lengths = new Uint32Array(count);
    for (let at = 0; at < lane.length; at++) if (holds(mark[at] ?? 0)) lengths[lane[at] ?? 0] = (lengths[lane[at] ?? 0] ?? 0) + 1;
    const lists = Array.from(lengths, (length) => new Uint32Array(length));
    const filled = new Uint32Array(count);
    for (let at = 0; at < lane.length; at++) {
      if (!holds(mark[at] ?? 0)) continue;
      const number = lane[at] ?? 0;
      const list = lists[number];
      if (list === undefined) continue;
      list[filled[number] ?? 0] = at + 1;
      filled[number] = (filled[number] ?? 0) + 1;
    }
    return lists;
  };
  const all = sorted((one) => one !== MARK.time);
  const inputs = sorted((one) => one === MARK.input);
  const drops = sorted((one) => one === MARK.drop);
  const none = new Uint32Array(0);
  return all.map((list, number) => ({ all: list, inputs: inputs[number] ?? none, drops: drops[number] ?? none }));
}

/** How many of the first positions of a lane lie before a value of the axis. @param keyOf value of a position on the axis */
export function countBefore(list: Uint32Array, value: number, keyOf: (position: number) => number, low = 0): number {
  let first = low;
  let end = list.length;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (keyOf(list[middle] ?? 0) < value) first = middle + 1;
    else end = middle;
  }
  return first;
}

/** The position in a list that is nearest to a value of the axis; 0 for an empty list. */
export function nearest(list: Uint32Array, value: number, keyOf: (position: number) => number): number {
  const at = countBefore(list, value, keyOf);
  const [before, behind] = [list[at - 1], list[at]];
  if (before === undefined || behind === undefined) return before ?? behind ?? 0;
  return value - keyOf(before) <= keyOf(behind) - value ? before : behind;
}
