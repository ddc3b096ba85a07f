/**
 * Dense bytes: how the larger parts of the page in one file are packed. gzip looks 32 KiB back, and codes a byte by its frequency alone. Here
 * a copy may come from any place before it, and the odds of each bit follow the bits that came in the same context. The result is an eighth
 * smaller, and a page reads it in some tenths of a second. The ideas are those of LZ77 and LZMA; the arithmetic coding is that of Witten, Neal
 * and Cleary, "Arithmetic coding for data compression", 1987.
 *
 *   size, then until there are as many bytes:   0 byte
 *                                               1 copy: 1 length             from the same distance as the last copy
 *                                                       0 length distance
 *
 * Writer and reader share `Tokens`. It hands each bit to a line of bits: a writer writes it, a reader returns the one that it reads instead.
 */

/** @returns a writer the bit that it was given; a reader the bit that it read */
export interface BitLine {
  bit(odds: Odds, context: number, bit: number): number;
}

/** Odds are so many of 2^12: few enough for a range of at least 2^24. */
const ODDS_BITS = 12;
/** They are kept with more bits, so that small steps are not lost. */
const KEPT_BITS = 16;
const ONE = 2 ** KEPT_BITS - 1;
/** A bit counts as one of at most so many: the odds follow a script that changes its subject. */
const SEEN_MAX = 30;
/** The first bit seen makes itself likely, not certain. */
const HEAD_START = 1.5;

/** How probable a 1 is, in each context of its own. */
export class Odds {
  readonly #ones: Uint16Array;
  readonly #seen: Uint8Array;

  constructor(contexts: number) {
    this.#ones = new Uint16Array(contexts).fill(ONE >> 1);
    this.#seen = new Uint8Array(contexts);
  }

  /** From 1 to 2^12 - 1: a bit that never came is still cheap. */
  of(context: number): number {
    return Math.max(1, (this.#ones[context] ?? 0) >> (KEPT_BITS - ODDS_BITS));
  }

  learn(context: number, bit: number): void {
    const ones = this.#ones[context] ?? 0;
    const seen = this.#seen[context] ?? 0;
    this.#ones[context] = ones + (bit * ONE - ones) / (seen + HEAD_START);
    this.#seen[context] = Math.min(seen + 1, SEEN_MAX);
  }
}

/** The highest bits of a number have contexts of their own; lower ones are almost chance. */
const HEAD = 3;
const WIDTHS = 32;

/** What dense bytes are made of, bit by bit. */
export class Tokens {
  readonly #line: BitLine;
  readonly #bytes = new Odds(2 ** 16);
  readonly #isCopy = new Odds(8);
  readonly #isAgain = new Odds(8);
  readonly #size = numberOdds();
  readonly #length = numberOdds();
  readonly #againLength = numberOdds();
  readonly #farness = numberOdds();
  /** Which of the last three were copies. */
  #before = 0;
  #distance = 1;

  constructor(line: BitLine) {
    this.#line = line;
  }

  size(size: number): number {
    return this.#number(this.#size, size + 1) - 1;
  }

  isCopy(is: boolean): boolean {
    return this.#line.bit(this.#isCopy, this.#before, Number(is)) === 1;
  }

  /** @param previous the byte before it: what follows a letter is another than what follows a digit */
  byte(previous: number, byte: number): number {
    this.#before = (this.#before << 1) & 7;
    let read = 1;
    for (let at = 7; at >= 0; at--) read = 2 * read + this.#line.bit(this.#bytes, 256 * previous + read, (byte >> at) & 1);
    return read & 0xff;
  }

  /** How many bytes are the same as those at a distance before them. A reader gives nothing. */
  copy(length = 1, distance = 1): readonly [length: number, distance: number] {
    const isAgain = this.#line.bit(this.#isAgain, this.#before, Number(distance === this.#distance)) === 1;
    this.#before = ((this.#before << 1) | 1) & 7;
    const read = this.#number(isAgain ? this.#againLength : this.#length, length);
    if (!isAgain) this.#distance = this.#number(this.#farness, distance);
    return [read, this.#distance];
  }

  /** A number from 1: how many bits follow its first, then these. */
  #number(odds: Odds, value: number): number {
    let width = 0;
    while (this.#line.bit(odds, width, Number(value >> (width + 1) > 0)) === 1) width++;
    let read = 1;
    for (let at = width - 1; at >= 0; at--) {
      const place = width - at > HEAD ? 2 ** HEAD + at : read;
      read = 2 * read + this.#line.bit(odds, WIDTHS * (width + 1) + place, (value >> at) & 1);
    }
    return read;
  }
}

function numberOdds(): Odds {
  return new Odds(WIDTHS * (WIDTHS + 1));
}

/** The range that all bits so far leave, each end of it 32 bits. */
export class Range {
  low = 0;
  high = 0xffff_ffff;

  /** Where the part of a 1 ends, which is as much of the range as its odds are of the whole. */
  middle(odds: number): number {
    return this.low + ((this.high - this.low) >>> ODDS_BITS) * odds;
  }

  take(bit: number, middle: number): void {
    if (bit === 1) this.high = middle;
    else this.low = middle + 1;
  }

  /** Drops the highest byte, where both ends have the same. */
  isDropped(): boolean {
    if ((this.low ^ this.high) >>> 24 !== 0) return false;
    this.low = (this.low << 8) >>> 0;
    this.high = ((this.high << 8) | 0xff) >>> 0;
    return true;
  }
}

/** Bits read from bytes. */
class BitReader implements BitLine {
  readonly #bytes: Uint8Array;
  readonly #range = new Range();
  #at = 0;
  /** The point of the range that the bytes name. */
  #point = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 4; i++) this.#next();
  }

  bit(odds: Odds, context: number): number {
    const middle = this.#range.middle(odds.of(context));
    const bit = Number(this.#point <= middle);
    this.#range.take(bit, middle);
    odds.learn(context, bit);
    while (this.#range.isDropped()) this.#next();
    return bit;
  }

  #next(): void {
    this.#point = ((this.#point << 8) | (this.#bytes[this.#at++] ?? 0)) >>> 0;
  }
}

/** What `dense` packed (scripts/page-dense.ts). */
export function undense(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  const tokens = new Tokens(new BitReader(packed));
  const bytes = new Uint8Array(tokens.size(0));
  let at = 0;
  while (at < bytes.length) {
    if (!tokens.isCopy(false)) {
      bytes[at] = tokens.byte(bytes[at - 1] ?? 0, 0);
      at++;
      continue;
    }
    const [length, distance] = tokens.copy();
    for (const end = at + length; at < end; at++) bytes[at] = bytes[at - distance] ?? 0;
  }
  return bytes;
}
