/**
 * UDP (RFC 768) over IPv4.
 *
 *   0      1 2      3 4      5 6        7 8
 *  ┌────────┬────────┬────────┬──────────┬─────────┐
 *  │  src   │  dst   │ length │ checksum │ payload │     length covers header and payload;
 *  │  port  │  port  │        │          │         │     checksum 0: the sender computed none
 *  └────────┴────────┴────────┴──────────┴─────────┘
 *
 * The checksum covers the IPv4 addresses too, so it is checked only when the caller gives them.
 */
import { putU16, u16At } from './big-endian.ts';
import { type Endpoints, internetChecksum, isChecksumValid, pseudoHeaderSum } from './checksum.ts';
import { IP_PROTOCOL } from './ipv4.ts';

export const UDP_SRC_PORT = 0;
export const UDP_DST_PORT = 2;
export const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;
export const UDP_HEADER_BYTES = 8;

export interface UdpDatagram {
  readonly srcPort: number;
  readonly dstPort: number;
  /** Shares memory with the parsed bytes. */
  readonly payload: Uint8Array;
}

/** Null when the bytes are cut short, the length is illegal, or the checksum is wrong for the given addresses. */
export function parseUdp(bytes: Uint8Array, offset = 0, between?: Endpoints): UdpDatagram | null {
  if (bytes.length - offset < UDP_HEADER_BYTES) return null;
  const length = u16At(bytes, offset + UDP_LENGTH);
  if (length < UDP_HEADER_BYTES || length > bytes.length - offset) return null;
  const isSummed = u16At(bytes, offset + UDP_CHECKSUM) !== 0;
  if (between !== undefined && isSummed) {
    if (!isChecksumValid(bytes, offset, offset + length, pseudoHeaderSum(between, IP_PROTOCOL.udp, length))) return null;
  }
  return {
    srcPort: u16At(bytes, offset + UDP_SRC_PORT),
    dstPort: u16At(bytes, offset + UDP_DST_PORT),
    payload: bytes.subarray(offset + UDP_HEADER_BYTES, offset + length),
  };
}

/** @throws RangeError when a field does not fit, or the datagram is longer than 65535 bytes. */
export function emitUdp(datagram: UdpDatagram, between: Endpoints): Uint8Array {
  const out = new Uint8Array(UDP_HEADER_BYTES + datagram.payload.length);
  putU16(out, UDP_SRC_PORT, datagram.srcPort, 'UDP source port');
  putU16(out, UDP_DST_PORT, datagram.dstPort, 'UDP destination port');
  putU16(out, UDP_LENGTH, out.length, 'UDP length');
  out.set(datagram.payload, UDP_HEADER_BYTES);
  const sum = internetChecksum(out, 0, out.length, pseudoHeaderSum(between, IP_PROTOCOL.udp, out.length));
  // Zero would mean "not computed"; its one's complement twin says the same sum.
  putU16(out, UDP_CHECKSUM, sum === 0 ? 0xffff : sum, 'UDP checksum');
  return out;
}
