/** Protobuf's wire format, written: what the codec uses of protobufjs' Writer. The spec beside this file compares the two. */

const UTF8 = new TextEncoder();
const ROOM = 64;
const LENGTHS_BELOW = 0x80;

export class Writer {
  #bytes = new Uint8Array(ROOM);
  #end = 0;
  /** Where messages began that are not ended. */
  readonly #begun: number[] = [];

  uint32(value: number): this {
    return this.uint64(value >>> 0);
  }

  /** A whole number below 2^53. */
  uint64(value: number): this {
    let rest = value;
    for (; rest >= LENGTHS_BELOW; rest = Math.floor(rest / LENGTHS_BELOW)) this.#push((rest % LENGTHS_BELOW) | LENGTHS_BELOW);
    return this.#push(rest);
  }

  bool(value: boolean): this {
    return this.#push(value ? 1 : 0);
  }

  bytes(value: Uint8Array): this {
    return this.uint32(value.length).raw(value);
  }

  string(value: string): this {
    return this.bytes(UTF8.encode(value));
  }

  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
    return this;
  }

  /** Begins a message whose length is not known yet. */
  fork(): this {
    this.#begun.push(this.#end);
    return this;
  }

  /** Ends the message that was begun last, and puts its length in front of it. */
  ldelim(): this {
    const start = this.#begun.pop() ?? 0;
    const message = this.#bytes.slice(start, this.#end);
    this.#end = start;
    return this.bytes(message);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }

  #push(byte: number): this {
    this.#reserve(1);
    this.#bytes[this.#end++] = byte;
    return this;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const longer = new Uint8Array(Math.max(2 * this.#bytes.length, this.#end + length));
    longer.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = longer;
  }
}
