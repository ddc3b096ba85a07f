/**
 * A record as a message of the event topic: key = lab, value = proto Record, and one header for people with other tools. Not
 * more: five cost 40 % of throughput, and lab and position are in key and value. A message without a value is a tombstone: the lab of that name is forgotten, and what
 * follows belongs to another one.
 */
import type { Message } from 'kafkajs';
import { bodyType, decodeRecord, encodeRecord, type LabRecord } from '../../model/events/codec.ts';
import { Undecodable } from '../../model/events/codec-strict.ts';
import type { LogRecord } from '../../model/events/record.ts';

/** Of a message besides key, value and headers, about: for keeping requests below a size. */
const OVERHEAD_BYTES = 100;

export interface EventMessage extends Message {
  readonly partition: number;
}

export function recordMessage(partition: number, lab: string, record: LogRecord): EventMessage {
  const headers = { ce_type: typeOf(record) };
  return { partition, key: lab, value: asBuffer(encodeRecord(lab, record)), headers };
}

export function tombstone(partition: number, lab: string): EventMessage {
  return { partition, key: lab, value: null };
}

/** No lab has this name. */
const NOBODY = '';

/** Says nothing of any lab: it is there for the marker that follows it (PartitionWriter.seen). */
export function filler(partition: number): EventMessage {
  return { partition, key: NOBODY, value: null };
}

export function isFiller(lab: string, value: Uint8Array | null): boolean {
  return lab === NOBODY && value === null;
}

export function bytesOf(message: EventMessage): number {
  return OVERHEAD_BYTES + (message.value?.length ?? 0);
}

/** The content of a message of the event topic: a record, the removal of a lab, or unreadable bytes. */
export type EventContent = LabRecord | 'forget' | Undecodable;

export function contentOf(lab: string, value: Uint8Array | null): EventContent {
  if (value === null) return 'forget';
  try {
    const decoded = decodeRecord(value);
    if (decoded.lab === lab) return decoded;
    return new Undecodable(`a record of lab ${decoded.lab} under the key of lab ${lab}`);
  } catch (error) {
    if (error instanceof Undecodable) return error;
    throw error;
  }
}

/** The same bytes as a Buffer, which is what kafkajs writes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The type as CloudEvents names it. A body that this version cannot read is stored all the same. */
function typeOf({ body }: LogRecord): string {
  try {
    return `switchback.v1.${bodyType(body)}`;
  } catch (error) {
    if (error instanceof Undecodable) return 'switchback.v1.Unknown';
    throw error;
  }
}
