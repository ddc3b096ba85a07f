/**
 * The one event queue. Everything that will happen has a slot, and a slot holds at most one time:
 *
 *   slots ┌ link directions ┬ flows ┬ inject FIFOs (2 per port) ┬ timers ┐
 *
 * Order is a decision, made here: by time, then by slot. Slots are numbered by kind and then by target id, and within a
 * target frames queue first in, first out, so no two events compare equal. Changing this order changes every chain.
 *
 * A tournament tree: `times[slot]` at the leaves, the winning slot in every inner node. Setting a time replays one path.
 */
import { header } from './region';

/** No event. */
export const NEVER: u64 = u64.MAX_VALUE;

/** Builds the tree over empty slots. */
export function initQueue(): void {
  const head = header();
  const leaves = head.queueLeaves;
  for (let slot: u32 = 0; slot < leaves; slot++) store<u64>(<usize>(head.queueTimes + slot * 8), NEVER);
  for (let node: u32 = leaves - 1; node > 0; node--) {
    const left = node * 2;
    store<u32>(<usize>(head.queueTree + node * 4), left >= leaves ? left - leaves : load<u32>(<usize>(head.queueTree + left * 4)));
  }
}

/** Sets when a slot's next event happens; NEVER for none. */
export function schedule(slot: u32, atNs: u64): void {
  const head = header();
  assert(atNs >= head.nowNs);
  const times: usize = head.queueTimes;
  const tree: usize = head.queueTree;
  const leaves = head.queueLeaves;
  store<u64>(times + slot * 8, atNs);
  let winner = slot;
  let best = atNs;
  let node = slot + leaves;
  while (node > 1) {
    const sibling = node ^ 1;
    const rival = sibling >= leaves ? sibling - leaves : load<u32>(tree + sibling * 4);
    const time = load<u64>(times + rival * 8);
    if (time < best || (time === best && rival < winner)) {
      winner = rival;
      best = time;
    }
    node >>= 1;
    // Another slot won here before and still does: nothing above can change.
    if (winner !== slot && load<u32>(tree + node * 4) === winner) return;
    store<u32>(tree + node * 4, winner);
  }
}

/** The slot whose event comes next. */
export function nextSlot(): u32 {
  return load<u32>(<usize>(header().queueTree + 4));
}

export function timeOf(slot: u32): u64 {
  return load<u64>(<usize>(header().queueTimes + slot * 8));
}

export function flowSlot(flow: u32): u32 {
  return header().linkCount + flow;
}

/** @param fifo port * 2 + direction (layout.ts, INJECT_*). */
export function injectSlot(fifo: u32): u32 {
  const head = header();
  return head.linkCount + head.flowCount + fifo;
}

export function timerSlot(timer: u32): u32 {
  const head = header();
  return head.linkCount + head.flowCount + head.portCount * 2 + timer;
}

/** Arms a timer, or moves it: a timer has one time. NEVER disarms it. */
export function setTimer(timer: u32, atNs: u64): void {
  schedule(timerSlot(timer), atNs);
}
