/**
 * The one event queue. Order is a decision, made here: by time, then by slot (slot.ts). Within a slot frames queue first in,
 * first out, so no two events compare equal. Changing this order changes every chain.
 *
 * What happens soon is on the wheel, what happens late in the heap, and so is what a crowded bucket has no place for. Where a slot is was decided when it got its time; the
 * next event is the earlier of both firsts, so nothing ever has to be moved from one to the other.
 */
import { firstInHeap, initHeap, putInHeap, takeOffHeap } from './heap';
import { header } from './region';
import { initSlots, isBefore, NEVER, numberOf, Slot, slotAt, timerSlot } from './slot';
import { firstOnWheel, isNear, putOnWheel, takeOffWheel } from './wheel';

export function initQueue(): void {
  initSlots();
  initHeap();
}

/** Sets when a slot's next event happens; NEVER for none. */
export function schedule(number: u32, atNs: u64): void {
  assert(atNs >= header().nowNs);
  const slot = slotAt(number);
  if (slot.atNs !== NEVER) takeOff(slot);
  slot.atNs = atNs;
  if (atNs === NEVER) return;
  if (!isNear(atNs) || !putOnWheel(slot)) putInHeap(slot);
}

// inline
function takeOff(slot: Slot): void {
  if (slot.place !== 0) takeOffHeap(slot);
  else takeOffWheel(slot);
}

/** The slot whose event is next; null when there is none. */
// inline
export function nextSlot(): Slot | null {
  const near = firstOnWheel();
  const far = firstInHeap();
  if (near === null) return far;
  return far !== null && isBefore(far, near) ? far : near;
}

/** Takes a slot's event: it has none until it gets one. Returns the slot's number. */
// inline
export function take(slot: Slot): u32 {
  takeOff(slot);
  slot.atNs = NEVER;
  return numberOf(slot);
}

/** Arms a timer, or moves it: a timer has one time. NEVER disarms it. */
export function setTimer(timer: u32, atNs: u64): void {
  schedule(timerSlot(timer), atNs);
}
