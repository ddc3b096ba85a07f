/**
 * Lines. A line is one direction of a link: it has one rate, one latency, and a queue of frames in flight, first in, first out.
 *
 * Times are nanoseconds plus a remainder in picoseconds that stays with the line, so 67.2 ns per frame is exact over any number
 * of frames (COST-08). A rate that is no whole number of picoseconds per byte has a fraction, which leaves a remainder of its own
 * (VF-14).
 */

import * as L from '../memory/layout';
import { isDefined } from '../memory/origin';
import { schedule } from '../memory/queue';
import { header, LINE_BYTES } from '../memory/region';
import { Buffer, Descriptor, freeDescriptor } from './buffer';

@unmanaged
export class Line {
  // The fields that every frame needs are in one cache line.
  to: u32;
  /** Descriptors of frames waiting or in flight. */
  head: u32;
  tail: u32;
  frames: u32;
  /** Whole picoseconds per byte; 0 is an unlimited line. */
  psPerByte: u64;
  latencyNs: u64;
  /** Longest time a frame may wait for the line: the queue's bytes at the line's rate. */
  queueNs: u64;
  /** When the line is free again: nanoseconds and picoseconds. */
  freeNs: u64;
  lastArrivalNs: u64;
  freePs: u32;
  /** 1: the code that serves the far end takes frames when it likes (poll.ts); their arrivals create no events. */
  polled: u16;
  /** Whether loss, corruption, jitter or a fraction is set: one test for the many lines that have none. */
  impaired: u16;

  from: u32;
  /** Event that set rate, latency or impairment last. */
  cause: u32;
  /** State of the line's own random numbers; it advances only while an impairment needs one. */
  random: u64;
  jitterNs: u64;
  /** Chance of loss and of corruption, as a fraction of 2^32. */
  loss: u32;
  corruption: u32;
  /** Until then the line is busy with what it took before it was changed, and the event that had set it then. */
  backlogNs: u64;
  backlogCause: u32;
  /** Of the queue that was full last: the event that a frame in it exists for, and until when it is that queue. */
  fillerCause: u32;
  fillerUntilNs: u64;
  /** What a byte takes beyond whole picoseconds, and what of that is left over, of a picosecond in 2^32 parts. */
  fraction: u32;
  freeFraction: u32;
}
if (offsetof<Line>() > <usize>LINE_BYTES) ERROR('Line does not fit its slot');

/** Preamble, start delimiter and gap between frames, in bytes. */
const LINE_OVERHEAD: u64 = 20;
const SHORTEST: u64 = L.SHORTEST_FRAME_BYTES;

export function lineAt(index: u32): Line {
  return changetype<Line>(<usize>(header().lines + index * LINE_BYTES));
}

/** Bytes a frame occupies on the line. */
// inline
export function lineBytes(length: u32, vlan: u32): u64 {
  const bytes: u64 = length + ((vlan & L.VLAN_TAGGED) !== 0 ? L.TAG_BYTES : 0);
  return (bytes < SHORTEST ? SHORTEST : bytes) + L.CHECK_SEQUENCE_BYTES + LINE_OVERHEAD;
}

/** Whole picoseconds that the fractions of a frame's bytes come to. @param isBusy the line still has what is left over of others */
export function fractionPs(line: Line, bytes: u64, isBusy: bool): u64 {
  const parts = bytes * line.fraction + (isBusy ? line.freeFraction : 0);
  line.freeFraction = <u32>parts;
  return parts >> 32;
}

// inline
export function append(index: u32, line: Line, descriptor: Descriptor): void {
  const at = <u32>changetype<usize>(descriptor);
  line.frames++;
  if (line.head === 0) {
    line.head = at;
    line.tail = at;
    if (line.polled === 0) schedule(index, descriptor.atNs);
    return;
  }
  changetype<Descriptor>(<usize>line.tail).next = at;
  line.tail = at;
}

/** Takes the frame at the head off the line and schedules the next. The caller gets the hold of its buffer. */
// inline
export function takeArrival(index: u32, line: Line, descriptor: Descriptor): Buffer {
  const buffer = changetype<Buffer>(<usize>descriptor.buffer);
  const next = descriptor.next;
  line.head = next;
  line.frames--;
  // The line's event has left the queue, so a line without another frame needs no call.
  if (next === 0) line.tail = 0;
  else if (line.polled === 0) schedule(index, changetype<Descriptor>(<usize>next).atNs);
  freeDescriptor(descriptor);
  return buffer;
}

/** The latest event that happened for which a frame on the line exists. Looked for once in the time that the queue takes to empty. */
export function fillerOf(line: Line): u32 {
  const now = header().nowNs;
  if (now < line.fillerUntilNs) return line.fillerCause;
  let cause: u32 = 0;
  for (let at = line.head; at !== 0; at = changetype<Descriptor>(<usize>at).next) {
    const other = changetype<Buffer>(<usize>changetype<Descriptor>(<usize>at).buffer).cause;
    if (other > cause && !isDefined(other)) cause = other;
  }
  line.fillerCause = cause;
  line.fillerUntilNs = line.freeNs;
  return cause;
}

/** Descriptor of the frame at the head. */
// inline
export function firstOf(line: Line): Descriptor {
  return changetype<Descriptor>(<usize>line.head);
}
