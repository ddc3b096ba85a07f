/**
 * ICMP (RFC 792): echo, which ping sends and what answers it, and errors about packets. The message fills the IPv4 payload to its end.
 *
 *   0      1      2     3 4    5 6     7 8
 *  ┌──────┬──────┬───────┬──────┬───────┬─────────┐
 *  │ type │ code │ check │  id  │  seq  │ payload │      type 8: request, 0: reply; code 0
 *  │      │      │ sum   │      │       │         │
 *  └──────┴──────┴───────┴──────┴───────┴─────────┘
 *
 * An error has in place of id and seq a word that is unused or holds an MTU (RFC 1191), and quotes the packet it is about.
 */
import type { Ipv4 } from '../values/ipv4-address.ts';
import { putU8, putU16, u8At, u16At } from './big-endian.ts';
import { internetChecksum, isChecksumValid } from './checksum.ts';
import { Ipv4View } from './ipv4.ts';

export const ICMP_TYPE = 0;
export const ICMP_CODE = 1;
export const ICMP_CHECKSUM = 2;
export const ICMP_ECHO_ID = 4;
export const ICMP_ECHO_SEQ = 6;
export const ICMP_ECHO_HEADER_BYTES = 8;

/** The two types of echo. */
export const ICMP_ECHO_TYPE = { request: 8, reply: 0 } as const;

export interface IcmpEcho {
  readonly kind: 'request' | 'reply';
  readonly id: number;
  readonly seq: number;
  /** Shares memory with the parsed bytes. */
  readonly payload: Uint8Array;
}

/** Null when the bytes are cut short, are another ICMP message, or the checksum is wrong. */
export function parseIcmpEcho(bytes: Uint8Array, offset = 0): IcmpEcho | null {
  if (bytes.length - offset < ICMP_ECHO_HEADER_BYTES) return null;
  const type = u8At(bytes, offset + ICMP_TYPE);
  if ((type !== ICMP_ECHO_TYPE.request && type !== ICMP_ECHO_TYPE.reply) || u8At(bytes, offset + ICMP_CODE) !== 0) return null;
  if (!isChecksumValid(bytes, offset, bytes.length)) return null;
  return {
    kind: type === ICMP_ECHO_TYPE.request ? 'request' : 'reply',
    id: u16At(bytes, offset + ICMP_ECHO_ID),
    seq: u16At(bytes, offset + ICMP_ECHO_SEQ),
    payload: bytes.subarray(offset + ICMP_ECHO_HEADER_BYTES),
  };
}

/** @throws RangeError when a field does not fit. */
export function emitIcmpEcho(echo: IcmpEcho): Uint8Array {
  const out = new Uint8Array(ICMP_ECHO_HEADER_BYTES + echo.payload.length);
  putU8(out, ICMP_TYPE, ICMP_ECHO_TYPE[echo.kind], 'ICMP type');
  putU16(out, ICMP_ECHO_ID, echo.id, 'ICMP echo id');
  putU16(out, ICMP_ECHO_SEQ, echo.seq, 'ICMP echo sequence');
  out.set(echo.payload, ICMP_ECHO_HEADER_BYTES);
  putU16(out, ICMP_CHECKSUM, internetChecksum(out, 0, out.length), 'ICMP checksum');
  return out;
}

/** Errors by type and code (RFC 792, RFC 1812). */
export const ICMP_PROBLEMS = {
  'host-unreachable': { type: 3, code: 1 },
  'fragmentation-needed': { type: 3, code: 4 },
  'time-exceeded': { type: 11, code: 0 },
} as const;
export type IcmpProblem = keyof typeof ICMP_PROBLEMS;

export interface IcmpError {
  readonly problem: IcmpProblem;
  /** MTU of the next hop where fragmentation is needed (RFC 1191), else 0. */
  readonly mtu: number;
  /** Of the quoted packet. */
  readonly src: Ipv4;
  readonly dst: Ipv4;
  readonly protocol: number;
}

/** Null when the bytes are cut short, are no error of these kinds, quote no IPv4 header, or the checksum is wrong. */
export function parseIcmpError(bytes: Uint8Array): IcmpError | null {
  if (bytes.length < ICMP_ECHO_HEADER_BYTES || !isChecksumValid(bytes, 0, bytes.length)) return null;
  const [type, code] = [u8At(bytes, ICMP_TYPE), u8At(bytes, ICMP_CODE)];
  const found = Object.entries(ICMP_PROBLEMS).find(([, one]) => one.type === type && one.code === code);
  const quoted = Ipv4View.over(bytes, ICMP_ECHO_HEADER_BYTES);
  if (found === undefined || quoted === null) return null;
  const problem = found[0] as IcmpProblem;
  const mtu = problem === 'fragmentation-needed' ? u16At(bytes, ICMP_ECHO_SEQ) : 0;
  return { problem, mtu, src: quoted.src, dst: quoted.dst, protocol: quoted.protocol };
}
