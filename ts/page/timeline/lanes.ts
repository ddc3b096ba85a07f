/** The events of each lane, sorted: what a row of the time line draws is found by a search, however many events there are. */
import { MARK, type OpenedLab } from '../ask/questions.ts';

/** Positions, rising: the first `length` of `items`. */
export interface Positions {
  readonly items: Uint32Array;
  readonly length: number;
}

export interface Lane {
  /** Positions of its events. */
  readonly all: Positions;
  /** Of these, inputs, and drops: drawn over the others, so that a thousand outcomes cannot hide one. */
  readonly inputs: Positions;
  readonly drops: Positions;
}

class GrowingPositions implements Positions {
  items = new Uint32Array(8);
  length = 0;

  push(position: number): void {
    if (this.length === this.items.length) {
      const longer = new Uint32Array(2 * this.length);
      longer.set(this.items);
      this.items = longer;
    }
    this.items[this.length++] = position;
  }
}

interface GrowingLane extends Lane {
  readonly all: GrowingPositions;
  readonly inputs: GrowingPositions;
  readonly drops: GrowingPositions;
}

export class Lanes {
  readonly #lanes: readonly GrowingLane[];
  /** Events that are in their lanes. */
  #taken = 0;

  /** @param count how many lanes there are, the one of the lab itself included */
  constructor(count: number) {
    this.#lanes = Array.from({ length: count }, () => ({
      all: new GrowingPositions(),
      inputs: new GrowingPositions(),
      drops: new GrowingPositions(),
    }));
  }

  at(number: number): Lane | undefined {
    return this.#lanes[number];
  }

  /** Takes the events that it does not have yet. */
  grow({ events: { lane, mark }, positions }: OpenedLab): void {
    for (; this.#taken < positions; this.#taken++) {
      const is = mark[this.#taken] ?? MARK.outcome;
      const own = this.#lanes[lane[this.#taken] ?? 0];
      if (own === undefined || is === MARK.time) continue;
      const position = this.#taken + 1;
      own.all.push(position);
      if (is === MARK.input) own.inputs.push(position);
      if (is === MARK.drop) own.drops.push(position);
    }
  }
}

/** How many of the first positions of a lane lie before a value of the axis. @param keyOf value of a position on the axis */
export function countBefore({ items, length }: Positions, value: number, keyOf: (position: number) => number, low = 0): number {
  let first = low;
  let end = length;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (keyOf(items[middle] ?? 0) < value) first = middle + 1;
    else end = middle;
  }
  return first;
}

/** The position in a list that is nearest to a value of the axis; 0 for an empty list. */
export function nearest(list: Positions, value: number, keyOf: (position: number) => number): number {
  const at = countBefore(list, value, keyOf);
  const before = at > 0 ? list.items[at - 1] : undefined;
  const behind = at < list.length ? list.items[at] : undefined;
  if (before === undefined || behind === undefined) return before ?? behind ?? 0;
  return value - keyOf(before) <= keyOf(behind) - value ? before : behind;
}
