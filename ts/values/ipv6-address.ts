/**
 * IPv6 addresses: text as RFC 5952 writes it in the model and in events, 16 bytes in packets and at the data plane's door.
 *
 * The text is canonical: two texts are the same address exactly when they are equal.
 */
import { fnv1a } from './fnv1a.ts';
import { type Mac, macFromNumber, macToNumber } from './mac.ts';

export type Ipv6 = string & { readonly __unit: 'ipv6' };

export interface Ipv6Prefix {
  readonly address: Ipv6;
  /** 0 to 128. */
  readonly prefix: number;
}

const IPV6_BYTES = 16;
const WORDS = 8;
/** Bits of an interface id (RFC 4291, section 2.5.1). */
export const INTERFACE_ID_BITS = 64;

export const ALL_NODES = 'ff02::1' as Ipv6;
export const ALL_ROUTERS = 'ff02::2' as Ipv6;
export const UNSPECIFIED = '::' as Ipv6;

/** Reads any text form of RFC 4291, section 2.2, but no zone and no dotted decimal; null when it is no address. */
export function parseIpv6(text: string): Ipv6 | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = left.length + right.length;
  if (halves.length === 1 ? given !== WORDS : given >= WORDS) return null;
  const texts = [...left, ...new Array<string>(WORDS - given).fill('0'), ...right];
  if (!texts.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word))) return null;
  return formatWords(texts.map((word) => Number.parseInt(word, 16)));
}

/** Reads "2001:db8::1/64"; null when it is no address with a prefix length. */
export function parseIpv6Prefix(text: string): Ipv6Prefix | null {
  const [left = '', right = '', ...rest] = text.split('/');
  const address = parseIpv6(left);
  if (address === null || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(right) || Number(right) > 128) return null;
  return { address, prefix: Number(right) };
}

/** The 16 bytes of an address, first on the wire first. */
export function ipv6ToBytes(ip: Ipv6): Uint8Array {
  const out = new Uint8Array(IPV6_BYTES);
  wordsOf(ip).forEach((word, index) => {
    out[index * 2] = word >>> 8;
    out[index * 2 + 1] = word & 0xff;
  });
  return out;
}

/** The address in the 16 bytes at an offset; bytes behind the end count as zero. */
export function ipv6FromBytes(bytes: Uint8Array, at = 0): Ipv6 {
  return formatWords(Array.from({ length: WORDS }, (_, i) => ((bytes[at + i * 2] ?? 0) << 8) | (bytes[at + i * 2 + 1] ?? 0)));
}

/** Whether an address lies in the network of a prefix. */
export function prefixContains6({ address, prefix }: Ipv6Prefix, ip: Ipv6): boolean {
  return networkOf(address, prefix) === networkOf(ip, prefix);
}

/** Whether one of two networks holds the other. */
export function prefixesOverlap6(a: Ipv6Prefix, b: Ipv6Prefix): boolean {
  return a.prefix <= b.prefix ? prefixContains6(a, b.address) : prefixContains6(b, a.address);
}

/** The address with all bits behind the prefix zero. */
export function networkOf(ip: Ipv6, prefix: number): Ipv6 {
  return formatWords(
    wordsOf(ip).map((word, index) => {
      const bits = Math.min(16, Math.max(0, prefix - index * 16));
      return word & ((0xffff << (16 - bits)) & 0xffff);
    }),
  );
}

/** Rule EUI-01: the modified EUI-64 interface id of a MAC (RFC 4291, appendix A), under the first 64 bits of a prefix. */
export function eui64Address(prefix: Ipv6, mac: Mac): Ipv6 {
  const number = macToNumber(mac);
  const [first = 0, second = 0, third = 0] = [2 ** 32, 2 ** 16, 1].map((unit) => Math.floor(number / unit) % 2 ** 16);
  const id = [first ^ 0x0200, (second & 0xff00) | 0xff, 0xfe00 | (second & 0xff), third];
  return formatWords([...wordsOf(prefix).slice(0, 4), ...id]);
}

/** The link-local address of a MAC (RFC 4291, section 2.5.6). */
export function linkLocalOf(mac: Mac): Ipv6 {
  return eui64Address('fe80::' as Ipv6, mac);
}

/**
 * A stable address that does not depend on the MAC (RFC 7217): the same interface has the same address under the same prefix.
 *
 * Decision someone may dispute: FNV-1a in place of a cryptographic function. A lab needs ids that are stable and differ from each
 * other; nobody guesses its secret.
 * @param secret what the lab's seed and the owner of the address are; two units of a pair have one.
 */
export function stableAddress(prefix: Ipv6, iface: string, secret: string, dadCounter = 0): Ipv6 {
  const network = networkOf(prefix, INTERFACE_ID_BITS);
  const words = [0, 1].flatMap((part) => {
    const hash = fnv1a(`${part}\0${network}\0${iface}\0${dadCounter}\0${secret}`);
    return [hash >>> 16, hash & 0xffff];
  });
  return formatWords([...wordsOf(network).slice(0, 4), ...words]);
}

/** The solicited-node group of an address (RFC 4291, section 2.7.1). */
export function solicitedNode(ip: Ipv6): Ipv6 {
  const words = wordsOf(ip);
  return formatWords([0xff02, 0, 0, 0, 0, 1, 0xff00 | ((words[6] ?? 0) & 0xff), words[7] ?? 0]);
}

/** The MAC that frames to a multicast address have: 33:33 and its last 32 bits (RFC 2464, section 7). */
export function groupMac(ip: Ipv6): Mac {
  const words = wordsOf(ip);
  return macFromNumber(0x3333 * 2 ** 32 + (words[6] ?? 0) * 2 ** 16 + (words[7] ?? 0));
}

export function isMulticast6(ip: Ipv6): boolean {
  return (wordsOf(ip)[0] ?? 0) >>> 8 === 0xff;
}

/** Whether an address is valid on one link only: fe80::/10. */
export function isLinkLocal(ip: Ipv6): boolean {
  return ((wordsOf(ip)[0] ?? 0) & 0xffc0) === 0xfe80;
}

/** Whether a text from a model or an event is an IPv6 address rather than an IPv4 one. */
export function isIpv6(ip: string): ip is Ipv6 {
  return ip.includes(':');
}

function wordsOf(ip: Ipv6): number[] {
  const [left = [], right = []] = ip.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const words = [...left, ...new Array<string>(Math.max(0, WORDS - left.length - right.length)).fill('0'), ...right];
  return words.map((word) => Number.parseInt(word, 16));
}

/** RFC 5952, section 4: lower case, no leading zeros, "::" for the first of the longest runs of at least two zeros. */
function formatWords(words: readonly number[]): Ipv6 {
  const run = longestZeroRun(words);
  const texts = words.map((word) => word.toString(16));
  if (run.length < 2) return texts.join(':') as Ipv6;
  return `${texts.slice(0, run.start).join(':')}::${texts.slice(run.start + run.length).join(':')}` as Ipv6;
}

function longestZeroRun(words: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start++) {
    let length = 0;
    while (start + length < words.length && words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
