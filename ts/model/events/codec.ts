/**
 * Events and records as bytes: protobuf, the messages of proto/switchback/v1/.
 *
 * Every field of an event must be there, with its own type, and nothing else; what fails is a TypeError. Decoding trusts
 * nothing: whatever the bytes, it answers an event or throws `Undecodable` (codec-strict.ts).
 *
 * Decoded `data` *is* the protobuf message object (an ordinary object with all its fields, see scripts/proto.ts): copying a
 * million of them into fresh objects would double the time to open a log. Its byte arrays are views of the bytes given.
 */

import { nanos } from '../../values/nanos.ts';
import { toHex } from './chain.ts';
import {
  checkFields,
  checkNumber,
  decode,
  guarded,
  messageNamed,
  newWriter,
  plainBytes,
  StrictReader,
  Undecodable,
} from './codec-strict.ts';
import { EVENT_KINDS, type EventType, type LabEvent, type Position } from './events.ts';
import type { Checkpoint, LogRecord } from './record.ts';

/** A record and the lab it belongs to: proto Record. */
export interface LabRecord {
  readonly lab: string;
  readonly record: LogRecord;
}

interface BodyMessage {
  readonly position: number;
  readonly atNs: number;
  readonly cause: number;
  /** Name of the member of the oneof that is set; absent when none is that we know. */
  readonly payload?: string;
  readonly $unknowns?: readonly Uint8Array[];
  readonly [field: string]: unknown;
}

interface RecordMessage {
  readonly lab: string;
  readonly body: Uint8Array;
  readonly chain: Uint8Array;
  readonly recordedAtMs: number;
  readonly commandId: string;
  readonly checkpoint: Checkpoint | null;
  readonly settled: boolean;
}

const BODY = messageNamed('Body');
const RECORD = messageNamed('Record');

/** 'GarpSent' is the payload field 'garpSent'. */
const FIELD_OF_TYPE = new Map(Object.keys(EVENT_KINDS).map((type) => [type, type.charAt(0).toLowerCase() + type.slice(1)]));
const TYPE_OF_FIELD = new Map([...FIELD_OF_TYPE].map(([type, field]) => [field, type as EventType]));

/** Tags of a Body: position, which every encoder of ours writes first, time and cause, all varints. */
const POSITION_TAG = 0x08;
const AT_NS_TAG = 0x10;
const CAUSE_TAG = 0x18;

/** A member of a Body's oneof. */
interface PayloadMessage {
  readonly type: EventType;
  readonly tag: number;
  readonly encode: ReturnType<typeof messageNamed>['encode'];
  readonly decode: (reader: StrictReader, length: number) => object;
}

const PAYLOAD_OF_TYPE = new Map<EventType, PayloadMessage>(
  [...TYPE_OF_FIELD].map(([field, type]) => {
    const tag = new StrictReader(BODY.encode({ [field]: {} }, newWriter()).finish()).tag();
    const { encode, decode: decodePayload } = messageNamed(type);
    return [type, { type, tag, encode, decode: decodePayload as unknown as PayloadMessage['decode'] }];
  }),
);
/** By the tags that they are written behind. */
const PAYLOADS = new Map<number, PayloadMessage>([...PAYLOAD_OF_TYPE.values()].map((payload) => [payload.tag, payload]));

/**
 * Bytes of an event's Body. Equal events have equal bytes: fields are written in the order of their numbers, and defaults
 * are not written.
 * @throws TypeError when a field is missing, unknown or of the wrong type, naming it.
 */
export function encodeBody(event: LabEvent): Uint8Array {
  const payload = PAYLOAD_OF_TYPE.get(event.type);
  if (payload === undefined) throw new TypeError(`there is no event named ${String(event.type)}`);
  checkFields(event.type, event.data);
  const { position, atNs, cause } = event;
  checkNumber('position', position);
  checkNumber('atNs', atNs);
  checkNumber('cause', cause);
  if (position === 0) throw new TypeError(`${event.type}: positions count from 1`);
  // As the general encoder does, which asks for each of the hundred members of the oneof whether it is there.
  const writer = newWriter().uint32(POSITION_TAG).uint64(position);
  if (atNs !== 0) writer.uint32(AT_NS_TAG).uint64(atNs);
  if (cause !== 0) writer.uint32(CAUSE_TAG).uint64(cause);
  return payload.encode(event.data, writer.uint32(payload.tag).fork()).ldelim().finish();
}

/** The event in a Body's bytes. @throws Undecodable */
export function decodeBody(bytes: Uint8Array): LabEvent {
  return plainEvent(bytes) ?? decodeAnyBody(bytes);
}

/**
 * The event in a body as our encoder writes it: position, time, cause, and one payload up to its end. A million of them are decoded
 * at a time, and the object of the oneof around each payload took a third of that. Null for any other body, sound or not.
 */
function plainEvent(bytes: Uint8Array): LabEvent | null {
  const reader = new StrictReader(bytes);
  try {
    const position = reader.uint64Behind(POSITION_TAG);
    const atNs = reader.uint64Behind(AT_NS_TAG);
    const cause = reader.uint64Behind(CAUSE_TAG);
    const payload = PAYLOADS.get(reader.tag());
    if (position === 0 || payload === undefined) return null;
    const length = reader.size();
    if (reader.pos + length !== bytes.length) return null;
    const data = payload.decode(reader, length);
    // The cast that the compiler cannot check: test/events-proto.spec.ts compares EventData with the protos.
    return { type: payload.type, data, position, atNs: nanos(atNs), cause } as LabEvent;
  } catch {
    // What is wrong with it, the general decoder says.
    return null;
  }
}

function decodeAnyBody(bytes: Uint8Array): LabEvent {
  const body = decode<BodyMessage>(BODY, bytes);
  const type = TYPE_OF_FIELD.get(body.payload ?? '');
  if (type === undefined || body.payload === undefined) {
    const newer = body.payload === undefined && body.$unknowns !== undefined;
    throw new Undecodable(newer ? 'an event that this version does not know' : 'a body without a payload', { newer });
  }
  // position, atNs, cause, payload and the payload itself; with two payloads, which one happened?
  if (Object.keys(body).length !== 5) throw new Undecodable('a body with more than one payload');
  if (body.position === 0) throw new Undecodable('a body without a position');
  const { position, cause } = body;
  // The same cast.
  return { type, data: body[body.payload], position, atNs: nanos(body.atNs), cause } as LabEvent;
}

/**
 * Position in a Body's bytes, without decoding the rest (a twentieth of the time).
 * @throws Undecodable
 */
export function bodyPosition(bytes: Uint8Array): Position {
  if (bytes[0] !== POSITION_TAG) throw new Undecodable('a body that does not begin with its position');
  const plain = varintIn(bytes, 1, bytes.length);
  if (plain !== null) return plain.value;
  const reader = new StrictReader(bytes);
  reader.pos = 1;
  return guarded(() => reader.uint64());
}

/** Type of the event in a Body's bytes, without decoding the rest. @throws Undecodable */
export function bodyType(bytes: Uint8Array): EventType {
  return PAYLOADS.get(payloadTag(bytes) ?? 0)?.type ?? decodeBody(bytes).type;
}

/** What comes behind position, time and cause; null for a body that is not written as ours are. */
function payloadTag(bytes: Uint8Array): number | null {
  let at = 0;
  for (const tag of [POSITION_TAG, AT_NS_TAG, CAUSE_TAG]) {
    if (bytes[at] !== tag) continue;
    const field = varintIn(bytes, at + 1, bytes.length);
    if (field === null) return null;
    at = field.end;
  }
  return varintIn(bytes, at, bytes.length)?.value ?? null;
}

/**
 * Bytes of a Record. `lab` may be empty where the place of storage already says it.
 * @throws TypeError when a field is missing or of the wrong type, naming it.
 */
export function encodeRecord(lab: string, record: LogRecord): Uint8Array {
  const { body, chain, recordedAtMs, commandId, checkpoint, settled } = record;
  const message = { lab, body, chain, recordedAtMs, commandId, checkpoint, settled };
  checkFields('Record', message);
  return RECORD.encode(message, newWriter()).finish();
}

/** The record in a Record's bytes; its position is the one inside the body. @throws Undecodable */
export function decodeRecord(bytes: Uint8Array): LabRecord {
  const plain = plainBytes(bytes);
  return decodeRecordIn(plain, 0, plain.length);
}

/**
 * The record in a stretch of bytes, which are those of a plain Uint8Array: a view of each record would cost as much as to decode
 * it. @throws Undecodable
 */
export function decodeRecordIn(bytes: Uint8Array, start: number, end: number): LabRecord {
  const lab = plainLab(bytes, start, end);
  const record = lab === null ? null : plainRecord(bytes, start + (lab === '' ? 0 : 2 + lab.length), end);
  return lab === null || record === null ? decodeAnyRecord(bytes.subarray(start, end)) : { lab, record };
}

const LENGTHS_BELOW = 0x80;
const CHAIN_BYTES = 32;
/** Tags of Record: field number and wire type. */
const TAG = { lab: 0x0a, body: 0x12, chain: 0x1a, recordedAtMs: 0x20, settled: 0x38 } as const;

/** The lab's name in front of a record, if it is below 128 ASCII characters; '' when there is none, null for any other. */
function plainLab(bytes: Uint8Array, start: number, end: number): string | null {
  if (bytes[start] !== TAG.lab) return '';
  const length = bytes[start + 1] ?? 0;
  if (length === 0 || length >= LENGTHS_BELOW || start + 2 + length > end) return null;
  let lab = '';
  for (let at = start + 2; at < start + 2 + length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return null;
    lab += String.fromCharCode(byte);
  }
  return lab;
}

/**
 * What almost every stored record is: a body below 128 bytes, a chain, a time and perhaps the mark, as our encoder writes them. A
 * million of them are opened at a time, and this takes a fifth of the time. Null for any other, sound or not.
 */
function plainRecord(bytes: Uint8Array, start: number, end: number): LogRecord | null {
  const bodyLength = bytes[start + 1] ?? LENGTHS_BELOW;
  const bodyStart = start + 2;
  const bodyEnd = bodyStart + bodyLength;
  const chainEnd = bodyEnd + 2 + CHAIN_BYTES;
  const isPlain =
    chainEnd < end &&
    bodyLength < LENGTHS_BELOW &&
    bytes[start] === TAG.body &&
    bytes[bodyEnd] === TAG.chain &&
    bytes[bodyEnd + 1] === CHAIN_BYTES &&
    bytes[chainEnd] === TAG.recordedAtMs;
  if (!isPlain) return null;
  const time = varintIn(bytes, chainEnd + 1, end);
  const isSettled = time !== null && bytes[time.end] === TAG.settled && bytes[time.end + 1] === 1;
  if (time === null || time.end + (isSettled ? 2 : 0) !== end) return null;
  const position = bytes[bodyStart] === POSITION_TAG ? varintIn(bytes, bodyStart + 1, bodyEnd) : null;
  if (position === null) return null;
  const { buffer, byteOffset } = bytes;
  return {
    position: position.value,
    // Views of the buffer are made in half the time that `subarray` takes.
    body: new Uint8Array(buffer, byteOffset + bodyStart, bodyLength),
    chain: new Uint8Array(buffer, byteOffset + bodyEnd + 2, CHAIN_BYTES),
    recordedAtMs: time.value,
    commandId: '',
    checkpoint: null,
    settled: isSettled,
  };
}

/** A varint of up to 49 bits; null for a longer one, which the general decoder judges, and for one that is cut off. */
function varintIn(bytes: Uint8Array, start: number, end: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  let scale = 1;
  for (let at = start; at < end && scale <= 2 ** 42; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: at + 1 };
    scale *= 128;
  }
  return null;
}

function decodeAnyRecord(bytes: Uint8Array): LabRecord {
  const { lab, body, chain, recordedAtMs, commandId, checkpoint, settled } = decode<RecordMessage>(RECORD, bytes);
  return { lab, record: { position: bodyPosition(body), body, chain, recordedAtMs, commandId, checkpoint, settled } };
}

/** An event as a plain JSON object with all its fields; bytes as hex. One line of NDJSON is the stringified result. */
export function eventToJson(event: LabEvent): Record<string, unknown> {
  const { position, atNs, cause, type } = event;
  return { position, atNs, cause, type, data: toJson(event.data) };
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toJson(field)]));
}
