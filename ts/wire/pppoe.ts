/**
 * PPPoE (RFC 2516): discovery (type 0x8863) and session (type 0x8864), behind an Ethernet header; and the control packets of PPP
 * (RFC 1661, RFC 1332) that a session carries.
 *
 *   0    1      2         4        6              discovery: tags           session: PPP
 *  ┌────┬──────┬─────────┬────────┬─────────┐    ┌──────┬────────┬───────┐ ┌──────────┬──────┬────┬────────┬──────┐
 *  │ 11 │ code │ session │ length │ payload │    │ type │ length │ value │ │ protocol │ code │ id │ length │ data │
 *  └────┴──────┴─────────┴────────┴─────────┘    │ 2    │ 2      │       │ │ 2        │ 1    │ 1  │ 2      │      │
 *                                                └──────┴────────┴───────┘ └──────────┴──────┴────┴────────┴──────┘
 */
import { putU8, putU16, u8At, u16At } from './big-endian.ts';

const VERSION_TYPE = 0x11;
const HEADER_BYTES = 6;

/** Of discovery packets; session packets have code 0. */
export const PPPOE_CODE = { padi: 0x09, pado: 0x07, padr: 0x19, pads: 0x65, padt: 0xa7, session: 0 } as const;
export type PppoeKind = keyof typeof PPPOE_CODE;

export const PPPOE_TAG = {
  endOfList: 0x0000,
  serviceName: 0x0101,
  acName: 0x0102,
  hostUniq: 0x0103,
  acCookie: 0x0104,
} as const;

export interface PppoeTag {
  readonly type: number;
  readonly value: Uint8Array;
}

/** A packet of discovery or of a session. */
export interface PppoePacket {
  readonly kind: PppoeKind;
  readonly session: number;
  /** Shares memory with the parsed bytes. */
  readonly payload: Uint8Array;
}

/** Null when the bytes are cut short, or the code is unknown. What lies behind the length is padding. */
export function parsePppoe(bytes: Uint8Array, offset = 0): PppoePacket | null {
  if (bytes.length - offset < HEADER_BYTES || u8At(bytes, offset) !== VERSION_TYPE) return null;
  const code = u8At(bytes, offset + 1);
  const kind = (Object.keys(PPPOE_CODE) as PppoeKind[]).find((one) => PPPOE_CODE[one] === code);
  const length = u16At(bytes, offset + 4);
  if (kind === undefined || length > bytes.length - offset - HEADER_BYTES) return null;
  const from = offset + HEADER_BYTES;
  return { kind, session: u16At(bytes, offset + 2), payload: bytes.subarray(from, from + length) };
}

/** @throws RangeError when a field does not fit. */
export function emitPppoe({ kind, session, payload }: PppoePacket): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + payload.length);
  putU8(out, 0, VERSION_TYPE, 'PPPoE version and type');
  putU8(out, 1, PPPOE_CODE[kind], 'PPPoE code');
  putU16(out, 2, session, 'PPPoE session');
  putU16(out, 4, payload.length, 'PPPoE length');
  out.set(payload, HEADER_BYTES);
  return out;
}

/** The tags of a discovery packet, up to the end of the list; null when one runs past the end. */
export function parseTags(payload: Uint8Array): PppoeTag[] | null {
  const tags: PppoeTag[] = [];
  for (let at = 0; at < payload.length; ) {
    if (payload.length - at < 4) return null;
    const type = u16At(payload, at);
    if (type === PPPOE_TAG.endOfList) return tags;
    const end = at + 4 + u16At(payload, at + 2);
    if (end > payload.length) return null;
    tags.push({ type, value: payload.slice(at + 4, end) });
    at = end;
  }
  return tags;
}

/** @throws RangeError when a tag is longer than its length field can say. */
export function emitTags(tags: readonly PppoeTag[]): Uint8Array {
  const out = new Uint8Array(tags.reduce((bytes, { value }) => bytes + 4 + value.length, 0));
  let at = 0;
  for (const { type, value } of tags) {
    putU16(out, at, type, 'PPPoE tag');
    putU16(out, at + 2, value.length, 'PPPoE tag length');
    out.set(value, at + 4);
    at += 4 + value.length;
  }
  return out;
}

/** The value of the first tag of a type; undefined without one. */
export function tagOf(tags: readonly PppoeTag[], type: number): Uint8Array | undefined {
  return tags.find((tag) => tag.type === type)?.value;
}

// ── PPP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const PPP_PROTOCOL = { ipv4: 0x0021, lcp: 0xc021, ipcp: 0x8021 } as const;

/** Of LCP and IPCP alike; echoes are LCP's alone. */
export const PPP_CODE = {
  configureRequest: 1,
  configureAck: 2,
  configureNak: 3,
  configureReject: 4,
  terminateRequest: 5,
  terminateAck: 6,
  echoRequest: 9,
  echoReply: 10,
} as const;
export type PppCode = keyof typeof PPP_CODE;

/** What an option of a configure packet asks for. */
export const LCP_OPTION = { mru: 1, magic: 5 } as const;
export const IPCP_OPTION = { address: 3 } as const;

/** A control packet: data of echoes begins with the sender's magic number; data of configure packets are options. */
export interface PppControl {
  readonly protocol: 'lcp' | 'ipcp';
  readonly code: PppCode;
  readonly id: number;
  readonly data: Uint8Array;
}

export interface PppOption {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Null when the payload is none of LCP or IPCP (data of the network is none), is cut short, or has an unknown code. */
export function parsePppControl(payload: Uint8Array): PppControl | null {
  if (payload.length < 6) return null;
  const number = u16At(payload, 0);
  const protocol = number === PPP_PROTOCOL.lcp ? 'lcp' : number === PPP_PROTOCOL.ipcp ? 'ipcp' : null;
  const code = (Object.keys(PPP_CODE) as PppCode[]).find((one) => PPP_CODE[one] === u8At(payload, 2));
  const length = u16At(payload, 4);
  if (protocol === null || code === undefined || length < 4 || length > payload.length - 2) return null;
  return { protocol, code, id: u8At(payload, 3), data: payload.slice(6, 2 + length) };
}

/** @throws RangeError when a field does not fit. */
export function emitPppControl({ protocol, code, id, data }: PppControl): Uint8Array {
  const out = new Uint8Array(6 + data.length);
  putU16(out, 0, PPP_PROTOCOL[protocol], 'PPP protocol');
  putU8(out, 2, PPP_CODE[code], 'PPP code');
  putU8(out, 3, id, 'PPP identifier');
  putU16(out, 4, 4 + data.length, 'PPP length');
  out.set(data, 6);
  return out;
}

/** The options of a configure packet; null when one runs past the end. */
export function parsePppOptions(data: Uint8Array): PppOption[] | null {
  const options: PppOption[] = [];
  for (let at = 0; at < data.length; ) {
    const length = u8At(data, at + 1);
    if (length < 2 || at + length > data.length) return null;
    options.push({ type: u8At(data, at), value: data.slice(at + 2, at + length) });
    at += length;
  }
  return options;
}

/** @throws RangeError when an option is longer than 253 bytes. */
export function emitPppOptions(options: readonly PppOption[]): Uint8Array {
  const out = new Uint8Array(options.reduce((bytes, { value }) => bytes + 2 + value.length, 0));
  let at = 0;
  for (const { type, value } of options) {
    putU8(out, at, type, 'PPP option');
    putU8(out, at + 1, 2 + value.length, 'PPP option length');
    out.set(value, at + 2);
    at += 2 + value.length;
  }
  return out;
}
