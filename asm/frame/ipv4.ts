/**
 * The IPv4 header, offsets from the start of the frame:
 *
 *  14          15     16            18     20           22     23         24         26      30      34
 *  ┌ version 4 ┬ tos  ┬ total length ┬ id   ┬ flags+frag ┬ ttl  ┬ protocol ┬ checksum ┬ src   ┬ dst   ┐
 */
import { ETHERNET_HEADER_BYTES } from '../memory/layout';

export const IP: usize = ETHERNET_HEADER_BYTES;
export const TOTAL_LENGTH: usize = IP + 2;
export const TTL: usize = IP + 8;
export const PROTOCOL: usize = IP + 9;
export const CHECKSUM: usize = IP + 10;
export const SOURCE: usize = IP + 12;
export const DESTINATION: usize = IP + 16;

export const IPV4_HEADER_BYTES: u32 = 20;

export const ICMP: u32 = 1;
export const TCP: u32 = 6;
export const UDP: u32 = 17;

/** First byte of a header of version 4 without options. */
export const PLAIN_HEADER: u32 = 0x45;

/** Whether a protocol's header begins with two ports. */
export function hasPorts(protocol: u32): bool {
  return protocol === TCP || protocol === UDP;
}

/** Ones' complement sum of the IPv4 header at `at`, folded. A valid header sums to 0xffff. */
export function headerSum(at: usize, bytes: u32): u32 {
  let words: u64 = 0;
  for (let i: u32 = 0; i < bytes; i += 4) words += load<u32>(at + i);
  return folded(words);
}

/** Whether a header without options, as nearly all are, has the right checksum: no loop, and 0xffff is the same in any order of bytes. */
// inline
export function isPlainHeaderSound(at: usize): bool {
  const ends = <u64>load<u32>(at) + <u64>load<u32>(at + 4) + <u64>load<u32>(at + 8);
  return halvesOf(ends + <u64>load<u32>(at + 12) + <u64>load<u32>(at + 16)) === 0xffff;
}

/** The sum of swapped halves is the swapped sum (RFC 1071, section 2), so whole words are added and swapped once. */
// inline
function folded(words: u64): u32 {
  return bswap<u16>(<u16>halvesOf(words));
}

/** Ones' complement sum of the halves of a sum: added to itself with its halves exchanged, a number has the sum and its carry in the upper one. */
// inline
function halvesOf(words: u64): u32 {
  const word = <u32>((words + rotl<u64>(words, 32)) >> 32);
  return (word + rotl<u32>(word, 16)) >> 16;
}
