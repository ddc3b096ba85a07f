/**
 * The heap: slots whose time is far. Four children to a cell, which share a cache line:
 *
 *   cell 1 the first slot │ cells 2 to 5 its children │ children of cell n: 4n - 2 to 4n + 1
 *
 * A cell repeats the time of its slot, so that comparing cells does not leave the line.
 */
import { CELL_BYTES, header } from './region';
import { NEVER, Slot, timerSlot } from './slot';

const TOP: u32 = 1;

@unmanaged
class Cell {
  atNs: u64;
  /** Address of the slot; slots are in order of their numbers. */
  slot: u32;
}
if (offsetof<Cell>() > <usize>CELL_BYTES) ERROR('Cell does not fit its slot');

// inline
function cellAt(place: u32): Cell {
  return changetype<Cell>(<usize>(header().heap + place * CELL_BYTES));
}

// inline
function isBefore(atNs: u64, slot: u32, other: Cell): bool {
  return atNs < other.atNs || (atNs === other.atNs && slot < other.slot);
}

// inline
function put(place: u32, slot: u32, atNs: u64): void {
  const cell = cellAt(place);
  cell.atNs = atNs;
  cell.slot = slot;
  changetype<Slot>(<usize>slot).place = place;
}

/** Makes all cells never: one for each slot, and three behind them (see `sink`). */
export function initHeap(): void {
  const last = timerSlot(header().timerCount) + 3;
  for (let place = TOP; place <= last; place++) cellAt(place).atNs = NEVER;
}

/** The first slot in the heap; null when it is empty. */
// inline
export function firstInHeap(): Slot | null {
  return header().heapCount === 0 ? null : changetype<Slot>(<usize>cellAt(TOP).slot);
}

export function putInHeap(slot: Slot): void {
  const head = header();
  head.heapCount++;
  rise(head.heapCount, <u32>changetype<usize>(slot), slot.atNs);
}

/** The last cell fills the place that gets free. */
export function takeOffHeap(slot: Slot): void {
  const head = header();
  const place = slot.place;
  const last = cellAt(head.heapCount);
  const mover = last.slot;
  const atNs = last.atNs;
  slot.place = 0;
  head.heapCount--;
  last.atNs = NEVER;
  last.slot = 0;
  if (place > head.heapCount) return;
  if (place > TOP && isBefore(atNs, mover, cellAt((place + 2) >> 2))) rise(place, mover, atNs);
  else sink(place, mover, atNs);
}

/** Moves cells down from `from` until a slot fits above them, and puts it there. */
function rise(from: u32, slot: u32, atNs: u64): void {
  let place = from;
  while (place > TOP) {
    const parent = (place + 2) >> 2;
    const above = cellAt(parent);
    if (!isBefore(atNs, slot, above)) break;
    put(place, above.slot, above.atNs);
    place = parent;
  }
  put(place, slot, atNs);
}

/** Moves cells up from below `from` until a slot fits, and puts it there. */
function sink(from: u32, slot: u32, atNs: u64): void {
  const count = header().heapCount;
  let place = from;
  while (true) {
    const child = place * 4 - 2;
    if (child > count) break;
    // Cells past the last are never, so there are always four.
    let first = child;
    for (let other = child + 1; other < child + 4; other++) {
      const cell = cellAt(other);
      if (isBefore(cell.atNs, cell.slot, cellAt(first))) first = other;
    }
    const lowest = cellAt(first);
    if (isBefore(atNs, slot, lowest)) break;
    put(place, lowest.slot, lowest.atNs);
    place = first;
  }
  put(place, slot, atNs);
}
