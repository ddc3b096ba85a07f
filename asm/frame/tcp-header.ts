/**
 * The TCP header of a segment (RFC 9293, section 3.1), offsets from the start of a frame whose IPv4 header has no options:
 *
 *  34         36              38    42   46            47      48       50         52       54
 *  ┌ src port ┬ dst port ┬ sequence ┬ ack ┬ data offset ┬ flags ┬ window ┬ checksum ┬ urgent ┬ options, payload ┐
 *
 * All fields are big endian. Sequence numbers count bytes modulo 2^32 (section 3.4).
 */
import { DESTINATION, IP, IPV4_HEADER_BYTES, SOURCE, TOTAL_LENGTH } from './ipv4';

const TCP: usize = IP + 20;
export const SOURCE_PORT: usize = TCP;
export const DESTINATION_PORT: usize = TCP + 2;
export const SEQUENCE: usize = TCP + 4;
export const ACKNOWLEDGMENT: usize = TCP + 8;
export const DATA_OFFSET: usize = TCP + 12;
export const FLAGS: usize = TCP + 13;
export const WINDOW: usize = TCP + 14;
export const TCP_CHECKSUM: usize = TCP + 16;
/** Behind the header: the options of a SYN, the payload of all others. */
export const OPTIONS: usize = TCP + 20;
export const PAYLOAD: usize = TCP + 20;

export const FIN: u32 = 1;
export const SYN: u32 = 2;
export const RST: u32 = 4;
export const PSH: u32 = 8;
export const ACK: u32 = 16;

export const TCP_PROTOCOL: u32 = 6;
const TCP_HEADER: u32 = 20;

/** Ethernet, IPv4 and TCP headers of a segment without options. */
export const SEGMENT_HEADERS: u32 = <u32>IP + IPV4_HEADER_BYTES + TCP_HEADER;

// inline
export function shortAt(at: usize): u32 {
  return bswap<u16>(load<u16>(at));
}

// inline
export function wordAt(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

// inline
export function putShort(at: usize, value: u32): void {
  store<u16>(at, bswap<u16>(<u16>value));
}

// inline
export function putWord(at: usize, value: u32): void {
  store<u32>(at, bswap<u32>(value));
}

/** Whether the frame holds a whole segment behind an IPv4 header without options. */
export function isSegment(bytes: usize): bool {
  const total = shortAt(bytes + TOTAL_LENGTH);
  if ((load<u8>(bytes + IP) & 15) * 4 !== <u8>IPV4_HEADER_BYTES || total < IPV4_HEADER_BYTES + TCP_HEADER) return false;
  const header = headerBytes(bytes);
  return header >= TCP_HEADER && total >= IPV4_HEADER_BYTES + header;
}

function headerBytes(bytes: usize): u32 {
  return <u32>(load<u8>(bytes + DATA_OFFSET) >> 4) * 4;
}

/** Bytes of payload of a segment. */
export function payloadBytes(bytes: usize): u32 {
  return shortAt(bytes + TOTAL_LENGTH) - IPV4_HEADER_BYTES - headerBytes(bytes);
}

/** How far `to` is ahead of `from`: negative when it lies behind (RFC 9293, section 3.4: arithmetic modulo 2^32). */
// inline
export function ahead(to: u32, from: u32): i32 {
  return <i32>(to - from);
}

/** Writes the checksum over the pseudo header and the segment (RFC 9293, section 3.1). The field itself must be zero. */
export function putChecksum(bytes: usize): void {
  const length = shortAt(bytes + TOTAL_LENGTH) - IPV4_HEADER_BYTES;
  let sum: u64 = <u64>shortAt(bytes + SOURCE) + shortAt(bytes + SOURCE + 2) + shortAt(bytes + DESTINATION);
  sum += <u64>shortAt(bytes + DESTINATION + 2) + TCP_PROTOCOL + length;
  const end = bytes + TCP + length;
  let at = bytes + TCP;
  for (; at + 1 < end; at += 2) sum += shortAt(at);
  if (at < end) sum += (<u32>load<u8>(at)) << 8;
  while (sum >> 16 !== 0) sum = (sum & 0xffff) + (sum >> 16);
  putShort(bytes + TCP_CHECKSUM, <u32>~sum & 0xffff);
}
