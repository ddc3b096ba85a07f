/**
 * The internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words in network order.
 * An odd last byte is padded with a zero. IPv4, ICMP, UDP and TCP all use it; UDP and TCP put a pseudo header before it:
 *
 *   0              3 4              7 8      9          10      11
 *  ┌────────────────┬────────────────┬──────┬──────────┬──────────┐
 *  │ source address │ dest. address  │ zero │ protocol │  length  │
 *  └────────────────┴────────────────┴──────┴──────────┴──────────┘
 */
import { type Ipv4, ipv4ToNumber } from '../values/ipv4-address.ts';
import { u8At, u16At } from './big-endian.ts';

const ALL_ONES = 0xffff;

/** The two addresses that UDP and TCP checksums cover. */
export interface Endpoints {
  readonly src: Ipv4;
  readonly dst: Ipv4;
}

/** One's complement sum of bytes[start, end), carried on from `seed`; always from 0 to 0xffff. */
export function onesComplementSum(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let sum = seed;
  for (let at = start; at < end; at += 2) {
    sum = addWord(sum, at + 1 < end ? u16At(bytes, at) : u8At(bytes, at) << 8);
  }
  return sum;
}

/** The value to store in a checksum field that was zero while summed. */
export function internetChecksum(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  return ALL_ONES ^ onesComplementSum(bytes, start, end, seed);
}

/** Whether bytes[start, end), its checksum field included, sums to all ones. */
export function isChecksumValid(bytes: Uint8Array, start: number, end: number, seed = 0): boolean {
  return onesComplementSum(bytes, start, end, seed) === ALL_ONES;
}

/** The sum of the pseudo header, to be the seed of a UDP or TCP checksum. */
export function pseudoHeaderSum({ src, dst }: Endpoints, protocol: number, length: number): number {
  let sum = 0;
  for (const address of [ipv4ToNumber(src), ipv4ToNumber(dst)]) {
    sum = addWord(addWord(sum, address >>> 16), address & 0xffff);
  }
  return addWord(addWord(sum, protocol), length);
}

/** Adds with end-around carry. */
function addWord(sum: number, word: number): number {
  const total = sum + word;
  return total > ALL_ONES ? total - ALL_ONES : total;
}
