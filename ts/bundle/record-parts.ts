/**
 * Records in the files of a bundle: `records/0000000001` and so on, named by their first position. A file holds Record messages
 * (proto/switchback/v1), each behind its length as a varint, as protobuf's `writeDelimitedTo` and its relatives write a row of messages.
 *
 * When a record was written and by which command are left out: they are no behaviour, and the same history shall be the same archive.
 */
import { decodeRecordIn, encodeRecord } from '../model/events/codec.ts';
import { Undecodable } from '../model/events/codec-strict.ts';
import type { Position } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import { BundleDamaged } from './bundle-errors.ts';
import type { TarFile } from './tar.ts';

const FOLDER = 'records/';
const NAME_DIGITS = 10;
/** A file ends with the record that fills it: a reader holds about this much at a time. */
const PART_BYTES = 1 << 20;
/** Lengths have at most four bytes of varint: longer than any file of an archive. */
const LENGTH_BYTES_MAX = 4;

export function isRecordPart(name: string): boolean {
  return name.startsWith(FOLDER);
}

/** Gathers records into files. The files depend on the records alone, not on how they come. */
export class PartWriter {
  #first: Position = 0;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** Takes the next record. Returns the file that it filled, or null. */
  add(record: LogRecord): TarFile | null {
    if (this.#pieces.length === 0) this.#first = record.position;
    const bytes = encodeRecord('', { ...record, recordedAtMs: 0, commandId: '' });
    const length = varint(bytes.length);
    this.#pieces.push(length, bytes);
    this.#bytes += length.length + bytes.length;
    return this.#bytes < PART_BYTES ? null : this.finish();
  }

  /** The file of the records that none holds yet; null when there are none. */
  finish(): TarFile | null {
    if (this.#pieces.length === 0) return null;
    const bytes = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#bytes = 0;
    return { name: `${FOLDER}${String(this.#first).padStart(NAME_DIGITS, '0')}`, bytes };
  }
}

/** The records of a file. @throws BundleDamaged at the first that cannot be read. */
export function readPart({ name, bytes }: TarFile): LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { length, start } = lengthAt(name, bytes, at);
    if (start + length > bytes.length) throw new BundleDamaged(`${name}, byte ${at}: the file ends inside a record`);
    records.push(recordIn(name, bytes, start, start + length));
    at = start + length;
  }
  return records;
}

function recordIn(name: string, bytes: Uint8Array, start: number, end: number): LogRecord {
  try {
    return decodeRecordIn(bytes, start, end).record;
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    throw new BundleDamaged(`${name}, byte ${start}: ${error.message}`, { cause: error });
  }
}

function lengthAt(name: string, bytes: Uint8Array, at: number): { readonly length: number; readonly start: number } {
  let length = 0;
  for (let i = 0; i < LENGTH_BYTES_MAX; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { length, start: at + i + 1 };
  }
  throw new BundleDamaged(`${name}, byte ${at}: expected the length of a record`);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.of(...bytes, rest);
}
