import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  eui64Address,
  groupMac,
  type Ipv6,
  ipv6FromBytes,
  ipv6ToBytes,
  linkLocalOf,
  networkOf,
  parseIpv6,
  parseIpv6Prefix,
  prefixContains6,
  solicitedNode,
  stableAddress,
} from './ipv6-address.ts';
import type { Mac } from './mac.ts';

interface Vectors {
  readonly vectors: readonly {
    readonly mac: Mac;
    readonly link_local: string;
    readonly global_2001_db8_1: string;
    readonly solicited_node: string;
    readonly iid: string;
  }[];
  readonly failover_pair: {
    readonly peer_a_mac: Mac;
    readonly peer_a_addr: string;
    readonly peer_b_mac: Mac;
    readonly peer_b_addr: string;
  };
}
const EUI64 = JSON.parse(readFileSync('test/vectors/eui64.json', 'utf8')) as Vectors;

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Words that are often zero: only those have runs to shorten. */
const sparse = fc
  .array(fc.constantFrom(0, 0, 0, 1, 0xab, 0xffff), { minLength: 8, maxLength: 8 })
  .map((words) => Uint8Array.from(words.flatMap((word) => [word >>> 8, word & 255])));

describe('IPv6 addresses', () => {
  // RFC 5952, sections 1 and 4.
  test.each([
    ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
  ])('%s is written %s', (text, canonical) => {
    expect(parseIpv6(text)).toBe(canonical);
  });

  test.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    '::1%eth0',
    '10.0.0.1',
  ])('"%s" is no address', (text) => {
    expect(parseIpv6(text)).toBeNull();
  });

  test('an address that is written as text and read again is the same address', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, sparse), (value) => {
        const text = ipv6FromBytes(value);
        expect(parseIpv6(text)).toBe(text);
        expect(ipv6ToBytes(text)).toEqual(value);
      }),
    );
  });

  test('a prefix holds its network and nothing beside it', () => {
    const network = parseIpv6Prefix('2001:db8:1:8000::/49');
    expect(network).not.toBeNull();
    if (network === null) return;
    expect(prefixContains6(network, '2001:db8:1:ffff::1' as Ipv6)).toBe(true);
    expect(prefixContains6(network, '2001:db8:1:7fff::1' as Ipv6)).toBe(false);
    expect(prefixContains6({ ...network, prefix: 0 }, '::' as Ipv6)).toBe(true);
    expect(networkOf('2001:db8:1:ffff::1' as Ipv6, 49)).toBe('2001:db8:1:8000::');
    expect([parseIpv6Prefix('::/129'), parseIpv6Prefix('::'), parseIpv6Prefix('::/01')]).toEqual([null, null, null]);
  });

  test.each(EUI64.vectors.map((row) => [row.mac, row.iid, row] as const))('EUI-01: %s gives the interface id %s', (mac, _, row) => {
    const own = linkLocalOf(mac);
    expect(own).toBe(row.link_local);
    expect(eui64Address('2001:db8:1::' as Ipv6, mac)).toBe(row.global_2001_db8_1);
    expect(solicitedNode(own)).toBe(row.solicited_node);
    expect(Buffer.from(ipv6ToBytes(own)).toString('hex').slice(16)).toBe(row.iid);
  });

  test('EUI-02: the two units of a pair have different addresses under one prefix', () => {
    const { peer_a_mac, peer_a_addr, peer_b_mac, peer_b_addr } = EUI64.failover_pair;
    expect(eui64Address('2001:db8:1::' as Ipv6, peer_a_mac)).toBe(peer_a_addr);
    expect(eui64Address('2001:db8:1::' as Ipv6, peer_b_mac)).toBe(peer_b_addr);
  });

  test('frames to a group have its last 32 bits behind 33:33', () => {
    expect(groupMac('ff02::1' as Ipv6)).toBe('33:33:00:00:00:01');
    expect(groupMac(solicitedNode('2001:db8::12:3456' as Ipv6))).toBe('33:33:ff:12:34:56');
  });

  test('a stable address depends on prefix, interface and secret, and on nothing else', () => {
    const own = stableAddress('2001:db8:1::' as Ipv6, 'eth1', 'pair');
    expect(stableAddress('2001:db8:1::99' as Ipv6, 'eth1', 'pair')).toBe(own);
    const others = [
      stableAddress('2001:db8:2::' as Ipv6, 'eth1', 'pair'),
      stableAddress('2001:db8:1::' as Ipv6, 'eth2', 'pair'),
      stableAddress('2001:db8:1::' as Ipv6, 'eth1', 'other'),
      stableAddress('2001:db8:1::' as Ipv6, 'eth1', 'pair', 1),
    ];
    expect(new Set([own, ...others]).size).toBe(5);
    expect(prefixContains6({ address: '2001:db8:1::' as Ipv6, prefix: 64 }, own)).toBe(true);
  });
});
