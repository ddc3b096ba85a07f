/**
 * Protobuf, strictly. protobufjs drops a misspelt field, turns a bigint into 0 and keeps 32 bits of a longer number without a
 * word; what the codecs of this project write goes through `checkFields` first, and what they read through `StrictReader`.
 */
import protobuf from 'protobufjs/minimal.js';
import { FIELDS, type Message, switchback } from '../../../gen/proto/events.js';

type Values = Readonly<Record<string, unknown>>;

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

/** One field of a message: the question whether a value belongs in it. */
interface Field {
  readonly name: string;
  readonly type: string;
  /** What is wrong with a value, or null: ": expected uint32, got nothing", "[3].afterNs: expected …". */
  readonly fault: (value: unknown) => string | null;
}

const SHAPES = new Map<string, readonly Field[]>(Object.keys(FIELDS).map((message) => [message, fieldsOf(message)]));

/** Refuses data that is not exactly the message: all of its fields, each of its own type, and no other. */
export function checkFields(message: string, data: object): void {
  const fault = messageFault(message, data);
  if (fault !== null) throw new TypeError(`${message}${fault}`);
}

export function checkNumber(where: string, value: unknown): void {
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

export function messageNamed(name: string): Message {
  const message = switchback.v1[name];
  if (message === undefined) throw new Error(`gen/proto has no message ${name}: run scripts/proto.ts`);
  return message;
}

/** protobufjs' plain writer: its results are views into shared 8 kB arrays, because an array of its own costs over 1 us. */
export function newWriter(): protobuf.Writer {
  return new protobuf.Writer();
}

export function decode<T>(message: Message, bytes: Uint8Array): T {
  const reader: unknown = new StrictReader(bytes);
  return guarded(() => message.decode(reader as protobuf.Reader) as T);
}

export function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Undecodable(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const readString = protobuf.Reader.prototype.stringVerify;
const KNOWN_BYTES_MAX = 40;
const KNOWN_MASK = 0xfff;
/** ASCII strings that were read, by a hash of their bytes, and these bytes, in the same order. */
const KNOWN: string[] = new Array<string>(KNOWN_MASK + 1).fill('');
const KNOWN_BYTES = new Uint8Array((KNOWN_MASK + 1) * KNOWN_BYTES_MAX);

function isKnown(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
  if (KNOWN[slot]?.length !== length) return false;
  const known = slot * KNOWN_BYTES_MAX;
  for (let at = 0; at < length; at++) if (KNOWN_BYTES[known + at] !== bytes[start + at]) return false;
  return true;
}

/**
 * Reads 64-bit fields as numbers and refuses those beyond 2^53-1. protobufjs would make `Long` objects, or lose the low bits.
 */
export class StrictReader extends (protobuf.Reader as unknown as new (
  bytes: Uint8Array,
) => Omit<protobuf.Reader, 'uint64' | 'stringVerify'>) {
  constructor(bytes: Uint8Array) {
    super(plainBytes(bytes));
    this.discardUnknown = false;
  }

  /**
   * Strings of events are names and addresses, the same ones over and over: a short one that was read before is found again by its
   * bytes, which takes a third of the time of making it anew, and leaves nothing to collect. By bytes kept for it: to ask a string for
   * its characters one by one takes longer.
   */
  stringVerify(): string {
    const start = this.pos + 1;
    const length = this.buf[this.pos] ?? 0;
    if (length === 0 || length > KNOWN_BYTES_MAX || start + length > this.len)
      return readString.call(this as unknown as protobuf.Reader);
    let hash = length;
    for (let at = start; at < start + length; at++) hash = (Math.imul(hash, 31) + (this.buf[at] ?? 0)) | 0;
    const slot = hash & KNOWN_MASK;
    if (isKnown(slot, this.buf, start, length)) {
      this.pos = start + length;
      return KNOWN[slot] ?? '';
    }
    const text = readString.call(this as unknown as protobuf.Reader);
    // As many characters as bytes: ASCII.
    if (text.length === length) {
      KNOWN[slot] = text;
      KNOWN_BYTES.set(this.buf.subarray(start, start + length), slot * KNOWN_BYTES_MAX);
    }
    return text;
  }

  /** The number behind a tag of one byte, if that comes next, else 0. @throws RangeError when a 0 is written: our encoder leaves it out. */
  uint64Behind(tag: number): number {
    if (this.pos >= this.len || this.buf[this.pos] !== tag) return 0;
    this.pos++;
    const value = this.uint64();
    if (value === 0) throw new RangeError('a 0 that is written');
    return value;
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

/** The same bytes as no Buffer: a Buffer's subarrays are Buffers, which compare unequal to Uint8Arrays and print as something else. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
