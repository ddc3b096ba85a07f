/**
 * Slots: whatever can make events has one, and a slot holds at most one time.
 *
 *   slots ┌ lines ┬ flows ┬ inject FIFOs (2 per port) ┬ cores and sockets ┬ timers ┐
 *
 * Numbered by kind and then by target id: at one instant the lower number comes first (queue.ts).
 */
import { header, SLOT_BYTES } from './region';

export const NANOS_PER_SECOND: u64 = 1_000_000_000;
/** No event. */
export const NEVER: u64 = u64.MAX_VALUE;

@unmanaged
export class Slot {
  /** When its next event happens. */
  atNs: u64;
  /** Address of the slot behind it in its bucket (wheel.ts); 0 for none. */
  next: u32;
  /** Its cell (heap.ts); 0 for none. */
  place: u32;
}
if (offsetof<Slot>() > <usize>SLOT_BYTES) ERROR('Slot does not fit its slot');

// inline
export function slotAt(slot: u32): Slot {
  return changetype<Slot>(<usize>(header().slots + slot * SLOT_BYTES));
}

export function numberOf(slot: Slot): u32 {
  return (<u32>changetype<usize>(slot) - header().slots) / SLOT_BYTES;
}

/** By time, then by number, which is the order of addresses. */
// inline
export function isBefore(slot: Slot, other: Slot): bool {
  return slot.atNs < other.atNs || (slot.atNs === other.atNs && changetype<usize>(slot) < changetype<usize>(other));
}

export function initSlots(): void {
  const count = timerSlot(header().timerCount);
  for (let slot: u32 = 0; slot < count; slot++) slotAt(slot).atNs = NEVER;
}

export function flowSlot(flow: u32): u32 {
  return header().lineCount + flow;
}

/** @param fifo port * 2 + direction (layout.ts, INJECT_*). */
export function injectSlot(fifo: u32): u32 {
  const head = header();
  return head.lineCount + head.flowCount + fifo;
}

/** @param io number of a core or a socket among those of the lab. */
export function ioSlot(io: u32): u32 {
  const head = header();
  return head.lineCount + head.flowCount + head.portCount * 2 + io;
}

export function timerSlot(timer: u32): u32 {
  return ioSlot(header().ioCount + timer);
}
