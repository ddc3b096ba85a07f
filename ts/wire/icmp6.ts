/**
 * ICMPv6 (RFC 4443): echo, and errors about packets. Neighbour discovery is neighbour-discovery.ts.
 *
 *   0      1      2     4    6     8
 *  ┌──────┬──────┬─────┬────┬─────┬─────────┐
 *  │ type │ code │check│ id │ seq │ payload │      type 128: request, 129: reply
 *  │      │      │ sum │    │     │         │      an error has in place of id and seq a word: 0, or an MTU
 *  └──────┴──────┴─────┴────┴─────┴─────────┘
 *
 * The checksum covers the addresses of the packet, too: all functions take them.
 */
import { type Ipv6, ipv6FromBytes } from '../values/ipv6-address.ts';
import { putU8, putU16, u8At, u16At, u32At } from './big-endian.ts';
import { internetChecksum, isChecksumValid } from './checksum.ts';
import { IPV6_DST, IPV6_HEADER_BYTES, IPV6_SRC, type Ipv6Packet, NEXT_HEADER, pseudoHeaderSum6 } from './ipv6.ts';

export const ICMP6_HEADER_BYTES = 8;
export const ICMP6_CHECKSUM = 2;

export const ICMP6_TYPE = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
} as const;

type Ends = Pick<Ipv6Packet, 'src' | 'dst'>;

export interface Icmp6Echo {
  readonly kind: 'request' | 'reply';
  readonly id: number;
  readonly seq: number;
  /** Shares memory with the parsed bytes. */
  readonly payload: Uint8Array;
}

/** Whether a message is long enough and its checksum right. */
export function isIcmp6(bytes: Uint8Array, ends: Ends): boolean {
  if (bytes.length < 4) return false;
  return isChecksumValid(bytes, 0, bytes.length, pseudoHeaderSum6(ends, NEXT_HEADER.icmp6, bytes.length));
}

/** Writes the checksum into a message whose checksum field is zero. */
export function sealIcmp6(message: Uint8Array, ends: Ends): Uint8Array {
  const seed = pseudoHeaderSum6(ends, NEXT_HEADER.icmp6, message.length);
  putU16(message, ICMP6_CHECKSUM, internetChecksum(message, 0, message.length, seed), 'ICMPv6 checksum');
  return message;
}

/** Null when the bytes are cut short, are another message, or the checksum is wrong. */
export function parseIcmp6Echo(bytes: Uint8Array, ends: Ends): Icmp6Echo | null {
  const type = u8At(bytes, 0);
  if (bytes.length < ICMP6_HEADER_BYTES || u8At(bytes, 1) !== 0 || !isIcmp6(bytes, ends)) return null;
  if (type !== ICMP6_TYPE.echoRequest && type !== ICMP6_TYPE.echoReply) return null;
  const kind = type === ICMP6_TYPE.echoRequest ? 'request' : 'reply';
  return { kind, id: u16At(bytes, 4), seq: u16At(bytes, 6), payload: bytes.subarray(ICMP6_HEADER_BYTES) };
}

/** @throws RangeError when a field does not fit. */
export function emitIcmp6Echo({ kind, id, seq, payload }: Icmp6Echo, ends: Ends): Uint8Array {
  const out = new Uint8Array(ICMP6_HEADER_BYTES + payload.length);
  putU8(out, 0, kind === 'request' ? ICMP6_TYPE.echoRequest : ICMP6_TYPE.echoReply, 'ICMPv6 type');
  putU16(out, 4, id, 'ICMPv6 echo id');
  putU16(out, 6, seq, 'ICMPv6 echo sequence');
  out.set(payload, ICMP6_HEADER_BYTES);
  return sealIcmp6(out, ends);
}

/** Errors by type and code. */
export const ICMP6_PROBLEMS = {
  'host-unreachable': { type: ICMP6_TYPE.unreachable, code: 3 },
  'packet-too-big': { type: ICMP6_TYPE.packetTooBig, code: 0 },
  'time-exceeded': { type: ICMP6_TYPE.timeExceeded, code: 0 },
} as const;
export type Icmp6Problem = keyof typeof ICMP6_PROBLEMS;

export interface Icmp6Error {
  readonly problem: Icmp6Problem;
  /** MTU of the next hop where the packet is too big, else 0. */
  readonly mtu: number;
  /** Of the quoted packet. */
  readonly src: Ipv6;
  readonly dst: Ipv6;
  readonly protocol: number;
}

/** Null when the bytes are cut short, are no error of these kinds, quote no IPv6 header, or the checksum is wrong. */
export function parseIcmp6Error(bytes: Uint8Array, ends: Ends): Icmp6Error | null {
  if (bytes.length < ICMP6_HEADER_BYTES + IPV6_HEADER_BYTES || !isIcmp6(bytes, ends)) return null;
  const found = Object.entries(ICMP6_PROBLEMS).find(([, of]) => of.type === u8At(bytes, 0) && of.code === u8At(bytes, 1));
  if (found === undefined || u8At(bytes, ICMP6_HEADER_BYTES) >>> 4 !== 6) return null;
  const problem = found[0] as Icmp6Problem;
  return {
    problem,
    mtu: problem === 'packet-too-big' ? u32At(bytes, 4) : 0,
    src: ipv6FromBytes(bytes, ICMP6_HEADER_BYTES + IPV6_SRC),
    dst: ipv6FromBytes(bytes, ICMP6_HEADER_BYTES + IPV6_DST),
    protocol: u8At(bytes, ICMP6_HEADER_BYTES + 6),
  };
}
