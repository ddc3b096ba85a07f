/** IPv4 addresses: dotted text in the model and in events, a 32-bit unsigned number at the data plane's door. */
import { type Mac, macFromNumber } from './mac.ts';

export type Ipv4 = string & { readonly __unit: 'ipv4' };

export interface Ipv4Prefix {
  readonly address: Ipv4;
  /** 0 to 32. */
  readonly prefix: number;
}

/** Reads dotted decimal; null when it is not an address. */
export function parseIpv4(text: string): Ipv4 | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
  }
  return text as Ipv4;
}

/** Reads "10.0.1.1/24"; null when it is not an address with a prefix length. */
export function parseIpv4Prefix(text: string): Ipv4Prefix | null {
  const [left = '', right = '', ...rest] = text.split('/');
  const address = parseIpv4(left);
  if (address === null || rest.length > 0 || !/^\d{1,2}$/.test(right) || Number(right) > 32) return null;
  return { address, prefix: Number(right) };
}

export function ipv4ToNumber(ip: Ipv4): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function ipv4FromNumber(value: number): Ipv4 {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.') as Ipv4;
}

/** Whether an address lies in the network of a prefix. */
export function prefixContains(network: Ipv4Prefix, ip: Ipv4): boolean {
  const size = 2 ** (32 - network.prefix);
  return Math.floor(ipv4ToNumber(network.address) / size) === Math.floor(ipv4ToNumber(ip) / size);
}

/** Reads "192.0.2.10" or "192.0.2.10-192.0.2.19" as first and last address; null when it is neither, or runs backwards. */
export function parseIpv4Range(text: string): readonly [first: Ipv4, last: Ipv4] | null {
  const [left = '', right = left, ...rest] = text.split('-');
  const [first, last] = [parseIpv4(left), parseIpv4(right)];
  if (first === null || last === null || rest.length > 0) return null;
  return ipv4ToNumber(first) <= ipv4ToNumber(last) ? [first, last] : null;
}

/** Whether one of two networks holds the other. */
export function prefixesOverlap(a: Ipv4Prefix, b: Ipv4Prefix): boolean {
  return a.prefix <= b.prefix ? prefixContains(a, b.address) : prefixContains(b, a.address);
}

/** "10.0.1.1/24". */
/** 224.0.0.0/4 (RFC 5771). */
export function isMulticast4(ip: Ipv4): boolean {
  return ipv4ToNumber(ip) >>> 28 === 0xe;
}

/** The MAC of a multicast group: 01:00:5e and its last 23 bits (RFC 1112, section 6.4). */
export function groupMac4(ip: Ipv4): Mac {
  return macFromNumber(0x01005e * 2 ** 24 + (ipv4ToNumber(ip) & 0x7f_ffff));
}

export function formatPrefix({ address, prefix }: Ipv4Prefix): string {
  return `${address}/${prefix}`;
}
