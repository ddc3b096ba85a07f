/**
 * The one event queue. Everything that will happen has a slot, and a slot holds at most one time:
 *
 *   slots ┌ link directions ┬ flows ┬ inject FIFOs (2 per port) ┬ cores and sockets ┬ timers ┐
 *
 * Order is a decision, made here: by time, then by slot. Slots are numbered by kind and then by target id, and within a
 * target frames queue first in, first out, so no two events compare equal. Changing this order changes every chain.
 *
 * A heap with four children to a cell, which share a cache line, over the slots that have a time; `places` says where in
 * it a slot is, 0 for nowhere:
 *
 *   cell 1 the next event │ cells 2 to 5 its children │ children of cell n: 4n - 2 to 4n + 1
 *
 * While an event is handled its cell stands empty at the top (`queueOpen`): most events bring another one about, which then
 * sinks from there, once, instead of one being taken out and another put in.
 */
import { CELL_BYTES, header } from './region';

/** No event. */
export const NEVER: u64 = u64.MAX_VALUE;

const TOP: u32 = 1;

@unmanaged
class Cell {
  atNs: u64;
  slot: u32;
}

// inline
function cellAt(heap: usize, place: u32): Cell {
  return changetype<Cell>(heap + <usize>(place * CELL_BYTES));
}

// inline
function isBefore(atNs: u64, slot: u32, other: Cell): bool {
  return atNs < other.atNs || (atNs === other.atNs && slot < other.slot);
}

// inline
function put(heap: usize, places: usize, place: u32, slot: u32, atNs: u64): void {
  const cell = cellAt(heap, place);
  cell.atNs = atNs;
  cell.slot = slot;
  store<u32>(places + slot * 4, place);
}

/** Makes all cells never: one for each slot, and three behind them (see `sink`). */
export function initQueue(): void {
  const head = header();
  const last = timerSlot(head.timerCount) + 3;
  for (let place = TOP; place <= last; place++) cellAt(head.queueHeap, place).atNs = NEVER;
}

/** Moves cells down from `from` until an event fits above them, and puts it there. */
function rise(from: u32, slot: u32, atNs: u64): void {
  const heap: usize = header().queueHeap;
  const places: usize = header().queuePlaces;
  let place = from;
  while (place > TOP) {
    const parent = (place + 2) >> 2;
    const above = cellAt(heap, parent);
    if (!isBefore(atNs, slot, above)) break;
    put(heap, places, place, above.slot, above.atNs);
    place = parent;
  }
  put(heap, places, place, slot, atNs);
}

/** Of the four cells from `child` on, the one of a time whose slot comes first. */
function lowestSlot(heap: usize, child: u32, atNs: u64): u32 {
  let first = child;
  let slot = u32.MAX_VALUE;
  for (let place = child; place < child + 4; place++) {
    const cell = cellAt(heap, place);
    if (cell.atNs !== atNs || cell.slot >= slot) continue;
    first = place;
    slot = cell.slot;
  }
  return first;
}

/** Moves cells up from below `from` until an event fits, and puts it there. */
function sink(from: u32, slot: u32, atNs: u64): void {
  const heap: usize = header().queueHeap;
  const places: usize = header().queuePlaces;
  const count = header().queueCount;
  let place = from;
  while (true) {
    const child = place * 4 - 2;
    if (child > count) break;
    // Cells past the last are never, so there are always four. No branch: which comes first nobody can predict.
    const cells = changetype<usize>(cellAt(heap, child));
    const at0 = load<u64>(cells);
    const at1 = load<u64>(cells, CELL_BYTES);
    const at2 = load<u64>(cells, CELL_BYTES * 2);
    const at3 = load<u64>(cells, CELL_BYTES * 3);
    const left = min(at0, at1);
    const right = min(at2, at3);
    const firstNs = min(left, right);
    if (firstNs > atNs) break;
    let first = select<u32>(child + 2 + u32(at3 < at2), child + u32(at1 < at0), right < left);
    if (u32(at0 === at1) | u32(at2 === at3) | u32(left === right)) first = lowestSlot(heap, child, firstNs);
    const winner = cellAt(heap, first).slot;
    if (firstNs === atNs && slot < winner) break;
    put(heap, places, place, winner, firstNs);
    place = first;
  }
  put(heap, places, place, slot, atNs);
}

/** Takes the cell at `place` out: the last one fills it. */
function remove(place: u32): void {
  const head = header();
  const last = cellAt(head.queueHeap, head.queueCount);
  const slot = last.slot;
  const atNs = last.atNs;
  head.queueCount--;
  last.atNs = NEVER;
  last.slot = 0;
  if (place > head.queueCount) return;
  move(place, slot, atNs);
}

/** Puts an event where `place` is free, or above or below it. */
function move(place: u32, slot: u32, atNs: u64): void {
  if (place > TOP && isBefore(atNs, slot, cellAt(header().queueHeap, (place + 2) >> 2))) rise(place, slot, atNs);
  else sink(place, slot, atNs);
}

/** Sets when a slot's next event happens; NEVER for none. */
export function schedule(slot: u32, atNs: u64): void {
  const head = header();
  assert(atNs >= head.nowNs);
  const place = load<u32>(<usize>(head.queuePlaces + slot * 4));
  if (atNs === NEVER) {
    if (place === 0) return;
    store<u32>(<usize>(head.queuePlaces + slot * 4), 0);
    remove(place);
  } else if (place !== 0) {
    move(place, slot, atNs);
  } else if (head.queueOpen !== 0) {
    head.queueOpen = 0;
    sink(TOP, slot, atNs);
  } else {
    head.queueCount++;
    rise(head.queueCount, slot, atNs);
  }
}

/** Time of the next event; NEVER when there is none. */
export function nextNs(): u64 {
  const head = header();
  return head.queueCount === 0 ? NEVER : cellAt(head.queueHeap, TOP).atNs;
}

/** Takes the next event: its slot has none until it gets one. The cell stays open until `closeTop`. */
export function takeNext(): u32 {
  const head = header();
  const cell = cellAt(head.queueHeap, TOP);
  const slot = cell.slot;
  store<u32>(<usize>(head.queuePlaces + slot * 4), 0);
  // The cell is before everything that can be scheduled now, so nothing rises past it.
  cell.slot = 0;
  head.queueOpen = 1;
  return slot;
}

/** The event was handled: the top is filled. */
export function closeTop(): void {
  const head = header();
  if (head.queueOpen === 0) return;
  head.queueOpen = 0;
  remove(TOP);
}

export function flowSlot(flow: u32): u32 {
  return header().linkCount + flow;
}

/** @param fifo port * 2 + direction (layout.ts, INJECT_*). */
export function injectSlot(fifo: u32): u32 {
  const head = header();
  return head.linkCount + head.flowCount + fifo;
}

/** @param io number of a core or a socket among those of the lab. */
export function ioSlot(io: u32): u32 {
  const head = header();
  return head.linkCount + head.flowCount + head.portCount * 2 + io;
}

export function timerSlot(timer: u32): u32 {
  return ioSlot(header().ioCount + timer);
}

/** Arms a timer, or moves it: a timer has one time. NEVER disarms it. */
export function setTimer(timer: u32, atNs: u64): void {
  schedule(timerSlot(timer), atNs);
}
