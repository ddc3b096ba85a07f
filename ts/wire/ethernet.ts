/**
 * Ethernet II frames, without FCS, with at most one 802.1Q tag. A second tag stays in the payload, unread.
 *
 *   0     5 6    11 12  13 14
 *  ┌───────┬───────┬──────┬──────────────────┐
 *  │  dst  │  src  │ type │ payload          │
 *  └───────┴───────┴──────┴──────────────────┘
 *   0     5 6    11 12  13 14  15 16  17 18
 *  ┌───────┬───────┬──────┬──────┬──────┬────┐      tci:  15   13  12  11        0
 *  │  dst  │  src  │ 8100 │ tci  │ type │ …  │           ┌────────┬────┬──────────┐
 *  └───────┴───────┴──────┴──────┴──────┴────┘           │priority│ DE │ VLAN id  │
 *                                                        └────────┴────┴──────────┘
 * Two levels. `EthernetView` reads fields and makes no judgement. `EthernetFrame` can only be legal: its type is a type
 * (0x0600 and up; below that the field is an 802.3 length) and its VLAN id is not the reserved 4095.
 */
import { type Mac, macFromNumber } from '../values/mac.ts';
import { putU16, u16At, u32At } from './big-endian.ts';

export const ETHERNET_DST = 0;
export const ETHERNET_SRC = 6;
export const ETHERNET_TYPE = 12;
export const ETHERNET_HEADER_BYTES = 14;
export const VLAN_TCI = 14;
export const VLAN_TYPE = 16;
export const VLAN_TAG_BYTES = 4;
/** The shortest frame on the wire, without its FCS. */
export const ETHERNET_MIN_BYTES = 60;

/** The values of the type field this project names. */
export const ETHERTYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  vlan: 0x8100,
  ipv6: 0x86dd,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  lldp: 0x88cc,
  ha2: 0x7261,
  /** Beacons of vSphere. */
  beacon: 0x8922,
  /** LACP, the marker protocol. */
  slow: 0x8809,
} as const;

/** Below this the type field is the length of an 802.3 frame. */
export const ETHERTYPE_MIN = 0x0600;
export const VLAN_ID_MAX = 4094;
const VLAN_PRIORITY_MAX = 7;

export interface VlanTag {
  /** 0 (priority only) to 4094. */
  readonly id: number;
  /** 0 to 7. */
  readonly priority: number;
  readonly isDropEligible: boolean;
}

export interface EthernetHeader {
  readonly dst: Mac;
  readonly src: Mac;
  /** Absent on an untagged frame. */
  readonly vlan?: VlanTag;
  /** What the payload is: behind the tag, if there is one. */
  readonly etherType: number;
}

export interface EthernetFrame extends EthernetHeader {
  /** Padding included: only the layer above knows where its data ends. Shares memory with the parsed bytes. */
  readonly payload: Uint8Array;
}

/** Fields of bytes that are long enough, taken as they are. */
export class EthernetView {
  readonly #bytes: Uint8Array;
  readonly #at: number;

  private constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Null when the bytes end inside the header or the tag. */
  static over(bytes: Uint8Array, offset = 0): EthernetView | null {
    const view = new EthernetView(bytes, offset);
    return bytes.length - offset >= ETHERNET_HEADER_BYTES && bytes.length - offset >= view.headerLength ? view : null;
  }

  get dst(): Mac {
    return readMac(this.#bytes, this.#at + ETHERNET_DST);
  }

  get src(): Mac {
    return readMac(this.#bytes, this.#at + ETHERNET_SRC);
  }

  get isTagged(): boolean {
    return u16At(this.#bytes, this.#at + ETHERNET_TYPE) === ETHERTYPE.vlan;
  }

  get headerLength(): number {
    return this.isTagged ? ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES : ETHERNET_HEADER_BYTES;
  }

  /** Null on an untagged frame. */
  get vlan(): VlanTag | null {
    if (!this.isTagged) return null;
    const tci = u16At(this.#bytes, this.#at + VLAN_TCI);
    return { id: tci & 0x0fff, priority: tci >>> 13, isDropEligible: (tci & 0x1000) !== 0 };
  }

  /** Type or length of the payload, behind the tag if there is one. */
  get etherType(): number {
    return u16At(this.#bytes, this.#at + (this.isTagged ? VLAN_TYPE : ETHERNET_TYPE));
  }

  get payload(): Uint8Array {
    return this.#bytes.subarray(this.#at + this.headerLength);
  }
}

/** Null when the bytes are cut short, an 802.3 length stands where the type should, or the VLAN id is reserved. */
export function parseEthernet(bytes: Uint8Array, offset = 0): EthernetFrame | null {
  const view = EthernetView.over(bytes, offset);
  if (view === null || view.etherType < ETHERTYPE_MIN) return null;
  const { dst, src, vlan, etherType, payload } = view;
  if (vlan === null) return { dst, src, etherType, payload };
  return vlan.id > VLAN_ID_MAX ? null : { dst, src, vlan, etherType, payload };
}

/**
 * The bytes of a frame, not padded: see `padToMinimum`.
 * @throws RangeError when a field does not fit, or an untagged frame claims the type of a tag.
 */
export function emitEthernet(frame: EthernetFrame): Uint8Array {
  const headerLength = ethernetHeaderLength(frame);
  const out = new Uint8Array(headerLength + frame.payload.length);
  writeEthernetHeader(out, frame);
  out.set(frame.payload, headerLength);
  return out;
}

export function ethernetHeaderLength(header: EthernetHeader): number {
  return header.vlan === undefined ? ETHERNET_HEADER_BYTES : ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES;
}

/** Writes the header at the start of `out` and answers its length. @throws RangeError as `emitEthernet`. */
export function writeEthernetHeader(out: Uint8Array, header: EthernetHeader): number {
  const { vlan, etherType } = header;
  if (etherType < ETHERTYPE_MIN || (vlan === undefined && etherType === ETHERTYPE.vlan)) {
    throw new RangeError(`0x${etherType.toString(16)} is not the type of a payload`);
  }
  writeMac(out, ETHERNET_DST, header.dst);
  writeMac(out, ETHERNET_SRC, header.src);
  if (vlan === undefined) {
    putU16(out, ETHERNET_TYPE, etherType, 'EtherType');
    return ETHERNET_HEADER_BYTES;
  }
  putU16(out, ETHERNET_TYPE, ETHERTYPE.vlan, 'EtherType');
  putU16(out, VLAN_TCI, vlanTci(vlan), 'VLAN tag');
  putU16(out, VLAN_TYPE, etherType, 'EtherType');
  return ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES;
}

function vlanTci({ id, priority, isDropEligible }: VlanTag): number {
  if (!(id >= 0 && id <= VLAN_ID_MAX)) throw new RangeError(`VLAN id is ${id}: expected 0 to ${VLAN_ID_MAX}`);
  if (!(priority >= 0 && priority <= VLAN_PRIORITY_MAX)) {
    throw new RangeError(`VLAN priority is ${priority}: expected 0 to ${VLAN_PRIORITY_MAX}`);
  }
  return (priority << 13) | (isDropEligible ? 0x1000 : 0) | id;
}

/** The same frame, with zeros up to 60 bytes when it was shorter. */
export function padToMinimum(frame: Uint8Array): Uint8Array {
  if (frame.length >= ETHERNET_MIN_BYTES) return frame;
  const padded = new Uint8Array(ETHERNET_MIN_BYTES);
  padded.set(frame);
  return padded;
}

/** The text of the six bytes at an offset. */
export function readMac(bytes: Uint8Array, at: number): Mac {
  return macFromNumber(u16At(bytes, at) * 2 ** 32 + u32At(bytes, at + 2));
}

/** @throws RangeError when the six bytes lie outside the buffer. */
export function writeMac(out: Uint8Array, at: number, mac: Mac): void {
  for (let i = 0; i < 6; i += 2) {
    const text = mac.slice(i * 3, i * 3 + 2) + mac.slice(i * 3 + 3, i * 3 + 5);
    putU16(out, at + i, Number.parseInt(text, 16), `MAC address ${mac}`);
  }
}
