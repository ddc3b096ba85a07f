/**
 * TCP segments (RFC 9293) over IPv4: the header as a value. No connections here.
 *
 *   0   1 2   3 4     7 8    11 12       13      14  15 16    17 18    19 20
 *  ┌─────┬─────┬───────┬───────┬────────┬───────┬──────┬────────┬────────┬────────┬─────────┐
 *  │ src │ dst │  seq  │  ack  │ data   │ flags │window│checksum│ urgent │options…│ payload │
 *  │ port│ port│       │       │ offset │CEUAPRSF      │        │ pointer│        │         │
 *  └─────┴─────┴───────┴───────┴────────┴───────┴──────┴────────┴────────┴────────┴─────────┘
 *
 * Options are stepped over and not kept; emitting never writes any. The checksum covers the IPv4 addresses too, so it is
 * checked only when the caller gives them.
 */
import { putU8, putU16, putU32, u8At, u16At, u32At } from './big-endian.ts';
import { type Endpoints, internetChecksum, isChecksumValid, pseudoHeaderSum } from './checksum.ts';
import { IP_PROTOCOL } from './ipv4.ts';

export const TCP_SRC_PORT = 0;
export const TCP_DST_PORT = 2;
export const TCP_SEQ = 4;
export const TCP_ACK = 8;
export const TCP_DATA_OFFSET = 12;
export const TCP_FLAGS = 13;
export const TCP_WINDOW = 14;
export const TCP_CHECKSUM = 16;
export const TCP_URGENT = 18;
/** Without options. */
export const TCP_HEADER_BYTES = 20;

/** Bits of the flags byte. */
export const TCP_FLAG = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20, ece: 0x40, cwr: 0x80 } as const;

export interface TcpSegment {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  readonly ack: number;
  /** A sum of `TCP_FLAG` bits. */
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  /** Shares memory with the parsed bytes. */
  readonly payload: Uint8Array;
}

/** Null when the bytes are cut short, the data offset is illegal, or the checksum is wrong for the given addresses. */
export function parseTcp(bytes: Uint8Array, offset = 0, between?: Endpoints): TcpSegment | null {
  const length = bytes.length - offset;
  if (length < TCP_HEADER_BYTES) return null;
  const headerLength = (u8At(bytes, offset + TCP_DATA_OFFSET) >>> 4) * 4;
  if (headerLength < TCP_HEADER_BYTES || headerLength > length) return null;
  if (between !== undefined) {
    if (!isChecksumValid(bytes, offset, bytes.length, pseudoHeaderSum(between, IP_PROTOCOL.tcp, length))) return null;
  }
  return {
    srcPort: u16At(bytes, offset + TCP_SRC_PORT),
    dstPort: u16At(bytes, offset + TCP_DST_PORT),
    seq: u32At(bytes, offset + TCP_SEQ),
    ack: u32At(bytes, offset + TCP_ACK),
    flags: u8At(bytes, offset + TCP_FLAGS),
    window: u16At(bytes, offset + TCP_WINDOW),
    urgent: u16At(bytes, offset + TCP_URGENT),
    payload: bytes.subarray(offset + headerLength),
  };
}

/** @throws RangeError when a field does not fit. */
export function emitTcp(segment: TcpSegment, between: Endpoints): Uint8Array {
  const out = new Uint8Array(TCP_HEADER_BYTES + segment.payload.length);
  putU16(out, TCP_SRC_PORT, segment.srcPort, 'TCP source port');
  putU16(out, TCP_DST_PORT, segment.dstPort, 'TCP destination port');
  putU32(out, TCP_SEQ, segment.seq, 'TCP sequence number');
  putU32(out, TCP_ACK, segment.ack, 'TCP acknowledgement number');
  putU8(out, TCP_DATA_OFFSET, (TCP_HEADER_BYTES / 4) << 4, 'TCP data offset');
  putU8(out, TCP_FLAGS, segment.flags, 'TCP flags');
  putU16(out, TCP_WINDOW, segment.window, 'TCP window');
  putU16(out, TCP_URGENT, segment.urgent, 'TCP urgent pointer');
  out.set(segment.payload, TCP_HEADER_BYTES);
  const seed = pseudoHeaderSum(between, IP_PROTOCOL.tcp, out.length);
  putU16(out, TCP_CHECKSUM, internetChecksum(out, 0, out.length, seed), 'TCP checksum');
  return out;
}
