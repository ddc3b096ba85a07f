/**
 * The IPv6 header, offsets from the start of the frame:
 *
 *  14                       18               20            21          22    30   38    46   54
 *  ┌ version 6, class, label ┬ payload length ┬ next header ┬ hop limit ┬ src high, low ┬ dst high, low ┐
 *
 * Addresses are two u64 in wire order, as a load from a frame gives them (ethernet.ts has MAC addresses so): a look-up swaps no bytes. The
 * control door swaps them (`wireHalf`), and so does the punt ring.
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

/** Half of an address in wire order from one whose first byte is the most significant, or back. */
export function wireHalf(half: u64): u64 {
  return bswap<u64>(half);
}

// inline
export function halfAt(at: usize): u64 {
  return load<u64>(at);
}

/** Bytes behind the header. Byte by byte: V8 has no swap of two. */
// inline
export function payloadLength(bytes: usize): u32 {
  return ((<u32>load<u8>(bytes + PAYLOAD_LENGTH)) << 8) | <u32>load<u8>(bytes + PAYLOAD_LENGTH + 1);
}

export function storeHalves(at: usize, high: u64, low: u64): void {
  store<u64>(at, high);
  store<u64>(at + 8, low);
}

// inline
export function isMulticast6(high: u64): bool {
  return (<u32>high & 0xff) === 0xff;
}

/** fe80::/10: valid on one link. */
// inline
export function isLinkLocal(high: u64): bool {
  return (<u32>high & 0xc0ff) === 0x80fe;
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
