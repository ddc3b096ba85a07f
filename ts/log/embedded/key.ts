/**
 * Keys of the embedded store: the lab's name, a NUL, and a position in 8 bytes, biggest first, so that a lab's batches lie
 * together and in order. Position 0 is the lab's header.
 *
 * Spelt out as bytes, because the number keys of the lmdb package lose key 0 in a reversed range (version 3.5.6).
 */
import type { Position } from '../../model/events/events.ts';

const POSITION_BYTES = 8;

export interface BatchKey {
  readonly lab: string;
  readonly first: Position;
}

export function encodeKey(lab: string, first: Position): Buffer {
  const name = Buffer.byteLength(lab);
  const key = Buffer.alloc(name + 1 + POSITION_BYTES);
  key.write(lab);
  key.writeBigUInt64BE(BigInt(first), name + 1);
  return key;
}

/** The first key that is greater than all keys of a lab. */
export function keyAfter(lab: string): Buffer {
  return Buffer.concat([Buffer.from(lab), Buffer.of(1)]);
}

/** Null when the bytes are no key of ours. */
export function decodeKey(key: Uint8Array): BatchKey | null {
  const buffer = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const name = buffer.length - 1 - POSITION_BYTES;
  if (name < 1 || buffer[name] !== 0) return null;
  const first = buffer.readBigUInt64BE(name + 1);
  if (first > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return { lab: buffer.toString('utf8', 0, name), first: Number(first) };
}
