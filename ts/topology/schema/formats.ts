/**
 * The string formats of a lab file: what the schema checks with, and nothing else. A string that passed here is parsed
 * again where it is used, by the same functions.
 */
import { type Ipv4, ipv4ToNumber, isMulticast4, parseIpv4, parseIpv4Prefix, parseIpv4Range } from '../../values/ipv4-address.ts';
import {
  INTERFACE_ID_BITS,
  isLinkLocal,
  isMulticast6,
  networkOf,
  parseIpv6,
  parseIpv6Prefix,
  UNSPECIFIED,
} from '../../values/ipv6-address.ts';
import { macToNumber, parseMac } from '../../values/mac.ts';
import { parseDuration } from '../../values/nanos.ts';
import { parseByteSize, parsePercent, parsePortRange, parseRate } from '../../values/quantities.ts';
import { parseVlanRanges } from '../../values/vlan-ranges.ts';
import { BLOCK_BYTES_MAX, IMPAIRMENT_NS_MAX, LINK_QUEUE_BYTES_MAX, LINK_RATE_BPS_MAX, PAGE_BYTES } from '../draft/limits.ts';

export const NODE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
export const INTERFACE_NAME = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,30}$/;
/** Of a driver, as its maker writes it: "2.20.12", "2.8.20-k", "in-kernel". */
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
/** What every "node:interface" matches and no word of a lab file does. */
export const WITH_COLON = /^[^:]*:/;

export const FORMATS = {
  duration: (text: string) => parseDuration(text) !== null,
  'impairment-time': (text: string) => within(parseDuration(text), IMPAIRMENT_NS_MAX),
  // Written with its sign, as durations are with their unit.
  percent: (text: string) => parsePercent(text) !== null && (text.trim() === '0' || text.trim().endsWith('%')),
  rate: (text: string) => within(parseRate(text), LINK_RATE_BPS_MAX),
  'byte-size': (text: string) => within(parseByteSize(text), LINK_QUEUE_BYTES_MAX),
  'block-size': isBlockSize,
  'unicast-mac': isUnicastMac,
  'mac-or-endpoint': (text: string) => text === 'none' || parseMac(text) !== null || isEndpoint(text),
  ipv4: (text: string) => isUnicastIpv4(text),
  'multicast-ipv4': (text: string) => isMulticast4(parseIpv4(text) ?? ('0.0.0.0' as Ipv4)),
  'interface-address': isInterfaceAddress,
  'leasable-address': (text: string) => text === 'dhcp' || text === 'pppoe' || isInterfaceAddress(text),
  network: isNetwork,
  ipv6: (text: string) => isUnicastIpv6(text),
  'any-address': (text: string) => isUnicastIpv4(text) || isUnicastIpv6(text),
  'any-network': (text: string) => isNetwork(text) || isNetwork6(text, 128),
  'interface-address6': (text: string) => isUnicastIpv6(text.split('/')[0] ?? '') && parseIpv6Prefix(text) !== null,
  network64: (text: string) => isNetwork6(text, INTERFACE_ID_BITS) && parseIpv6Prefix(text)?.prefix === INTERFACE_ID_BITS,
  'any-or-link-local': (text: string) => isUnicastIpv4(text) || isUnicastIpv6(text) || isLinkLocal(parseIpv6(text) ?? UNSPECIFIED),
  'link-local': (text: string) => isLinkLocal(parseIpv6(text) ?? UNSPECIFIED),
  endpoint: isEndpoint,
  'interface-name': (text: string) => INTERFACE_NAME.test(text),
  'vlan-ranges': (text: string) => parseVlanRanges(text) !== null,
  'address-range': isAddressRange,
  'port-range': (text: string) => parsePortRange(text) !== null,
  version: (text: string) => VERSION.test(text),
  place: (text: string) => NODE_NAME.test(text) || isEndpoint(text),
} as const;

function within(value: number | null, max: number): boolean {
  return value !== null && value <= max;
}

/** The kernel gives a ring whole pages (packet_mmap.rst). */
function isBlockSize(text: string): boolean {
  const bytes = parseByteSize(text) ?? 0;
  return bytes > 0 && bytes % PAGE_BYTES === 0 && bytes <= BLOCK_BYTES_MAX;
}

function isUnicastMac(text: string): boolean {
  const mac = parseMac(text);
  return mac !== null && macToNumber(mac) !== 0 && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
}

/** An address a station can have: not 0/8, not loopback, not multicast or above. */
function isUnicastIpv4(text: string): boolean {
  const ip = parseIpv4(text);
  if (ip === null) return false;
  const first = Math.floor(ipv4ToNumber(ip) / 2 ** 24);
  return first > 0 && first < 224 && first !== 127;
}

function isInterfaceAddress(text: string): boolean {
  return isUnicastIpv4(text.split('/')[0] ?? '') && parseIpv4Prefix(text) !== null;
}

function isAddressRange(text: string): boolean {
  return (parseIpv4Range(text) ?? ['']).every(isUnicastIpv4);
}

/** A network: no bit set behind the prefix. */
function isNetwork(text: string): boolean {
  const network = parseIpv4Prefix(text);
  return network !== null && ipv4ToNumber(network.address) % 2 ** (32 - network.prefix) === 0;
}

/** An address a station can have that is valid beyond its link: not unspecified, loopback, link-local or multicast. */
function isUnicastIpv6(text: string): boolean {
  const ip = parseIpv6(text);
  return ip !== null && !isMulticast6(ip) && !isLinkLocal(ip) && ip !== UNSPECIFIED && ip !== '::1';
}

function isNetwork6(text: string, longest: number): boolean {
  const network = parseIpv6Prefix(text);
  return network !== null && network.prefix <= longest && networkOf(network.address, network.prefix) === network.address;
}

function isEndpoint(text: string): boolean {
  const [node = '', name = '', ...rest] = text.split(':');
  return rest.length === 0 && NODE_NAME.test(node) && INTERFACE_NAME.test(name);
}
