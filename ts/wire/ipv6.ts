/**
 * IPv6 (RFC 8200): a header of 40 bytes.
 *
 *   0           4            6       7         8        24       40
 *  ┌───────────┬────────────┬───────┬─────────┬────────┬────────┬─────────┐
 *  │ 6, class, │ payload    │ next  │ hop     │ src    │ dst    │ payload │
 *  │ flow label│ length     │ header│ limit   │        │        │         │
 *  └───────────┴────────────┴───────┴─────────┴────────┴────────┴─────────┘
 *
 * Extension headers are not stepped over: `nextHeader` may be the number of one. Bytes after the payload length are padding.
 */
import { type Ipv6, ipv6FromBytes, ipv6ToBytes } from '../values/ipv6-address.ts';
import { putU8, putU16, putU32, u8At, u16At, u32At } from './big-endian.ts';
import { onesComplementSum } from './checksum.ts';

export const IPV6_HEADER_BYTES = 40;
export const IPV6_HOP_LIMIT = 7;
export const IPV6_SRC = 8;
export const IPV6_DST = 24;
const IPV6_PAYLOAD_LENGTH = 4;
const IPV6_NEXT_HEADER = 6;

export const NEXT_HEADER = { tcp: 6, udp: 17, icmp6: 58 } as const;

export interface Ipv6Packet {
  readonly trafficClass: number;
  /** 20 bits. */
  readonly flowLabel: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly src: Ipv6;
  readonly dst: Ipv6;
  /** Shares memory with the parsed bytes. */
  readonly payload: Uint8Array;
}

/** Null when the bytes are cut short or are not IPv6. */
export function parseIpv6Packet(bytes: Uint8Array, offset = 0): Ipv6Packet | null {
  if (bytes.length - offset < IPV6_HEADER_BYTES || u8At(bytes, offset) >>> 4 !== 6) return null;
  const length = u16At(bytes, offset + IPV6_PAYLOAD_LENGTH);
  const start = offset + IPV6_HEADER_BYTES;
  if (bytes.length < start + length) return null;
  const first = u32At(bytes, offset);
  return {
    trafficClass: (first >>> 20) & 0xff,
    flowLabel: first & 0xfffff,
    nextHeader: u8At(bytes, offset + IPV6_NEXT_HEADER),
    hopLimit: u8At(bytes, offset + IPV6_HOP_LIMIT),
    src: ipv6FromBytes(bytes, offset + IPV6_SRC),
    dst: ipv6FromBytes(bytes, offset + IPV6_DST),
    payload: bytes.subarray(start, start + length),
  };
}

/** @throws RangeError when a field does not fit. */
export function emitIpv6Packet(packet: Ipv6Packet): Uint8Array {
  const { trafficClass, flowLabel, payload } = packet;
  if (trafficClass > 0xff || flowLabel > 0xfffff) throw new RangeError(`traffic class ${trafficClass}, flow label ${flowLabel}`);
  const out = new Uint8Array(IPV6_HEADER_BYTES + payload.length);
  putU32(out, 0, ((6 << 28) | (trafficClass << 20) | flowLabel) >>> 0, 'IPv6 class and label');
  putU16(out, IPV6_PAYLOAD_LENGTH, payload.length, 'IPv6 payload length');
  putU8(out, IPV6_NEXT_HEADER, packet.nextHeader, 'IPv6 next header');
  putU8(out, IPV6_HOP_LIMIT, packet.hopLimit, 'IPv6 hop limit');
  out.set(ipv6ToBytes(packet.src), IPV6_SRC);
  out.set(ipv6ToBytes(packet.dst), IPV6_DST);
  out.set(payload, IPV6_HEADER_BYTES);
  return out;
}

/** The sum of the pseudo header (RFC 8200, section 8.1): seed of a UDP, TCP or ICMPv6 checksum. */
export function pseudoHeaderSum6({ src, dst }: Pick<Ipv6Packet, 'src' | 'dst'>, nextHeader: number, length: number): number {
  const header = new Uint8Array(40);
  header.set(ipv6ToBytes(src), 0);
  header.set(ipv6ToBytes(dst), 16);
  putU32(header, 32, length, 'upper-layer length');
  putU32(header, 36, nextHeader, 'next header');
  return onesComplementSum(header, 0, header.length);
}
