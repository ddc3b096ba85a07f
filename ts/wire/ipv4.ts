/**
 * IPv4 (RFC 791): a header of 20 bytes, or more when it carries options.
 *
 *   0         1     2       3 4    5 6              7 8     9          10    11 12  15 16  19
 *  ┌─────────┬─────┬─────────┬──────┬────────────────┬─────┬──────────┬────────┬──────┬──────┬────────┐
 *  │ 4 │ ihl │ tos │ total   │ id   │ flags, offset  │ ttl │ protocol │checksum│ src  │ dst  │options…│
 *  │         │     │ length  │      │ -DM │ 13 bits  │     │          │        │      │      │        │
 *  └─────────┴─────┴─────────┴──────┴────────────────┴─────┴──────────┴────────┴──────┴──────┴────────┘
 *
 * Options are stepped over (ihl says how far) and not kept; emitting never writes any. A header with a wrong checksum is
 * no packet: `parseIpv4Packet` answers null, and `Ipv4View.isChecksumValid` says why. Bytes after the total length are
 * Ethernet padding and are not payload.
 */
import { type Ipv4, ipv4FromNumber, ipv4ToNumber } from '../values/ipv4-address.ts';
import { putU8, putU16, putU32, u8At, u16At, u32At } from './big-endian.ts';
import { internetChecksum, isChecksumValid } from './checksum.ts';

export const IPV4_VERSION_IHL = 0;
export const IPV4_TOS = 1;
export const IPV4_TOTAL_LENGTH = 2;
export const IPV4_ID = 4;
export const IPV4_FRAGMENT = 6;
export const IPV4_TTL = 8;
export const IPV4_PROTOCOL = 9;
export const IPV4_CHECKSUM = 10;
export const IPV4_SRC = 12;
export const IPV4_DST = 16;
/** Without options. */
export const IPV4_HEADER_BYTES = 20;

export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, ha2: 99 } as const;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;
const FRAGMENT_UNIT_BYTES = 8;

export interface Ipv4Fragment {
  /** Where this piece begins in the whole payload; a multiple of 8. */
  readonly offsetBytes: number;
  readonly hasMore: boolean;
}

export interface Ipv4Packet {
  readonly tos: number;
  readonly id: number;
  readonly dontFragment: boolean;
  /** Absent on a whole packet; present on every piece, the first (offset 0, more to come) included. */
  readonly fragment?: Ipv4Fragment;
  readonly ttl: number;
  readonly protocol: number;
  readonly src: Ipv4;
  readonly dst: Ipv4;
  /** Shares memory with the parsed bytes. */
  readonly payload: Uint8Array;
}

/** Fields of bytes that are long enough, taken as they are. */
export class Ipv4View {
  readonly #bytes: Uint8Array;
  readonly #at: number;

  private constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Null when it is not version 4, or the bytes end inside the header or its options. The payload may be cut short. */
  static over(bytes: Uint8Array, offset = 0): Ipv4View | null {
    if (bytes.length - offset < IPV4_HEADER_BYTES || u8At(bytes, offset) >>> 4 !== 4) return null;
    const view = new Ipv4View(bytes, offset);
    return view.headerLength >= IPV4_HEADER_BYTES && bytes.length - offset >= view.headerLength ? view : null;
  }

  get headerLength(): number {
    return (u8At(this.#bytes, this.#at + IPV4_VERSION_IHL) & 0x0f) * 4;
  }

  get tos(): number {
    return u8At(this.#bytes, this.#at + IPV4_TOS);
  }

  get totalLength(): number {
    return u16At(this.#bytes, this.#at + IPV4_TOTAL_LENGTH);
  }

  get id(): number {
    return u16At(this.#bytes, this.#at + IPV4_ID);
  }

  get dontFragment(): boolean {
    return (u16At(this.#bytes, this.#at + IPV4_FRAGMENT) & DONT_FRAGMENT) !== 0;
  }

  get fragment(): Ipv4Fragment {
    const field = u16At(this.#bytes, this.#at + IPV4_FRAGMENT);
    return { offsetBytes: (field & FRAGMENT_OFFSET) * FRAGMENT_UNIT_BYTES, hasMore: (field & MORE_FRAGMENTS) !== 0 };
  }

  get ttl(): number {
    return u8At(this.#bytes, this.#at + IPV4_TTL);
  }

  get protocol(): number {
    return u8At(this.#bytes, this.#at + IPV4_PROTOCOL);
  }

  get src(): Ipv4 {
    return readIpv4Address(this.#bytes, this.#at + IPV4_SRC);
  }

  get dst(): Ipv4 {
    return readIpv4Address(this.#bytes, this.#at + IPV4_DST);
  }

  get isChecksumValid(): boolean {
    return isChecksumValid(this.#bytes, this.#at, this.#at + this.headerLength);
  }

  /** Whether the total length covers the header, and all of it is there. */
  get isComplete(): boolean {
    return this.totalLength >= this.headerLength && this.#bytes.length - this.#at >= this.totalLength;
  }

  /** As much of the payload as there is. */
  get payload(): Uint8Array {
    return this.#bytes.subarray(this.#at + this.headerLength, Math.max(this.#at + this.headerLength, this.#at + this.totalLength));
  }
}

/** Null when the bytes are cut short, are not IPv4, or the header checksum is wrong. */
export function parseIpv4Packet(bytes: Uint8Array, offset = 0): Ipv4Packet | null {
  const view = Ipv4View.over(bytes, offset);
  if (view === null || !view.isComplete || !view.isChecksumValid) return null;
  const { tos, id, dontFragment, fragment, ttl, protocol, src, dst, payload } = view;
  const packet = { tos, id, dontFragment, ttl, protocol, src, dst, payload };
  return fragment.offsetBytes === 0 && !fragment.hasMore ? packet : { ...packet, fragment };
}

/** @throws RangeError when a field does not fit, or the packet is longer than 65535 bytes. */
export function emitIpv4Packet(packet: Ipv4Packet): Uint8Array {
  const out = new Uint8Array(IPV4_HEADER_BYTES + packet.payload.length);
  putU8(out, IPV4_VERSION_IHL, (4 << 4) | (IPV4_HEADER_BYTES / 4), 'IPv4 version');
  putU8(out, IPV4_TOS, packet.tos, 'IPv4 TOS');
  putU16(out, IPV4_TOTAL_LENGTH, out.length, 'IPv4 total length');
  putU16(out, IPV4_ID, packet.id, 'IPv4 id');
  putU16(out, IPV4_FRAGMENT, fragmentField(packet), 'IPv4 fragment field');
  putU8(out, IPV4_TTL, packet.ttl, 'IPv4 TTL');
  putU8(out, IPV4_PROTOCOL, packet.protocol, 'IPv4 protocol');
  writeIpv4Address(out, IPV4_SRC, packet.src);
  writeIpv4Address(out, IPV4_DST, packet.dst);
  putU16(out, IPV4_CHECKSUM, internetChecksum(out, 0, IPV4_HEADER_BYTES), 'IPv4 checksum');
  out.set(packet.payload, IPV4_HEADER_BYTES);
  return out;
}

function fragmentField({ dontFragment, fragment }: Ipv4Packet): number {
  const units = (fragment?.offsetBytes ?? 0) / FRAGMENT_UNIT_BYTES;
  if (!Number.isInteger(units) || units < 0 || units > FRAGMENT_OFFSET) {
    throw new RangeError(`IPv4 fragment offset is ${fragment?.offsetBytes}: expected a multiple of 8 from 0 to 65528`);
  }
  return (dontFragment ? DONT_FRAGMENT : 0) | (fragment?.hasMore ? MORE_FRAGMENTS : 0) | units;
}

/** The text of the four bytes at an offset. */
export function readIpv4Address(bytes: Uint8Array, at: number): Ipv4 {
  return ipv4FromNumber(u32At(bytes, at));
}

/** @throws RangeError when the four bytes lie outside the buffer. */
export function writeIpv4Address(out: Uint8Array, at: number, ip: Ipv4): void {
  putU32(out, at, ipv4ToNumber(ip), `IPv4 address ${ip}`);
}
