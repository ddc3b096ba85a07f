/** Receive-side scaling for the JavaScript baseline: keys, redirection tables and the tables of asm/nic/rss.ts, in one array of words. */
import { LAYOUT } from './js-layout.ts';

const { B, B_WORDS } = LAYOUT;
/** Words of a function's block: redirection table, then 12 tables of 256 words. Only IPv4 occurs here. */
const ENTRIES_MAX = 128;
const PLACES = 12;
const VALUES = 256;
export const RSS_WORDS = ENTRIES_MAX + PLACES * VALUES;
/** First two words of a whole IPv4 packet without options, and their bits that say so (asm/nic/rss.ts). */
const START = 0x0045_0008;
const START_MASK = 0x00ff_ffff;
const KIND_MASK = 0xff00_ff3f | 0;
const TCP = 0x0600_0000;
const UDP = 0x1100_0000;
const SHORTEST = 38;

/** Fills a function's block. @param key hexadecimal. */
export function fillRss(rss: Int32Array, at: number, key: string, entries: number, queues: number): void {
  for (let i = 0; i < entries; i++) rss[at + i] = i % queues;
  const bits = BigInt(`0x${key}`);
  const length = key.length * 4;
  for (let place = 0; place < PLACES; place++) {
    const table = at + ENTRIES_MAX + place * VALUES;
    for (let value = 1; value < VALUES; value++) {
      const lowest = 31 - Math.clz32(value & -value);
      const window = Number((bits >> BigInt(length - 32 - (place * 8 + 7 - lowest))) & 0xffff_ffffn);
      rss[table + value] = (rss[table + (value & (value - 1))] as number) ^ window;
    }
  }
}

/** The hash of a frame under the key of a block. @throws for what these workloads do not have. */
export function hashFrame(rss: Int32Array, at: number, b: Int32Array, buffer: number): number {
  const bytes = buffer * B_WORDS + B.bytes;
  const isPlain = ((b[bytes + 3] as number) & START_MASK) === START;
  if (!isPlain || (b[buffer * B_WORDS + B.length] as number) < SHORTEST) throw new Error('no other packets occur');
  const first = b[bytes + 6] as number;
  const second = b[bytes + 7] as number;
  const third = b[bytes + 8] as number;
  const last = b[bytes + 9] as number;
  const table = at + ENTRIES_MAX;
  const addresses =
    (rss[table + ((first >>> 16) & 0xff)] as number) ^
    (rss[table + VALUES + (first >>> 24)] as number) ^
    (rss[table + 2 * VALUES + (second & 0xff)] as number) ^
    (rss[table + 3 * VALUES + ((second >>> 8) & 0xff)] as number) ^
    (rss[table + 4 * VALUES + ((second >>> 16) & 0xff)] as number) ^
    (rss[table + 5 * VALUES + (second >>> 24)] as number) ^
    (rss[table + 6 * VALUES + (third & 0xff)] as number) ^
    (rss[table + 7 * VALUES + ((third >>> 8) & 0xff)] as number);
  const kind = (b[bytes + 5] as number) & KIND_MASK;
  if (kind !== TCP && kind !== UDP) return addresses;
  return (
    addresses ^
    (rss[table + 8 * VALUES + ((third >>> 16) & 0xff)] as number) ^
    (rss[table + 9 * VALUES + (third >>> 24)] as number) ^
    (rss[table + 10 * VALUES + (last & 0xff)] as number) ^
    (rss[table + 11 * VALUES + ((last >>> 8) & 0xff)] as number)
  );
}
