/**
 * Frame buffers with reference counts, and the descriptors that queue them.
 *
 *   buffer  ┌ 0 refs ┬ 4 length ┬ 8 number ┬ 16 bornNs ┬ 24 cause ┬ 28 port ┬ 32 flow ┬ 36 seq ┬ 40 jumbo ┬ 64 bytes… ┐
 *
 * Copies of a frame share its buffer; an 802.1Q tag travels beside the bytes (`vlan` words), so copies with different tags
 * still share. Free buffers are reused last in, first out: a few hot buffers stay in the cache.
 */
import * as L from '../memory/layout';
import { BUFFER_HEADER_BYTES, DESCRIPTOR_BYTES, freshBuffer, header } from '../memory/region';

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
if (offsetof<Buffer>() > <usize>BUFFER_HEADER_BYTES) ERROR('Buffer does not fit its slot');

@unmanaged
export class Descriptor {
  next: u32;
  buffer: u32;
  atNs: u64;
  vlan: u32;
  /** Of a corrupted frame on a line: the event that the corruption is blamed on. Otherwise without meaning. */
  cause: u32;
}
if (offsetof<Descriptor>() > <usize>DESCRIPTOR_BYTES) ERROR('Descriptor does not fit its slot');

// inline
export function bytesOf(buffer: Buffer): usize {
  return changetype<usize>(buffer) + BUFFER_HEADER_BYTES;
}

/** A free buffer for `length` bytes with one holder, or null. Its bytes are those of the frame before. */
// inline
export function takeBuffer(length: u32): Buffer | null {
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

// inline
export function retain(buffer: Buffer): void {
  buffer.refs++;
}

/** Releases one hold. Only frame.ts calls it: other code delivers, consumes or drops a frame. */
// inline
export function letGo(buffer: Buffer): void {
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

/** A descriptor for a buffer, or null when all are queued. */
// inline
export function takeDescriptor(buffer: Buffer, vlan: u32, atNs: u64): Descriptor | null {
  const free = header().freeDescriptor;
  return free === 0 ? null : nextDescriptor(free, buffer, vlan, atNs);
}

/** The same with the first free one, where there is one. */
// inline
export function nextDescriptor(at: u32, buffer: Buffer, vlan: u32, atNs: u64): Descriptor {
  const head = header();
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
