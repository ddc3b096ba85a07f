/**
 * The wheel: slots whose time is near, in buckets of 16 ns, each in order. Inserting a slot and finding the first take the same few
 * instructions however many slots there are, save those of one bucket; a heap takes branches that the processor cannot predict.
 *
 *   now ─►│ bucket │ bucket │ … 4096, then the first again: every slot on the wheel is due within one turn of the wheel
 *   mark:     1        0        a bit for each bucket that has slots, and a bit for each 64 buckets that have bits
 *
 * Nothing moves as time goes on: a slot leaves its bucket when it is due, or when it gets another time.
 */
import { header, WHEEL_BUCKETS } from './region';
import { isBefore, Slot } from './slot';

/** Of a bucket, in nanoseconds, as a power of two. */
const WIDTH_BITS: u64 = 4;
/** Slots of a bucket that are passed to find a place. A broadcast reaches a thousand hosts at one instant: each would pass all before it. */
const CROWD: u32 = 32;
/** Bytes of the heads of buckets; a mark of 64 buckets each follows. */
const MARKS: usize = WHEEL_BUCKETS * 4;

/** Whether a time lies within one turn of the wheel from now. */
// inline
export function isNear(atNs: u64): bool {
  return (atNs >> WIDTH_BITS) - (header().nowNs >> WIDTH_BITS) < <u64>WHEEL_BUCKETS;
}

// inline
function bucketOf(atNs: u64): u32 {
  return <u32>(atNs >> WIDTH_BITS) & (WHEEL_BUCKETS - 1);
}

// inline
function headAt(bucket: u32): usize {
  return <usize>(header().wheel + bucket * 4);
}

// inline
function markAt(word: u32): usize {
  return <usize>(header().wheel + word * 8) + MARKS;
}

/** False where its bucket is crowded: the heap takes it, and order is the same wherever a slot is (queue.ts). */
export function putOnWheel(slot: Slot): bool {
  const head = header();
  const bucket = bucketOf(slot.atNs);
  let pointer = headAt(bucket);
  let behind = load<u32>(pointer);
  if (behind === 0) {
    const word = bucket >> 6;
    const mark = markAt(word);
    store<u64>(mark, load<u64>(mark) | ((<u64>1) << (<u64>bucket & 63)));
    head.wheelMarks |= (<u64>1) << (<u64>word);
  }
  let passed: u32 = 0;
  while (behind !== 0 && isBefore(changetype<Slot>(<usize>behind), slot)) {
    if (++passed > CROWD) return false;
    pointer = <usize>behind + offsetof<Slot>('next');
    behind = load<u32>(pointer);
  }
  slot.next = behind;
  store<u32>(pointer, <u32>changetype<usize>(slot));
  return true;
}

export function takeOffWheel(slot: Slot): void {
  const bucket = bucketOf(slot.atNs);
  const first = headAt(bucket);
  let pointer = first;
  while (load<u32>(pointer) !== <u32>changetype<usize>(slot)) pointer = <usize>load<u32>(pointer) + offsetof<Slot>('next');
  store<u32>(pointer, slot.next);
  if (load<u32>(first) !== 0) return;
  const word = bucket >> 6;
  const mark = load<u64>(markAt(word)) & ~((<u64>1) << (<u64>bucket & 63));
  store<u64>(markAt(word), mark);
  if (mark === 0) header().wheelMarks &= ~((<u64>1) << (<u64>word));
}

/** The first slot on the wheel; null when it is empty. */
export function firstOnWheel(): Slot | null {
  const head = header();
  const now = bucketOf(head.nowNs);
  let word = now >> 6;
  let marks = load<u64>(markAt(word)) & (~(<u64>0) << (<u64>now & 63));
  if (marks === 0) {
    const words = head.wheelMarks;
    if (words === 0) return null;
    // Words behind this one come first; then, one turn later, the words before it and the buckets before now in this word.
    const ahead = words & ((~(<u64>0) << (<u64>word)) << 1);
    word = <u32>ctz(ahead !== 0 ? ahead : words);
    marks = load<u64>(markAt(word));
  }
  return changetype<Slot>(<usize>load<u32>(headAt((word << 6) + <u32>ctz(marks))));
}
