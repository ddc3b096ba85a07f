/** Packs bytes for the page in one file as ts/page/codec/dense.ts reads them: finds copies, and writes the bits. */
import { type BitLine, type Odds, Range, Tokens } from '../ts/page/codec/dense.ts';

/** Shorter copies cost as much as their bytes. */
const COPY_BYTES_MIN = 4;
/** Places that are tried for one copy; more would find little. */
const PLACES_MAX = 400;
/** What a byte costs, and a copy beside its distance, in bits, on average. */
const BYTE_BITS = 4;
const COPY_BITS = 6;
const KEY_BITS = 16;

interface Copy {
  readonly length: number;
  readonly distance: number;
  /** Bits that it saves. */
  readonly gain: number;
}

const NO_COPY: Copy = { length: 0, distance: 0, gain: 0 };

export function dense(bytes: Uint8Array): Uint8Array {
  const line = new BitWriter();
  const tokens = new Tokens(line);
  const past = new Past(bytes);
  tokens.size(bytes.length);
  let [at, distance] = [0, 1];
  while (at < bytes.length) {
    const found = past.copyAt(at, distance);
    past.add(at);
    // A better copy that begins one byte later is worth that byte.
    const copy = found.gain > 0 && past.copyAt(at + 1, distance).gain > found.gain ? NO_COPY : found;
    tokens.isCopy(copy.gain > 0);
    if (copy.gain === 0) {
      tokens.byte(bytes[at - 1] ?? 0, bytes[at] ?? 0);
      at++;
      continue;
    }
    [, distance] = tokens.copy(copy.length, copy.distance);
    for (let i = 1; i < copy.length; i++) past.add(at + i);
    at += copy.length;
  }
  return line.end();
}

/** Where the same four bytes came before. */
class Past {
  readonly #bytes: Uint8Array;
  readonly #last = new Int32Array(1 << KEY_BITS).fill(-1);
  readonly #before: Int32Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#before = new Int32Array(bytes.length);
  }

  add(at: number): void {
    const key = this.#keyAt(at);
    this.#before[at] = this.#last[key] ?? -1;
    this.#last[key] = at;
  }

  /** The copy that saves most. @param again distance of the last copy, which costs nothing */
  copyAt(at: number, again: number): Copy {
    const same = at < again ? 0 : this.#lengthAt(at, at - again);
    let best: Copy = same === 0 ? NO_COPY : { length: same, distance: again, gain: Math.max(0, BYTE_BITS * same - COPY_BITS) };
    let place = this.#last[this.#keyAt(at)] ?? -1;
    let longest = COPY_BYTES_MIN - 1;
    for (let i = 0; place >= 0 && i < PLACES_MAX; i++) {
      const length = this.#lengthAt(at, place);
      const gain = BYTE_BITS * length - COPY_BITS - Math.log2(at - place);
      if (length > longest && gain > best.gain) best = { length, distance: at - place, gain };
      longest = Math.max(longest, length);
      place = this.#before[place] ?? -1;
    }
    return best;
  }

  #lengthAt(at: number, place: number): number {
    let length = 0;
    while (at + length < this.#bytes.length && this.#bytes[at + length] === this.#bytes[place + length]) length++;
    return length;
  }

  #keyAt(at: number): number {
    let key = 0;
    for (let i = 0; i < COPY_BYTES_MIN; i++) key = (key << 8) | (this.#bytes[at + i] ?? 0);
    return Math.imul(key, 0x9e37_79b1) >>> (32 - KEY_BITS);
  }
}

class BitWriter implements BitLine {
  readonly #range = new Range();
  readonly #bytes: number[] = [];

  bit(odds: Odds, context: number, bit: number): number {
    this.#range.take(bit, this.#range.middle(odds.of(context)));
    odds.learn(context, bit);
    for (let top = this.#range.low >>> 24; this.#range.isDropped(); top = this.#range.low >>> 24) this.#bytes.push(top);
    return bit;
  }

  /** Any point of the range that is left names all bits. */
  end(): Uint8Array {
    const { low } = this.#range;
    return Uint8Array.from([...this.#bytes, low >>> 24, low >>> 16, low >>> 8, low]);
  }
}
