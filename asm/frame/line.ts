/**
 * Lines. A line is one direction of a link: it has one rate, one latency, and a queue of frames in flight, first in, first out.
 *
 * Times are nanoseconds plus a remainder in picoseconds that stays with the line, so 67.2 ns per frame is exact over any number
 * of frames (COST-08).
 */

import * as L from '../memory/layout';
import { schedule } from '../memory/queue';
import { header, LINK_BYTES } from '../memory/region';
import { Buffer, Descriptor, freeDescriptor } from './buffer';

@unmanaged
export class Link {
  // What every frame needs, in one cache line.
  to: u32;
  /** Descriptors of frames waiting or in flight. */
  head: u32;
  tail: u32;
  frames: u32;
  /** Picoseconds per byte; 0 is an unlimited line. */
  psPerByte: u64;
  latencyNs: u64;
  /** Longest time a frame may wait for the line: the queue's bytes at the line's rate. */
  queueNs: u64;
  /** When the line is free again: nanoseconds and picoseconds. */
  freeNs: u64;
  lastArrivalNs: u64;
  freePs: u32;
  /** 1: whoever serves the far end takes frames when it likes (poll.ts); their arrivals are no events. */
  polled: u16;
  /** Whether loss, corruption or jitter is set: one question for the many lines that have none. */
  impaired: u16;

  from: u32;
  /** Event that set rate, latency or impairment last. */
  cause: u32;
  /** State of the direction's own random numbers; advanced only while an impairment needs them. */
  random: u64;
  jitterNs: u64;
  /** Chance of loss and of corruption, as a fraction of 2^32. */
  loss: u32;
  corruption: u32;
}

/** Preamble, start delimiter and gap between frames, in bytes. */
const LINE_OVERHEAD: u64 = 20;
const CHECK_SEQUENCE: u64 = 4;
const SHORTEST_ON_LINE: u64 = 60;

export function linkAt(index: u32): Link {
  return changetype<Link>(<usize>(header().links + index * LINK_BYTES));
}

/** Bytes a frame occupies on the line. */
// inline
export function lineBytes(length: u32, vlan: u32): u64 {
  const bytes: u64 = length + ((vlan & L.VLAN_TAGGED) !== 0 ? 4 : 0);
  return (bytes < SHORTEST_ON_LINE ? SHORTEST_ON_LINE : bytes) + CHECK_SEQUENCE + LINE_OVERHEAD;
}

// inline
export function append(index: u32, link: Link, descriptor: Descriptor): void {
  const at = <u32>changetype<usize>(descriptor);
  link.frames++;
  if (link.head === 0) {
    link.head = at;
    link.tail = at;
    if (link.polled === 0) schedule(index, descriptor.atNs);
    return;
  }
  changetype<Descriptor>(<usize>link.tail).next = at;
  link.tail = at;
}

/** Takes the frame at the head off the line and schedules the next. The caller gets the hold of its buffer. */
// inline
export function takeArrival(index: u32, link: Link, descriptor: Descriptor): Buffer {
  const buffer = changetype<Buffer>(<usize>descriptor.buffer);
  const next = descriptor.next;
  link.head = next;
  link.frames--;
  if (next === 0) link.tail = 0;
  // What brought it has been taken from the queue, so with nothing behind it the line has no time already.
  if (next !== 0 && link.polled === 0) schedule(index, changetype<Descriptor>(<usize>next).atNs);
  freeDescriptor(descriptor);
  return buffer;
}

/** Descriptor of the frame at the head. */
// inline
export function firstOf(link: Link): Descriptor {
  return changetype<Descriptor>(<usize>link.head);
}
