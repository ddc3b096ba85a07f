/**
 * The IPv6 header, offsets from the start of the frame:
 *
 *  14                       18               20            21          22    30   38    46   54
 *  ┌ version 6, class, label ┬ payload length ┬ next header ┬ hop limit ┬ src high, low ┬ dst high, low ┐
 *
 * Addresses are two u64, first byte on the wire most significant.
 */
import { ETHERNET_HEADER_BYTES } from '../memory/layout';

export const IP6: usize = ETHERNET_HEADER_BYTES;
export const PAYLOAD_LENGTH: usize = IP6 + 4;
export const NEXT_HEADER: usize = IP6 + 6;
export const HOP_LIMIT: usize = IP6 + 7;
export const SOURCE6: usize = IP6 + 8;
export const DESTINATION6: usize = IP6 + 24;
export const PAYLOAD6: usize = IP6 + 40;

export const IPV6_HEADER_BYTES: u32 = 40;
export const ICMP6: u8 = 58;
export const UDP6: u8 = 17;

/** One half of an address. */
// inline
export function halfAt(at: usize): u64 {
  return bswap<u64>(load<u64>(at));
}

export function storeHalves(at: usize, high: u64, low: u64): void {
  store<u64>(at, bswap<u64>(high));
  store<u64>(at + 8, bswap<u64>(low));
}

export function isMulticast6(high: u64): bool {
  return high >> 56 === 0xff;
}

/** fe80::/10: valid on one link. */
export function isLinkLocal(high: u64): bool {
  return high >> 54 === 0x3fa;
}

/**
 * The checksum to store at the head of a payload, where it is zero now: over both addresses, the length, the protocol and the payload
 * (RFC 8200, section 8.1), as a number in network order. Behind the payload lies at least one byte of zero where its length is odd.
 */
export function checksum6(bytes: usize, length: u32, protocol: u32): u16 {
  let sum: u64 = length + protocol;
  for (let at: usize = SOURCE6; at < PAYLOAD6; at += 2) sum += bswap<u16>(load<u16>(bytes + at));
  for (let at: usize = 0; at < <usize>length; at += 2) sum += bswap<u16>(load<u16>(bytes + PAYLOAD6 + at));
  while (sum >> 16 !== 0) sum = (sum & 0xffff) + (sum >> 16);
  return <u16>~(<u32>sum);
}
