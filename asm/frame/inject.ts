/**
 * Frames from outside: the host writes records into the inject ring, `run` takes them in before it does anything else.
 * Each waits in a queue of its port and direction until its time; frames of one instant leave in the order they came.
 */

import { DROP_FRAME_TOO_LONG, DROP_POOL_EXHAUSTED } from '../../gen/asm/drop-reasons';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { schedule } from '../memory/queue';
import { FIFO_BYTES, header, IO } from '../memory/region';
import { injectSlot, NEVER } from '../memory/slot';
import { Buffer, bytesOf, Descriptor, freeDescriptor, takeDescriptor } from './buffer';
import { countDrop } from './drop-run';
import { bearFrame, dropFrame } from './frame';

/** Head and tail of one queue of descriptors. */
@unmanaged
class Fifo {
  head: u32;
  tail: u32;
}
if (offsetof<Fifo>() > <usize>FIFO_BYTES) ERROR('Fifo does not fit its slot');

const TAG_PROTOCOL: u16 = 0x0081;

function fifoAt(index: u32): Fifo {
  return changetype<Fifo>(<usize>(header().injects + index * FIFO_BYTES));
}

/** Takes in everything the host wrote. */
export function ingest(): void {
  const used = load<u32>(IO + L.IO_INJECT_USED);
  if (used === 0) return;
  const start: usize = load<u32>(IO + L.IO_INJECT_AT);
  let at = start;
  while (at < start + used) {
    const length = load<u32>(at + L.INJECT_LENGTH);
    ingestOne(at, length);
    at += (<usize>L.INJECT_BYTES + length + 7) & ~7;
  }
  store<u32>(IO + L.IO_INJECT_USED, 0);
}

function ingestOne(at: usize, length: u32): void {
  const port = load<u32>(at + L.INJECT_PORT);
  const source = at + L.INJECT_BYTES;
  const tagged = length >= 18 && load<u16>(source + 12) === TAG_PROTOCOL;
  const kept = tagged ? length - 4 : length;
  const cause = load<u32>(at + L.INJECT_CAUSE);
  if (kept > <u32>L.JUMBO_FRAME_MAX) {
    dropOversized(port, source, length, cause);
    return;
  }
  const born = bearFrame(port, kept, cause, 0);
  if (born === null) return;
  const buffer = <Buffer>born;
  const atNs = load<u64>(at + L.INJECT_AT_NS);
  const vlan = tagged ? L.VLAN_TAGGED | <u32>bswap<u16>(load<u16>(source + 14)) : load<u32>(at + L.INJECT_VLAN);
  buffer.bornNs = atNs;
  if (load<u32>(at + L.INJECT_DIRECTION) === <u32>L.INJECT_RECEIVED) buffer.bornPort = L.NONE;
  const bytes = bytesOf(buffer);
  if (tagged) {
    memory.copy(bytes, source, 12);
    memory.copy(bytes + 12, source + 16, kept - 12);
  } else {
    memory.copy(bytes, source, kept);
  }
  // Fields of a truncated frame read as zero, not as the bytes of the frame before.
  if (kept < 64) memory.fill(bytes + kept, 0, 64 - kept);
  const descriptor = takeDescriptor(buffer, vlan, atNs);
  if (descriptor === null) dropFrame(buffer, vlan, port, DROP_POOL_EXHAUSTED, 0);
  else enqueue(port, port * 2 + load<u32>(at + L.INJECT_DIRECTION), <Descriptor>descriptor);
}

/** No buffer is that long: the frame is born and dropped at once, and counted like any other. */
function dropOversized(port: u32, source: usize, length: u32, cause: u32): void {
  const head = header();
  const number = head.nextNumber;
  const node = nodeAt(portAt(port).node);
  head.nextNumber = number + 1;
  node.born++;
  node.dropped++;
  portAt(port).drops++;
  countDrop(port, DROP_FRAME_TOO_LONG, 1, cause, number, source, length, 0);
}

/** Puts a frame into its queue by time, behind those of the same instant: the host may inject in any order. */
function enqueue(port: u32, index: u32, descriptor: Descriptor): void {
  const fifo = fifoAt(index);
  const at = <u32>changetype<usize>(descriptor);
  nodeAt(portAt(port).node).waiting++;
  if (fifo.head === 0 || descriptor.atNs < changetype<Descriptor>(<usize>fifo.head).atNs) {
    descriptor.next = fifo.head;
    fifo.head = at;
    if (descriptor.next === 0) fifo.tail = at;
    schedule(injectSlot(index), descriptor.atNs);
    return;
  }
  const before = lastNotAfter(fifo, descriptor.atNs);
  descriptor.next = before.next;
  before.next = at;
  if (descriptor.next === 0) fifo.tail = at;
}

/** The last frame of a queue whose time is not after `atNs`; the head's is not. Most frames come in order: the tail first. */
function lastNotAfter(fifo: Fifo, atNs: u64): Descriptor {
  const tail = changetype<Descriptor>(<usize>fifo.tail);
  if (tail.atNs <= atNs) return tail;
  let before = changetype<Descriptor>(<usize>fifo.head);
  while (changetype<Descriptor>(<usize>before.next).atNs <= atNs) before = changetype<Descriptor>(<usize>before.next);
  return before;
}

/** A packet that a port's node made leaves at a time, by the node's routes. */
export function routeLater(port: u32, buffer: Buffer, atNs: u64): void {
  const descriptor = takeDescriptor(buffer, L.INJECT_ROUTED, atNs);
  if (descriptor === null) dropFrame(buffer, 0, port, DROP_POOL_EXHAUSTED, 0);
  else enqueue(port, port * 2 + L.INJECT_SENT, <Descriptor>descriptor);
}

/** VLAN word of the frame whose time has come. */
export function injectedVlan(index: u32): u32 {
  return changetype<Descriptor>(<usize>fifoAt(index).head).vlan;
}

/** Takes that frame. The caller gets the hold of its buffer. */
export function takeInjected(index: u32): Buffer {
  const fifo = fifoAt(index);
  const descriptor = changetype<Descriptor>(<usize>fifo.head);
  const buffer = changetype<Buffer>(<usize>descriptor.buffer);
  fifo.head = descriptor.next;
  if (fifo.head === 0) fifo.tail = 0;
  schedule(injectSlot(index), fifo.head === 0 ? NEVER : changetype<Descriptor>(<usize>fifo.head).atNs);
  freeDescriptor(descriptor);
  nodeAt(portAt(index >> 1).node).waiting--;
  return buffer;
}
