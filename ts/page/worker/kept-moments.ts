/**
 * Moments of a lab that re-execution went through, packed: of a region only the parts that are not zero, of agents and state their JSON. A
 * region of 500 nodes has 43 MB, most of them rows of tables that nothing stands in; packed, a moment of them has 4.
 */
import { Happened } from '../../debug/effects.ts';
import type { Moment } from '../../debug/rerun.ts';
import type { Snapshot } from '../../engine/snapshot.ts';
import type { Position } from '../../model/events/events.ts';

/** A moment is kept every so many events, at first. */
const EVERY = 50;
/** To copy so many bytes of a region takes at most a tenth of what an event takes: the distance is no shorter than that. */
const REGION_BYTES_PER_EVENT = 20_000;
/** Bytes of moments that are kept; beyond this, every second one goes and the distance doubles. */
const BYTES_MAX = 64 << 20;
/** Bytes of a region that are kept or left out together. */
const PART_BYTES = 256;
const PART_WORDS = PART_BYTES / 4;

interface Packed {
  readonly position: Position;
  /** Number of the input that comes next. */
  readonly next: number;
  /** JSON of the snapshot without its region and its chain. */
  readonly head: Uint8Array;
  readonly chain: Uint8Array;
  readonly region: SparseBytes;
}

export class KeptMoments {
  #moments: Packed[] = [];
  #every = EVERY;

  /** Whether a moment at this position is kept. */
  isDue(position: Position): boolean {
    return position % this.#every === 0;
  }

  /** @param next number of the input that comes next */
  keep({ region, chain, ...head }: Snapshot, next: number): void {
    const packed = new TextEncoder().encode(JSON.stringify(head));
    this.#moments.push({ position: head.position, next, head: packed, chain, region: sparseOf(region) });
    while (this.#every * REGION_BYTES_PER_EVENT < region.length || this.bytes > BYTES_MAX) this.#thin();
  }

  /** What the moments take. */
  get bytes(): number {
    return this.#moments.reduce((sum, { head, region }) => sum + head.length + region.parts.length, 0);
  }

  /** Positions of the moments that are kept. */
  get positions(): readonly Position[] {
    return this.#moments.map(({ position }) => position);
  }

  /** The last moment before a position; null for the beginning. */
  before(position: Position): Moment | null {
    const found = this.#moments.findLast((moment) => moment.position < position);
    if (found === undefined) return null;
    const head = JSON.parse(new TextDecoder().decode(found.head)) as Omit<Snapshot, 'region' | 'chain'>;
    const snapshot = { ...head, chain: found.chain, region: wholeOf(found.region) };
    return { snapshot, next: found.next, happened: new Happened() };
  }

  #thin(): void {
    this.#every *= 2;
    this.#moments = this.#moments.filter(({ position }) => this.isDue(position));
  }
}

/** Bytes of which most are zero. */
interface SparseBytes {
  readonly length: number;
  /** Number of each part that is kept, rising. */
  readonly numbers: Uint32Array;
  /** These parts, one behind the other. */
  readonly parts: Uint8Array;
}

export function sparseOf(bytes: Uint8Array): SparseBytes {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const numbers: number[] = [];
  for (let number = 0; number * PART_BYTES < bytes.length; number++) if (!isZero(words, bytes, number)) numbers.push(number);
  const parts = new Uint8Array(numbers.length * PART_BYTES);
  for (const [index, number] of numbers.entries()) {
    parts.set(bytes.subarray(number * PART_BYTES, (number + 1) * PART_BYTES), index * PART_BYTES);
  }
  return { length: bytes.length, numbers: Uint32Array.from(numbers), parts };
}

/** A part that is not whole counts as one that is not zero. */
function isZero(words: Uint32Array, bytes: Uint8Array, number: number): boolean {
  if ((number + 1) * PART_BYTES > bytes.length) return false;
  const end = (number + 1) * PART_WORDS;
  for (let at = number * PART_WORDS; at < end; at++) if (words[at] !== 0) return false;
  return true;
}

export function wholeOf({ length, numbers, parts }: SparseBytes): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const [index, number] of numbers.entries()) {
    const at = number * PART_BYTES;
    bytes.set(parts.subarray(index * PART_BYTES, index * PART_BYTES + Math.min(PART_BYTES, length - at)), at);
  }
  return bytes;
}
