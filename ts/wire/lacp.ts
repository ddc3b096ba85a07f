/**
 * LACP data units (IEEE 802.1AX, 6.4.2.3): 110 bytes behind an Ethernet header of type 0x8809, to 01:80:c2:00:00:02. No bridge passes them on.
 *
 *   0       1       2      22        42          58         60         110
 *  ┌───────┬───────┬──────┬─────────┬───────────┬──────────┬──────────┐
 *  │sub- 1 │vers. 1│actor │ partner │ collector │terminator│ zero     │
 *  └───────┴───────┴──────┴─────────┴───────────┴──────────┴──────────┘
 *     0    1  2        4        10   12        14    16     17     20      of actor (type 1) and partner (type 2)
 *    ┌────┬──┬────────┬────────┬────┬─────────┬─────┬──────┬──────┐
 *    │type│20│ system │ system │key │ port    │port │state │ zero │
 *    │    │  │priority│        │    │ priority│     │      │      │
 *    └────┴──┴────────┴────────┴────┴─────────┴─────┴──────┴──────┘
 */
import type { Mac } from '../values/mac.ts';
import { putU8, putU16, u8At, u16At } from './big-endian.ts';
import { ETHERTYPE, emitEthernet, readMac, writeMac } from './ethernet.ts';

/** The slow protocols' address. */
export const SLOW_PROTOCOLS = '01:80:c2:00:00:02' as Mac;

export const LACPDU_BYTES = 110;
const SUBTYPE_LACP = 1;
const VERSION = 1;
const ACTOR = 2;
const PARTNER = 22;
const COLLECTOR = 42;
const TYPE = { actor: 1, partner: 2, collector: 3 } as const;
const INFO_BYTES = 20;
const COLLECTOR_BYTES = 16;

/** Bits of an actor's state. */
export const LACP_STATE = {
  activity: 1,
  /** It wants a frame each second, not each 30. */
  timeout: 2,
  aggregation: 4,
  synchronization: 8,
  collecting: 16,
  distributing: 32,
  defaulted: 64,
  expired: 128,
} as const;

/** What one end says of itself, or of the other. */
export interface LacpInfo {
  readonly systemPriority: number;
  readonly system: Mac;
  readonly key: number;
  readonly portPriority: number;
  readonly port: number;
  /** Bits of LACP_STATE. */
  readonly state: number;
}

export interface Lacpdu {
  readonly actor: LacpInfo;
  readonly partner: LacpInfo;
  /** How long the collector may hold a frame, in units of 10 us. */
  readonly collectorMaxDelay: number;
}

/** Null when the bytes are cut short, or are no LACP: the marker protocol shares its type. Later versions are read as this one. */
export function parseLacpdu(bytes: Uint8Array, offset = 0): Lacpdu | null {
  if (bytes.length - offset < LACPDU_BYTES) return null;
  const isLacp =
    u8At(bytes, offset) === SUBTYPE_LACP &&
    u8At(bytes, offset + 1) >= VERSION &&
    hasHead(bytes, offset + ACTOR, TYPE.actor, INFO_BYTES) &&
    hasHead(bytes, offset + PARTNER, TYPE.partner, INFO_BYTES) &&
    hasHead(bytes, offset + COLLECTOR, TYPE.collector, COLLECTOR_BYTES);
  if (!isLacp) return null;
  return {
    actor: readInfo(bytes, offset + ACTOR),
    partner: readInfo(bytes, offset + PARTNER),
    collectorMaxDelay: u16At(bytes, offset + COLLECTOR + 2),
  };
}

/** The 110 bytes of a data unit. @throws RangeError when a field does not fit. */
export function emitLacpdu({ actor, partner, collectorMaxDelay }: Lacpdu): Uint8Array {
  const out = new Uint8Array(LACPDU_BYTES);
  putU8(out, 0, SUBTYPE_LACP, 'slow protocols subtype');
  putU8(out, 1, VERSION, 'LACP version');
  writeInfo(out, ACTOR, TYPE.actor, actor);
  writeInfo(out, PARTNER, TYPE.partner, partner);
  putU8(out, COLLECTOR, TYPE.collector, 'LACP collector type');
  putU8(out, COLLECTOR + 1, COLLECTOR_BYTES, 'LACP collector length');
  putU16(out, COLLECTOR + 2, collectorMaxDelay, 'LACP collector delay');
  return out;
}

/** The whole frame. */
export function emitLacpFrame(src: Mac, pdu: Lacpdu): Uint8Array {
  return emitEthernet({ dst: SLOW_PROTOCOLS, src, etherType: ETHERTYPE.slow, payload: emitLacpdu(pdu) });
}

function hasHead(bytes: Uint8Array, at: number, type: number, length: number): boolean {
  return u8At(bytes, at) === type && u8At(bytes, at + 1) === length;
}

function readInfo(bytes: Uint8Array, at: number): LacpInfo {
  return {
    systemPriority: u16At(bytes, at + 2),
    system: readMac(bytes, at + 4),
    key: u16At(bytes, at + 10),
    portPriority: u16At(bytes, at + 12),
    port: u16At(bytes, at + 14),
    state: u8At(bytes, at + 16),
  };
}

function writeInfo(out: Uint8Array, at: number, type: number, info: LacpInfo): void {
  putU8(out, at, type, 'LACP information type');
  putU8(out, at + 1, INFO_BYTES, 'LACP information length');
  putU16(out, at + 2, info.systemPriority, 'LACP system priority');
  writeMac(out, at + 4, info.system);
  putU16(out, at + 10, info.key, 'LACP key');
  putU16(out, at + 12, info.portPriority, 'LACP port priority');
  putU16(out, at + 14, info.port, 'LACP port');
  putU8(out, at + 16, info.state, 'LACP state');
}
