/**
 * The two values of the embedded store, each with a CRC over its key and itself: lmdb has no checksums, and a value that
 * turns up under another key must not pass.
 *
 *   batch    0      4             8        12           16
 *            ┌──────┬─────────────┬────────┬────────────┬─────────────────────────────────────┐
 *            │ "SB1"│ incarnation │ count  │ crc-32     │ count x (u32 length, encoded Record) │
 *            └──────┴─────────────┴────────┴────────────┴─────────────────────────────────────┘
 *   header   0      4             8        12           16
 *            ┌──────┬─────────────┬────────┬────────────┐
 *            │ "SH1"│ incarnation │removed │ crc-32     │
 *            └──────┴─────────────┴────────┴────────────┘
 *
 * Integers are 32 bits, least byte first. The CRC is taken with its own field zero.
 */
import { crc32 } from 'node:zlib';
import { CHAIN_START, nextChain, sameBytes } from '../../model/events/chain.ts';
import { decodeRecord, decodeRecordIn, encodeRecord } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';
import { asDamage } from '../checks.ts';
import { LogDamaged, type LogRecord } from '../event-log.ts';
import { encodeKey } from './key.ts';

const BATCH_MAGIC = 0x0031_4253;
const HEADER_MAGIC = 0x0031_4853;
const MAGIC_AT = 0;
const INCARNATION_AT = 4;
const COUNT_AT = 8;
const CRC_AT = 12;
const PREFIX_BYTES = 16;
const LENGTH_BYTES = 4;

/** Tells a lab from an earlier one of the same name. */
export interface LabHeader {
  /** How often a lab of this name was made, from 1. */
  readonly incarnation: number;
  /** The lab is gone; what is left of it is the count. */
  readonly removed: boolean;
}

export interface Batch {
  readonly incarnation: number;
  /** At least one; positions contiguous from the batch's key. */
  readonly records: readonly LogRecord[];
}

export interface BatchEnd {
  readonly incarnation: number;
  readonly last: LogRecord;
}

export function encodeHeader(lab: string, header: LabHeader): Buffer {
  return sealed(encodeKey(lab, 0), HEADER_MAGIC, header.incarnation, Number(header.removed), []);
}

/** @throws LogDamaged */
export function decodeHeader(lab: string, value: Buffer): LabHeader {
  const problem = sealProblem(lab, 0, value, HEADER_MAGIC);
  if (problem !== null) throw new LogDamaged(lab, 0, problem);
  return { incarnation: value.readUInt32LE(INCARNATION_AT), removed: value.readUInt32LE(COUNT_AT) !== 0 };
}

export function encodeBatch(lab: string, incarnation: number, records: readonly LogRecord[]): Buffer {
  const first = records[0];
  if (first === undefined) throw new RangeError('a batch has at least one record');
  const parts: Uint8Array[] = [];
  for (const record of records) {
    const bytes = encodeRecord('', record);
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
  }
  return sealed(encodeKey(lab, first.position), BATCH_MAGIC, incarnation, records.length, parts);
}

/**
 * The records of the batch stored under (lab, first), or those of them from `from` to `to`: decoding more than a reader wants is most
 * of what a short read costs.
 * @throws LogDamaged at the first record that does not hold together, or at `first` when that cannot be told.
 */
export function decodeBatch(
  lab: string,
  first: Position,
  value: Buffer,
  from: Position = first,
  to: Position = Number.POSITIVE_INFINITY,
): Batch {
  const frames = framesOf(lab, first, value);
  const end = Math.min(frames.starts.length, to - first + 1);
  const records: LogRecord[] = [];
  for (let index = Math.max(0, from - first); index < end; index++) records.push(recordOf(lab, first, frames, index));
  return { incarnation: value.readUInt32LE(INCARNATION_AT), records };
}

/** Like `decodeBatch`, but also returns the end of the batch. */
export function decodeBatchEnd(lab: string, first: Position, value: Buffer): BatchEnd {
  const frames = framesOf(lab, first, value);
  const last = recordOf(lab, first, frames, frames.starts.length - 1);
  return { incarnation: value.readUInt32LE(INCARNATION_AT), last };
}

/** Where the encoded records of a batch lie, at least one. */
interface Frames {
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** A batch is whole or it is nothing. */
function framesOf(lab: string, first: Position, value: Buffer): Frames {
  const problem = sealProblem(lab, first, value, BATCH_MAGIC);
  if (problem !== null) throw new LogDamaged(lab, first + soundRecords(first, value), problem);
  const count = value.readUInt32LE(COUNT_AT);
  const starts: number[] = [];
  const ends: number[] = [];
  let at = PREFIX_BYTES;
  while (at < value.length) {
    if (at + LENGTH_BYTES > value.length) throw new LogDamaged(lab, first, 'its batch ends inside a length');
    const end = at + LENGTH_BYTES + value.readUInt32LE(at);
    if (end > value.length) throw new LogDamaged(lab, first, 'its batch ends inside a record');
    starts.push(at + LENGTH_BYTES);
    ends.push(end);
    at = end;
  }
  if (count === 0 || starts.length !== count) {
    throw new LogDamaged(lab, first, `its batch has ${starts.length} of ${count} records`);
  }
  return { bytes: new Uint8Array(value.buffer, value.byteOffset, value.byteLength), starts, ends };
}

/**
 * How many records at the head of a damaged batch still hold together: decode, stand at their position, and are linked to the
 * one before. Zero when all do: then the damage is where no link reaches, and the whole batch is in doubt.
 */
function soundRecords(first: Position, value: Buffer): number {
  let previous = first === 1 ? CHAIN_START : null;
  let sound = 0;
  for (let at = PREFIX_BYTES; at + LENGTH_BYTES <= value.length; sound++) {
    const end = at + LENGTH_BYTES + value.readUInt32LE(at);
    const record = end > value.length ? null : tryDecode(value.subarray(at + LENGTH_BYTES, end));
    if (record === null || record.position !== first + sound) return sound;
    if (previous !== null && !sameBytes(nextChain(previous, record.body), record.chain)) return sound;
    previous = record.chain;
    at = end;
  }
  return 0;
}

function tryDecode(bytes: Buffer): LogRecord | null {
  try {
    return decodeRecord(bytes).record;
  } catch {
    return null;
  }
}

function recordOf(lab: string, first: Position, { bytes, starts, ends }: Frames, index: number): LogRecord {
  try {
    return decodeRecordIn(bytes, starts[index] ?? 0, ends[index] ?? 0).record;
  } catch (error) {
    throw asDamage(lab, first + index, error);
  }
}

function sealed(key: Buffer, magic: number, incarnation: number, count: number, parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat([Buffer.alloc(PREFIX_BYTES), ...parts]);
  value.writeUInt32LE(magic, MAGIC_AT);
  value.writeUInt32LE(incarnation, INCARNATION_AT);
  value.writeUInt32LE(count, COUNT_AT);
  value.writeUInt32LE(crc32(value, crc32(key)), CRC_AT);
  return value;
}

/** Describes a wrong magic or checksum of a value; null if both are right. */
function sealProblem(lab: string, position: Position, value: Buffer, magic: number): string | null {
  if (value.length < PREFIX_BYTES || value.readUInt32LE(MAGIC_AT) !== magic) return 'what is stored there is not ours';
  const key = crc32(encodeKey(lab, position));
  const head = crc32(Buffer.alloc(PREFIX_BYTES - CRC_AT), crc32(value.subarray(0, CRC_AT), key));
  const whole = crc32(value.subarray(PREFIX_BYTES), head);
  return whole === value.readUInt32LE(CRC_AT) ? null : 'what is stored there fails its checksum';
}
