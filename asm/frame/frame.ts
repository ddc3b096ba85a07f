/**
 * Frames: buffers with reference counts, the descriptors that queue them, and the only ways a frame can end.
 *
 *   buffer  ┌ 0 refs ┬ 4 length ┬ 8 number ┬ 16 bornNs ┬ 24 cause ┬ 28 port ┬ 32 flow ┬ 36 seq ┬ 40 jumbo ┬ 64 bytes… ┐
 *
 * Copies of a frame share its buffer; an 802.1Q tag travels beside the bytes (`vlan` words), so copies with different
 * tags still share. Whoever changes bytes takes `ownFrame` first. Free buffers are reused last in, first out: few hot
 * buffers stay in the cache.
 */

import { DROP_POOL_EXHAUSTED } from '../../gen/asm/drop-reasons';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { BUFFER_HEADER_BYTES, freshBuffer, header } from '../memory/region';
import { flowAt, loseFrame } from '../run/flow';
import { countDrop } from './drop-run';
import { trace } from './trace';

@unmanaged
export class Buffer {
  /** Holders of this buffer. While it is free: the next free one. */
  refs: u32;
  /** Bytes without tag and frame check sequence. */
  length: u32;
  /** Birth order in the lab, from 1. */
  number: u64;
  bornNs: u64;
  /** Position of the event this frame exists for. */
  cause: u32;
  bornPort: u32;
  /** Index of its flow plus 1; 0 for none. */
  flow: u32;
  seq: u32;
  jumbo: u32;
}

@unmanaged
export class Descriptor {
  next: u32;
  buffer: u32;
  atNs: u64;
  vlan: u32;
}

// inline
export function bytesOf(buffer: Buffer): usize {
  return changetype<usize>(buffer) + BUFFER_HEADER_BYTES;
}

/** A free buffer for `length` bytes with one holder, or null. Its bytes are whatever was there before. */
// inline
function takeBuffer(length: u32): Buffer | null {
  const head = header();
  const jumbo = length > <u32>L.SMALL_FRAME_MAX;
  if (length > <u32>L.JUMBO_FRAME_MAX) return null;
  let at = jumbo ? head.freeJumbo : head.freeSmall;
  if (at === 0) {
    at = freshBuffer(jumbo);
    if (at === 0) return null;
  } else if (jumbo) head.freeJumbo = load<u32>(at);
  else head.freeSmall = load<u32>(at);
  head.buffersInUse++;
  const buffer = changetype<Buffer>(<usize>at);
  buffer.refs = 1;
  buffer.length = length;
  buffer.jumbo = jumbo ? 1 : 0;
  return buffer;
}

/**
 * A new frame of `length` bytes, numbered and counted as born at `port`; null when the pool is exhausted, which is
 * itself counted: the frame was born and dropped.
 */
// inline
export function bearFrame(port: u32, length: u32, cause: u32, flow: u32): Buffer | null {
  const head = header();
  const node = nodeAt(portAt(port).node);
  const number = head.nextNumber;
  head.nextNumber = number + 1;
  node.born++;
  const taken = takeBuffer(length);
  if (taken === null) {
    endDropped(port, DROP_POOL_EXHAUSTED, flow, head.nowNs);
    countDrop(port, DROP_POOL_EXHAUSTED, 0, number, 0, length, 0);
    return null;
  }
  const buffer = <Buffer>taken;
  buffer.number = number;
  buffer.bornNs = head.nowNs;
  buffer.cause = cause;
  buffer.bornPort = port;
  buffer.flow = flow;
  buffer.seq = 0;
  return buffer;
}

// inline
export function retain(buffer: Buffer): void {
  buffer.refs++;
}

/** Lets go of one hold. Nobody outside this file frees a frame: it is delivered, consumed or dropped. */
// inline
function letGo(buffer: Buffer): void {
  const refs = buffer.refs - 1;
  if (refs > 0) {
    buffer.refs = refs;
    return;
  }
  const head = header();
  const at = <u32>changetype<usize>(buffer);
  head.buffersInUse--;
  if (buffer.jumbo !== 0) {
    buffer.refs = head.freeJumbo;
    head.freeJumbo = at;
  } else {
    buffer.refs = head.freeSmall;
    head.freeSmall = at;
  }
}

/** The bytes may be written: this buffer, or a copy when others hold it too. Null when the pool is exhausted. */
export function ownFrame(buffer: Buffer): Buffer | null {
  if (buffer.refs === 1) return buffer;
  const taken = takeBuffer(buffer.length);
  if (taken === null) return null;
  const copy = <Buffer>taken;
  copy.number = buffer.number;
  copy.bornNs = buffer.bornNs;
  copy.cause = buffer.cause;
  copy.bornPort = buffer.bornPort;
  copy.flow = buffer.flow;
  copy.seq = buffer.seq;
  memory.copy(bytesOf(copy), bytesOf(buffer), buffer.length);
  letGo(buffer);
  return copy;
}

function endDropped(port: u32, reason: u32, flow: u32, bornNs: u64): void {
  nodeAt(portAt(port).node).dropped++;
  portAt(port).drops++;
  if (flow !== 0) loseFrame(flowAt(flow - 1), port, reason, bornNs);
}

/**
 * Ends one frame (or one copy): dropped at a port, for a numbered reason, because of the event at position `cause`.
 * Counts it for its node, port and flow, and puts it into the run of drops that becomes an event.
 */
export function dropFrame(buffer: Buffer, vlan: u32, port: u32, reason: u32, cause: u32): void {
  endDropped(port, reason, buffer.flow, buffer.bornNs);
  trace(port, L.TRACE_DROPPED, reason, cause, buffer, vlan);
  countDrop(port, reason, cause, buffer.number, bytesOf(buffer), buffer.length, vlan);
  letGo(buffer);
}

/** Ends one frame: it reached the end host it was for. */
// inline
export function deliverFrame(buffer: Buffer, port: u32): void {
  nodeAt(portAt(port).node).delivered++;
  letGo(buffer);
}

/** Ends one frame: an agent took it, or it left the lab. */
export function consumeFrame(buffer: Buffer, port: u32): void {
  nodeAt(portAt(port).node).consumed++;
  letGo(buffer);
}

/**
 * Ends a fan-out that retained the frame once per recipient: all but the first were copies.
 * @param recipients how many were served or refused; with none the frame itself is dropped.
 */
export function endFan(buffer: Buffer, vlan: u32, port: u32, recipients: u32, reason: u32, cause: u32): void {
  if (recipients === 0) {
    dropFrame(buffer, vlan, port, reason, cause);
    return;
  }
  if (recipients > 1) {
    nodeAt(portAt(port).node).copied += recipients - 1;
    if (buffer.flow !== 0) flowAt(buffer.flow - 1).copied += recipients - 1;
  }
  letGo(buffer);
}

/** A descriptor for a buffer, or null when all are queued. */
// inline
export function takeDescriptor(buffer: Buffer, vlan: u32, atNs: u64): Descriptor | null {
  return header().freeDescriptor === 0 ? null : nextDescriptor(buffer, vlan, atNs);
}

/** The same, where one is free. */
// inline
export function nextDescriptor(buffer: Buffer, vlan: u32, atNs: u64): Descriptor {
  const head = header();
  const at = head.freeDescriptor;
  head.freeDescriptor = load<u32>(at);
  head.descriptorsInUse++;
  const descriptor = changetype<Descriptor>(<usize>at);
  descriptor.next = 0;
  descriptor.buffer = <u32>changetype<usize>(buffer);
  descriptor.atNs = atNs;
  descriptor.vlan = vlan;
  return descriptor;
}

// inline
export function freeDescriptor(descriptor: Descriptor): void {
  const head = header();
  head.descriptorsInUse--;
  descriptor.next = head.freeDescriptor;
  head.freeDescriptor = <u32>changetype<usize>(descriptor);
}

// ── Ethernet fields. The buffer is longer than any field, so these never read outside it. ──────────────────────────

// Addresses are numbers in wire order everywhere in the region: as eight bytes of a frame load, without the two that are not
// theirs, so that a look-up turns no bytes around. The control door turns them (`wireOrder`), outside of any frame's path.

/** Shortest frame that has a header at all; shorter ones are runts. */
export const ETHERNET_HEADER: u32 = 14;
export const BROADCAST: u64 = 0xffffffffffff;

/** An address in wire order from one whose first byte is the most significant, or back. */
export function wireOrder(mac: u64): u64 {
  return bswap<u64>(mac) >> 16;
}

// inline
export function macAt(at: usize): u64 {
  return load<u64>(at) & BROADCAST;
}

// inline
export function destinationOf(bytes: usize): u64 {
  return macAt(bytes);
}

// inline
export function sourceOf(bytes: usize): u64 {
  return load<u64>(bytes + 4) >> 16;
}

export const ETHERTYPE_IPV4: u32 = 0x0800;
export const ETHERTYPE_ARP: u32 = 0x0806;
export const ETHERTYPE_IPV6: u32 = 0x86dd;

export function etherTypeOf(bytes: usize): u32 {
  return bswap<u16>(load<u16>(bytes + 12));
}

// inline
export function isGroup(mac: u64): bool {
  return (mac & 1) !== 0;
}

// inline
export function storeMac(at: usize, mac: u64): void {
  store<u32>(at, <u32>mac);
  store<u16>(at + 4, <u16>(mac >> 32));
}
