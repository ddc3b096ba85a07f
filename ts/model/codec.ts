/**
 * Events and records as bytes: protobuf, the messages of proto/switchback/v1/.
 *
 * Encoding is strict, because protobufjs is not: it drops a misspelt field, turns a bigint into 0 and keeps 32 bits of a
 * longer number without a word. Every field of an event must be there, with its own type, and nothing else; what fails is a
 * TypeError. Decoding trusts nothing: whatever the bytes, it answers an event or throws `Undecodable`.
 *
 * Decoded `data` *is* the protobuf message object (an ordinary object with all its fields, see scripts/proto.ts): copying a
 * million of them into fresh objects would double the time to open a log. Its byte arrays are views of the bytes given.
 */
import protobuf from 'protobufjs/minimal.js';
import { FIELDS, type Message, switchback } from '../../gen/proto/events.js';
import { toHex } from './chain.ts';
import { EVENT_KINDS, type EventType, type LabEvent, type Position } from './events.ts';
import { nanos } from './nanos.ts';
import type { Checkpoint, LogRecord } from './record.ts';

/** The bytes are no event or record of ours. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
  /** They are well formed, but of a kind that this version does not know: probably a later one wrote them. */
  readonly newer: boolean;

  constructor(detail: string, options: ErrorOptions & { readonly newer?: boolean } = {}) {
    super(detail, options);
    this.newer = options.newer ?? false;
  }
}

/** A record and the lab it belongs to: proto Record. */
export interface LabRecord {
  readonly lab: string;
  readonly record: LogRecord;
}

type Values = Readonly<Record<string, unknown>>;

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
}

const BODY = messageNamed('Body');
const RECORD = messageNamed('Record');

/** 'GarpSent' is the payload field 'garpSent'. */
const FIELD_OF_TYPE = new Map(Object.keys(EVENT_KINDS).map((type) => [type, type.charAt(0).toLowerCase() + type.slice(1)]));
const TYPE_OF_FIELD = new Map([...FIELD_OF_TYPE].map(([type, field]) => [field, type as EventType]));

/**
 * Bytes of an event's Body. Equal events have equal bytes: fields are written in the order of their numbers, and defaults
 * are not written.
 * @throws TypeError when a field is missing, unknown or of the wrong type, naming it.
 */
export function encodeBody(event: LabEvent): Uint8Array {
  const field = FIELD_OF_TYPE.get(event.type);
  if (field === undefined) throw new TypeError(`there is no event named ${String(event.type)}`);
  checkFields(event.type, event.data);
  const { position, atNs, cause } = event;
  checkNumber('position', position);
  checkNumber('atNs', atNs);
  checkNumber('cause', cause);
  if (position === 0) throw new TypeError(`${event.type}: positions count from 1`);
  return BODY.encode({ position, atNs, cause, [field]: event.data }, newWriter()).finish();
}

/** The event in a Body's bytes. @throws Undecodable */
export function decodeBody(bytes: Uint8Array): LabEvent {
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
  // The one cast of this file that the compiler cannot check: test/events-proto.spec.ts compares EventData with the protos.
  return { type, data: body[body.payload], position, atNs: nanos(body.atNs), cause } as LabEvent;
}

/**
 * Position in a Body's bytes, without decoding the rest (a twentieth of the time).
 * @throws Undecodable
 */
export function bodyPosition(bytes: Uint8Array): Position {
  // Field 1, varint: every encoder of ours writes it first.
  if (bytes[0] !== 0x08) throw new Undecodable('a body that does not begin with its position');
  const reader = new StrictReader(bytes);
  reader.pos = 1;
  return guarded(() => reader.uint64());
}

/**
 * Bytes of a Record. `lab` may be empty where the place of storage already says it.
 * @throws TypeError when a field is missing or of the wrong type, naming it.
 */
export function encodeRecord(lab: string, record: LogRecord): Uint8Array {
  const { body, chain, recordedAtMs, commandId, checkpoint } = record;
  const message = { lab, body, chain, recordedAtMs, commandId, checkpoint };
  checkFields('Record', message);
  return RECORD.encode(message, newWriter()).finish();
}

/** The record in a Record's bytes; its position is the one inside the body. @throws Undecodable */
export function decodeRecord(bytes: Uint8Array): LabRecord {
  const { lab, body, chain, recordedAtMs, commandId, checkpoint } = decode<RecordMessage>(RECORD, bytes);
  return { lab, record: { position: bodyPosition(body), body, chain, recordedAtMs, commandId, checkpoint } };
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

/** One field of a message: the question whether a value belongs in it. */
interface Field {
  readonly name: string;
  readonly type: string;
  /** What is wrong with a value, or null: ": expected uint32, got nothing", "[3].afterNs: expected …". */
  readonly fault: (value: unknown) => string | null;
}

const SHAPES = new Map<string, readonly Field[]>(Object.keys(FIELDS).map((message) => [message, fieldsOf(message)]));

/** Refuses data that is not exactly the message: all of its fields, each of its own type, and no other. */
function checkFields(message: string, data: object): void {
  const fault = messageFault(message, data);
  if (fault !== null) throw new TypeError(`${message}${fault}`);
}

function checkNumber(where: string, value: unknown): void {
  const fault = scalarFault('uint64', value);
  if (fault !== null) throw new TypeError(`${where}${fault}`);
}

function fieldsOf(message: string): Field[] {
  return Object.entries(FIELDS[message] ?? {}).map(([name, type]) => {
    const element = type.endsWith('[]') ? type.slice(0, -2) : type;
    const faultOfOne = element in FIELDS ? messageFault : scalarFault;
    const fault = (value: unknown) => (element === type ? faultOfOne(type, value) : listFault(element, value, faultOfOne));
    // A null checkpoint is an absent one; no other field may be absent.
    return { name, type, fault: type === 'Checkpoint' ? (value) => (value === null ? null : fault(value)) : fault };
  });
}

function messageFault(message: string, data: unknown): string | null {
  const shape = SHAPES.get(message);
  if (shape === undefined) return ': there is no such message';
  if (typeof data !== 'object' || data === null) return `: expected ${message}, got ${String(data)}`;
  for (const { name, fault } of shape) {
    const found = fault((data as Values)[name]);
    if (found !== null) return `.${name}${found}`;
  }
  const names = Object.keys(data);
  if (names.length === shape.length) return null;
  const known = shape.map(({ name }) => name);
  const stranger = names.find((name) => !known.includes(name));
  return stranger === undefined ? ': a field is inherited' : `.${stranger}: there is no such field, but ${known.join(', ')}`;
}

function listFault(element: string, value: unknown, faultOfOne: (type: string, item: unknown) => string | null): string | null {
  if (!Array.isArray(value)) return wrong(`${element}[]`, value);
  for (let index = 0; index < value.length; index++) {
    const found = faultOfOne(element, value[index]);
    if (found !== null) return `[${index}]${found}`;
  }
  return null;
}

function scalarFault(type: string, value: unknown): string | null {
  return isOfType(type, value) ? null : wrong(type, value);
}

function wrong(type: string, value: unknown): string {
  return `: expected ${type}, got ${value === undefined ? 'nothing' : `${typeof value} ${String(value)}`}`;
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string' && !LONE_SURROGATE.test(value);
    case 'uint64':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'uint32':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
    case 'bool':
      return typeof value === 'boolean';
    case 'bytes':
      return value instanceof Uint8Array;
    default:
      return false;
  }
}

/** Half of a character: it has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

function messageNamed(name: string): Message {
  const message = switchback.v1[name];
  if (message === undefined) throw new Error(`gen/proto has no message ${name}: run scripts/proto.ts`);
  return message;
}

/** protobufjs' plain writer: its results are views into shared 8 kB arrays, because an array of its own costs over 1 us. */
function newWriter(): protobuf.Writer {
  return new protobuf.Writer();
}

function decode<T>(message: Message, bytes: Uint8Array): T {
  const reader: unknown = new StrictReader(bytes);
  return guarded(() => message.decode(reader as protobuf.Reader) as T);
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Undecodable(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * Reads 64-bit fields as numbers and refuses those beyond 2^53-1. protobufjs would make `Long` objects, or lose the low bits.
 */
class StrictReader extends (protobuf.Reader as unknown as new (bytes: Uint8Array) => Omit<protobuf.Reader, 'uint64'>) {
  constructor(bytes: Uint8Array) {
    // A Buffer's subarrays are Buffers, which compare unequal to Uint8Arrays in tests and print as something else.
    super(bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.discardUnknown = false;
  }

  uint64(): number {
    let value = 0;
    let scale = 1;
    while (scale <= 2 ** 49) {
      if (this.pos >= this.len) throw new RangeError('the bytes end inside a number');
      const byte = this.buf[this.pos++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (Number.isSafeInteger(value)) return value;
        break;
      }
      scale *= 128;
    }
    throw new RangeError('a number beyond 2^53-1');
  }
}
