/**
 * Protobuf's wire format, read: what the codec uses of protobufjs' Reader, which knows every type that there is and is four times as long. The
 * spec beside this file compares the two on any bytes. https://protobuf.dev/programming-guides/encoding/
 */

/** Groups and messages within each other, as deep as protobufjs reads them. */
const DEPTH_MAX = 100;
const VARINT_BYTES_MAX = 10;
const LONG_VARINT = 'invalid varint encoding';
const NUMBER_0 = 'illegal tag: field number 0';
/** Bytes of a number of 32 bits, and the bits that its last byte may have. */
const WORD_BYTES = 5;
const TAG_TOP_MAX = 0x0f;
const SIZE_TOP_MAX = 0x07;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Shorter ones, if ASCII, are made sooner than the decoder is called. */
const SHORT = 64;

export class Reader {
  readonly buf: Uint8Array;
  pos = 0;
  /** Reading ends here; less than the bytes' own length within a message. */
  len: number;
  discardUnknown = true;

  constructor(bytes: Uint8Array) {
    this.buf = bytes;
    this.len = bytes.length;
  }

  /** A varint's lowest 32 bits. @throws RangeError where the bytes end, Error for a varint that is too long */
  uint32(): number {
    let value = 0;
    for (let at = 0; at < VARINT_BYTES_MAX; at++) {
      const byte = this.#byte();
      if (at < WORD_BYTES) value = (value | ((byte & 0x7f) << (7 * at))) >>> 0;
      if (byte < 0x80) return value;
    }
    throw new Error(LONG_VARINT);
  }

  tag(): number {
    return this.#word(TAG_TOP_MAX, 'invalid tag encoding');
  }

  /** The length of what follows: below 2^31. */
  size(): number {
    return this.#word(SIZE_TOP_MAX, 'invalid length encoding');
  }

  bool(): boolean {
    let isTrue = false;
    for (let at = 0; at < VARINT_BYTES_MAX; at++) {
      const byte = this.#byte();
      if ((byte & 0x7f) !== 0) isTrue = true;
      if (byte < 0x80) return isTrue;
    }
    throw new Error(LONG_VARINT);
  }

  bytes(): Uint8Array {
    const start = this.#past(this.size());
    return this.raw(start, this.pos);
  }

  /** @throws TypeError for what is no UTF-8 */
  stringVerify(): string {
    const start = this.#past(this.size());
    const end = this.pos;
    if (end - start >= SHORT) return UTF8.decode(this.buf.subarray(start, end));
    let text = '';
    for (let at = start; at < end; at++) {
      const byte = this.buf[at] ?? 0;
      if (byte >= 0x80) return UTF8.decode(this.buf.subarray(start, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  raw(start: number, end: number): Uint8Array {
    return this.buf.subarray(start, end);
  }

  /** Passes over a field. @param number the field's; a group must end with the same */
  skipType(wireType: number, depth = 0, number?: number): this {
    if (depth > DEPTH_MAX) throw new Error('max depth exceeded');
    if (number === 0) throw new Error(NUMBER_0);
    switch (wireType) {
      case 0:
        while (this.#byte() >= 0x80);
        return this;
      case 1:
        this.#past(8);
        return this;
      case 2:
        this.#past(this.size());
        return this;
      case 3:
        this.#skipGroup(depth, number);
        return this;
      case 5:
        this.#past(4);
        return this;
      default:
        throw new Error(`invalid wire type ${wireType} at offset ${this.pos}`);
    }
  }

  #skipGroup(depth: number, number: number | undefined): void {
    for (;;) {
      const tag = this.tag();
      const nested = tag >>> 3;
      if (nested === 0) throw new Error(NUMBER_0);
      if ((tag & 7) !== 4) {
        this.skipType(tag & 7, depth + 1, nested);
        continue;
      }
      if (number !== undefined && nested !== number) throw new Error('invalid end group tag');
      return;
    }
  }

  /** A number of at most 32 bits. @param topMax the most that its fifth byte may be */
  #word(topMax: number, fault: string): number {
    let value = 0;
    for (let at = 0; at < WORD_BYTES; at++) {
      const byte = this.#byte();
      if (at === WORD_BYTES - 1 && byte > topMax) throw new Error(fault);
      value = (value | ((byte & 0x7f) << (7 * at))) >>> 0;
      if (byte < 0x80) return value;
    }
    return value;
  }

  #byte(): number {
    if (this.pos >= this.len) throw this.#beyond(1);
    return this.buf[this.pos++] as number;
  }

  /** Passes over so many bytes. Returns where they begin. */
  #past(length: number): number {
    const start = this.pos;
    if (start + length > this.len) throw this.#beyond(length);
    this.pos = start + length;
    return start;
  }

  #beyond(length: number): RangeError {
    return new RangeError(`index out of range: ${this.pos} + ${length} > ${this.len}`);
  }
}
