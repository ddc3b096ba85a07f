/**
 * Neighbour discovery (RFC 4861): four ICMPv6 messages, each with options.
 *
 *   solicitation   type 135 │ 0 │ check │ reserved                    │ target, 16 │ options
 *   advertisement  type 136 │ 0 │ check │ R S O, reserved             │ target, 16 │ options
 *   router sol.    type 133 │ 0 │ check │ reserved                    │ options
 *   router adv.    type 134 │ 0 │ check │ hop limit, M O, lifetime    │ reachable, retrans. timers │ options
 *
 *   option   type │ length in units of 8 bytes │ …      1, 2: link-layer address   3: prefix   5: MTU
 *
 * A message with an option of length zero, or whose hop limit is not 255, is none (sections 6.1 and 7.1).
 */
import { type Ipv6, type Ipv6Prefix, ipv6FromBytes, ipv6ToBytes, UNSPECIFIED } from '../values/ipv6-address.ts';
import type { Mac } from '../values/mac.ts';
import { putU8, putU16, putU32, u8At, u16At, u32At } from './big-endian.ts';
import { readMac, writeMac } from './ethernet.ts';
import { ICMP6_TYPE, isIcmp6, sealIcmp6 } from './icmp6.ts';
import { emitIpv6Packet, type Ipv6Packet, NEXT_HEADER } from './ipv6.ts';

/** Proves that no router passed the packet on. */
export const ND_HOP_LIMIT = 255;

const OPTION = { sourceMac: 1, targetMac: 2, prefix: 3, mtu: 5 } as const;
const OPTION_UNIT = 8;
const MAC_OPTION_BYTES = 8;
const PREFIX_OPTION_BYTES = 32;
const FLAG = { router: 0x80, solicited: 0x40, override: 0x20, managed: 0x80, other: 0x40, onLink: 0x80, autonomous: 0x40 } as const;

export interface NeighbourSolicitation {
  readonly kind: 'solicitation';
  readonly target: Ipv6;
  /** Absent in a probe for a duplicate. */
  readonly mac: Mac | null;
}

export interface NeighbourAdvertisement {
  readonly kind: 'advertisement';
  readonly target: Ipv6;
  readonly isRouter: boolean;
  readonly isSolicited: boolean;
  readonly overrides: boolean;
  /** Of the target. */
  readonly mac: Mac | null;
}

export interface RouterSolicitation {
  readonly kind: 'router-solicitation';
  readonly mac: Mac | null;
}

export interface AdvertisedPrefix extends Ipv6Prefix {
  readonly isOnLink: boolean;
  /** Hosts make addresses from it. */
  readonly isAutonomous: boolean;
  readonly validSeconds: number;
  readonly preferredSeconds: number;
}

export interface RouterAdvertisement {
  readonly kind: 'router-advertisement';
  readonly hopLimit: number;
  readonly isManaged: boolean;
  readonly hasOther: boolean;
  /** Seconds as default router; 0: it is none. */
  readonly lifetimeSeconds: number;
  readonly mac: Mac | null;
  /** 0: not said. */
  readonly mtu: number;
  readonly prefixes: readonly AdvertisedPrefix[];
}

export type DiscoveryMessage = NeighbourSolicitation | NeighbourAdvertisement | RouterSolicitation | RouterAdvertisement;

/** What a packet says, or null when it is no valid message of neighbour discovery. */
export function parseDiscovery(packet: Ipv6Packet): DiscoveryMessage | null {
  const { payload } = packet;
  if (packet.nextHeader !== NEXT_HEADER.icmp6 || packet.hopLimit !== ND_HOP_LIMIT) return null;
  if (u8At(payload, 1) !== 0 || !isIcmp6(payload, packet)) return null;
  switch (u8At(payload, 0)) {
    case ICMP6_TYPE.neighbourSolicitation:
      return parseSolicitation(packet);
    case ICMP6_TYPE.neighbourAdvertisement:
      return parseAdvertisement(payload);
    case ICMP6_TYPE.routerSolicitation: {
      const options = payload.length < 8 ? null : optionsOf(payload, 8);
      return options === null ? null : { kind: 'router-solicitation', mac: macIn(options, OPTION.sourceMac) };
    }
    case ICMP6_TYPE.routerAdvertisement:
      return parseRouterAdvertisement(payload);
    default:
      return null;
  }
}

function parseSolicitation({ payload, src }: Ipv6Packet): NeighbourSolicitation | null {
  const options = payload.length < 24 ? null : optionsOf(payload, 24);
  if (options === null || u8At(payload, 8) === 0xff) return null;
  const mac = macIn(options, OPTION.sourceMac);
  // Section 7.1.1: a probe must not say where it comes from.
  if (src === UNSPECIFIED && mac !== null) return null;
  return { kind: 'solicitation', target: ipv6FromBytes(payload, 8), mac };
}

function parseAdvertisement(payload: Uint8Array): NeighbourAdvertisement | null {
  const options = payload.length < 24 ? null : optionsOf(payload, 24);
  if (options === null || u8At(payload, 8) === 0xff) return null;
  const flags = u8At(payload, 4);
  return {
    kind: 'advertisement',
    target: ipv6FromBytes(payload, 8),
    isRouter: (flags & FLAG.router) !== 0,
    isSolicited: (flags & FLAG.solicited) !== 0,
    overrides: (flags & FLAG.override) !== 0,
    mac: macIn(options, OPTION.targetMac),
  };
}

function parseRouterAdvertisement(payload: Uint8Array): RouterAdvertisement | null {
  const options = payload.length < 16 ? null : optionsOf(payload, 16);
  if (options === null) return null;
  const flags = u8At(payload, 5);
  const mtu = options.find(({ type, bytes }) => type === OPTION.mtu && bytes.length === OPTION_UNIT);
  return {
    kind: 'router-advertisement',
    hopLimit: u8At(payload, 4),
    isManaged: (flags & FLAG.managed) !== 0,
    hasOther: (flags & FLAG.other) !== 0,
    lifetimeSeconds: u16At(payload, 6),
    mac: macIn(options, OPTION.sourceMac),
    mtu: mtu === undefined ? 0 : u32At(mtu.bytes, 4),
    prefixes: options
      .filter(({ type, bytes }) => type === OPTION.prefix && bytes.length === PREFIX_OPTION_BYTES && u8At(bytes, 2) <= 128)
      .map(({ bytes }) => ({
        address: ipv6FromBytes(bytes, 16),
        prefix: u8At(bytes, 2),
        isOnLink: (u8At(bytes, 3) & FLAG.onLink) !== 0,
        isAutonomous: (u8At(bytes, 3) & FLAG.autonomous) !== 0,
        validSeconds: u32At(bytes, 4),
        preferredSeconds: u32At(bytes, 8),
      })),
  };
}

interface Option {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Null when one of them has no length, or ends behind the message. */
function optionsOf(payload: Uint8Array, from: number): Option[] | null {
  const options: Option[] = [];
  for (let at = from; at < payload.length; ) {
    const length = u8At(payload, at + 1) * OPTION_UNIT;
    if (length === 0 || at + length > payload.length) return null;
    options.push({ type: u8At(payload, at), bytes: payload.subarray(at, at + length) });
    at += length;
  }
  return options;
}

function macIn(options: readonly Option[], type: number): Mac | null {
  const found = options.find((option) => option.type === type && option.bytes.length === MAC_OPTION_BYTES);
  return found === undefined ? null : readMac(found.bytes, 2);
}

/** The packet of a message, with the hop limit that neighbour discovery needs. @throws RangeError when a field does not fit. */
export function emitDiscovery(message: DiscoveryMessage, src: Ipv6, dst: Ipv6): Uint8Array {
  const payload = sealIcmp6(messageOf(message), { src, dst });
  return emitIpv6Packet({
    trafficClass: 0,
    flowLabel: 0,
    nextHeader: NEXT_HEADER.icmp6,
    hopLimit: ND_HOP_LIMIT,
    src,
    dst,
    payload,
  });
}

function messageOf(message: DiscoveryMessage): Uint8Array {
  switch (message.kind) {
    case 'solicitation': {
      const out = withOptions(24, [macOption(OPTION.sourceMac, message.mac)]);
      putU8(out, 0, ICMP6_TYPE.neighbourSolicitation, 'ICMPv6 type');
      out.set(ipv6ToBytes(message.target), 8);
      return out;
    }
    case 'advertisement': {
      const { isRouter, isSolicited, overrides } = message;
      const out = withOptions(24, [macOption(OPTION.targetMac, message.mac)]);
      putU8(out, 0, ICMP6_TYPE.neighbourAdvertisement, 'ICMPv6 type');
      const flags = (isRouter ? FLAG.router : 0) | (isSolicited ? FLAG.solicited : 0) | (overrides ? FLAG.override : 0);
      putU8(out, 4, flags, 'flags');
      out.set(ipv6ToBytes(message.target), 8);
      return out;
    }
    case 'router-solicitation': {
      const out = withOptions(8, [macOption(OPTION.sourceMac, message.mac)]);
      putU8(out, 0, ICMP6_TYPE.routerSolicitation, 'ICMPv6 type');
      return out;
    }
    case 'router-advertisement':
      return routerAdvertisementOf(message);
    default:
      return message satisfies never;
  }
}

function routerAdvertisementOf(message: RouterAdvertisement): Uint8Array {
  const { hopLimit, isManaged, hasOther, lifetimeSeconds, mac, mtu, prefixes } = message;
  const out = withOptions(16, [macOption(OPTION.sourceMac, mac), mtuOption(mtu), ...prefixes.map(prefixOption)]);
  putU8(out, 0, ICMP6_TYPE.routerAdvertisement, 'ICMPv6 type');
  putU8(out, 4, hopLimit, 'hop limit');
  putU8(out, 5, (isManaged ? FLAG.managed : 0) | (hasOther ? FLAG.other : 0), 'flags');
  putU16(out, 6, lifetimeSeconds, 'router lifetime');
  return out;
}

function withOptions(headerBytes: number, options: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(headerBytes + options.reduce((sum, option) => sum + option.length, 0));
  let at = headerBytes;
  for (const option of options) {
    out.set(option, at);
    at += option.length;
  }
  return out;
}

function macOption(type: number, mac: Mac | null): Uint8Array {
  if (mac === null) return new Uint8Array(0);
  const out = Uint8Array.of(type, 1, 0, 0, 0, 0, 0, 0);
  writeMac(out, 2, mac);
  return out;
}

function mtuOption(mtu: number): Uint8Array {
  if (mtu === 0) return new Uint8Array(0);
  const out = Uint8Array.of(OPTION.mtu, 1, 0, 0, 0, 0, 0, 0);
  putU32(out, 4, mtu, 'MTU');
  return out;
}

function prefixOption(prefix: AdvertisedPrefix): Uint8Array {
  const out = new Uint8Array(PREFIX_OPTION_BYTES);
  putU8(out, 0, OPTION.prefix, 'option');
  putU8(out, 1, PREFIX_OPTION_BYTES / OPTION_UNIT, 'length');
  putU8(out, 2, prefix.prefix, 'prefix length');
  putU8(out, 3, (prefix.isOnLink ? FLAG.onLink : 0) | (prefix.isAutonomous ? FLAG.autonomous : 0), 'flags');
  putU32(out, 4, prefix.validSeconds, 'valid lifetime');
  putU32(out, 8, prefix.preferredSeconds, 'preferred lifetime');
  out.set(ipv6ToBytes(prefix.address), 16);
  return out;
}
