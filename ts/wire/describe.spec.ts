import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import vectors from '../../test/vectors/garp-frames.json' with { type: 'json' };
import type { Ipv4 } from '../values/ipv4-address.ts';
import type { Mac } from '../values/mac.ts';
import { emitArpFrame, garpRequest } from './arp.ts';
import { describeFrame } from './describe.ts';
import { ETHERTYPE, type EthernetFrame, emitEthernet, padToMinimum } from './ethernet.ts';
import { emitIcmpEcho } from './icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL, type Ipv4Packet } from './ipv4.ts';
import { emitTcp, TCP_FLAG } from './tcp.ts';
import { emitUdp } from './udp.ts';

const GUEST = '00:50:56:c0:00:11' as Mac;
const FIREWALL = '00:50:56:aa:00:01' as Mac;
const BETWEEN = { src: '10.0.1.11' as Ipv4, dst: '10.0.2.22' as Ipv4 };
const HEAD = '00:50:56:c0:00:11 > 00:50:56:aa:00:01';

function ethernet(etherType: number, payload: Uint8Array, extra: Partial<EthernetFrame> = {}): Uint8Array {
  return padToMinimum(emitEthernet({ dst: FIREWALL, src: GUEST, etherType, payload, ...extra }));
}

function ipv4(protocol: number, payload: Uint8Array, extra: Partial<Ipv4Packet> = {}): Uint8Array {
  const packet = { tos: 0, id: 1, dontFragment: true, ttl: 64, protocol, ...BETWEEN, payload, ...extra };
  return ethernet(ETHERTYPE.ipv4, emitIpv4Packet(packet));
}

const SYN = {
  srcPort: 40000,
  dstPort: 443,
  seq: 7,
  ack: 0,
  flags: TCP_FLAG.syn,
  window: 512,
  urgent: 0,
  payload: new Uint8Array(0),
};
const UDP_BYTES = emitUdp({ srcPort: 1000, dstPort: 53, payload: new Uint8Array(5) }, BETWEEN);
const LONG_UDP = emitUdp({ srcPort: 1000, dstPort: 53, payload: new Uint8Array(500) }, BETWEEN);
const PING = emitIcmpEcho({ kind: 'request', id: 7, seq: 3, payload: new Uint8Array(56) });

describe('one line about a frame', () => {
  test('the frames of the vectors read as tcpdump would say them', () => {
    const lines = vectors.frames.map(({ id, hex }) => {
      const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
      return `${id}: ${describeFrame(bytes)}`;
    });
    expect(lines).toEqual([
      'garp-request-a: 00:50:56:aa:00:01 > ff:ff:ff:ff:ff:ff ARP who-has 10.0.1.1 tell 10.0.1.1 (gratuitous)',
      'garp-request-b: 00:50:56:bb:00:01 > ff:ff:ff:ff:ff:ff ARP who-has 10.0.1.1 tell 10.0.1.1 (gratuitous)',
      'garp-request-virtual: 00:1b:17:00:01:10 > ff:ff:ff:ff:ff:ff ARP who-has 10.0.1.1 tell 10.0.1.1 (gratuitous)',
      'garp-reply-b: 00:50:56:bb:00:01 > ff:ff:ff:ff:ff:ff ARP 10.0.1.1 is-at 00:50:56:bb:00:01 (gratuitous)',
      'arp-probe-b: 00:50:56:bb:00:01 > ff:ff:ff:ff:ff:ff ARP who-has 10.0.1.1 tell 0.0.0.0',
      'arp-request-g1: 00:50:56:c0:00:11 > ff:ff:ff:ff:ff:ff ARP who-has 10.0.1.1 tell 10.0.1.11',
      'arp-reply-a: 00:50:56:aa:00:01 > 00:50:56:c0:00:11 ARP 10.0.1.1 is-at 00:50:56:aa:00:01',
      'arp-reply-a-virtual: 00:1b:17:00:01:10 > 00:50:56:c0:00:11 ARP 10.0.1.1 is-at 00:1b:17:00:01:10',
      'rarp-notify-a: 00:50:56:aa:00:01 > ff:ff:ff:ff:ff:ff RARP who-is 00:50:56:aa:00:01 tell 00:50:56:aa:00:01',
      'una-b: 00:50:56:bb:00:01 > 33:33:00:00:00:01 IPv6 2001:db8:1::1 > ff02::1 ICMPv6 2001:db8:1::1 is-at 00:50:56:bb:00:01 [RO]',
      'una-b-no-override: 00:50:56:bb:00:01 > 33:33:00:00:00:01 IPv6 2001:db8:1::1 > ff02::1 ICMPv6 2001:db8:1::1 is-at 00:50:56:bb:00:01 [R]',
      'pppoe-padi-a: 00:50:56:aa:00:01 > ff:ff:ff:ff:ff:ff PPPoE PADI',
      'pppoe-padt-a: 00:50:56:aa:00:01 > 00:00:5e:00:53:ac PPPoE PADT session 4660',
    ]);
  });

  test.each([
    ['a ping', ipv4(IP_PROTOCOL.icmp, PING), 'IPv4 10.0.1.11 > 10.0.2.22 ICMP echo request id 7 seq 3 length 64'],
    [
      'another ICMP message',
      ipv4(IP_PROTOCOL.icmp, Uint8Array.of(3, 1, 0xfc, 0xfe, 0, 0, 0, 0)),
      'IPv4 10.0.1.11 > 10.0.2.22 ICMP type 3 code 1 length 8',
    ],
    ['UDP', ipv4(IP_PROTOCOL.udp, UDP_BYTES), 'IPv4 10.0.1.11:1000 > 10.0.2.22:53 UDP length 5'],
    [
      'a UDP checksum for another address',
      ipv4(IP_PROTOCOL.udp, UDP_BYTES, { dst: '10.0.2.23' as Ipv4 }),
      'IPv4 10.0.1.11:1000 > 10.0.2.23:53 UDP length 5 (bad UDP length or checksum)',
    ],
    [
      'a TCP SYN',
      ipv4(IP_PROTOCOL.tcp, emitTcp(SYN, BETWEEN)),
      'IPv4 10.0.1.11:40000 > 10.0.2.22:443 TCP [S] seq 7 win 512 length 0',
    ],
    [
      'a TCP SYN that acknowledges',
      ipv4(IP_PROTOCOL.tcp, emitTcp({ ...SYN, flags: TCP_FLAG.syn | TCP_FLAG.ack, ack: 9 }, BETWEEN)),
      'IPv4 10.0.1.11:40000 > 10.0.2.22:443 TCP [S.] seq 7 ack 9 win 512 length 0',
    ],
    ['an unknown protocol', ipv4(89, new Uint8Array(30)), 'IPv4 10.0.1.11 > 10.0.2.22 protocol 89 length 30'],
    [
      'a fragment',
      ipv4(IP_PROTOCOL.udp, new Uint8Array(30), { fragment: { offsetBytes: 1480, hasMore: true } }),
      'IPv4 10.0.1.11 > 10.0.2.22 protocol 17 (fragment at 1480, more to come)',
    ],
    ['an unknown type', ethernet(0x0bad, new Uint8Array(46)), 'ethertype 0x0bad length 46'],
    [
      'a truncated ARP packet',
      emitEthernet({ dst: FIREWALL, src: GUEST, etherType: 0x0806, payload: new Uint8Array(9) }),
      'ARP truncated or not IPv4 over Ethernet, 9 bytes',
    ],
    [
      'a truncated packet',
      ipv4(IP_PROTOCOL.icmp, PING).subarray(0, 60),
      'IPv4 10.0.1.11 > 10.0.2.22 ICMP echo request id 7 seq 3 length 64 (truncated)',
    ],
    [
      'the head of a UDP frame',
      ipv4(IP_PROTOCOL.udp, LONG_UDP).subarray(0, 60),
      'IPv4 10.0.1.11:1000 > 10.0.2.22:53 UDP length 500 (truncated)',
    ],
    [
      'the head of a TCP frame',
      ipv4(IP_PROTOCOL.tcp, emitTcp({ ...SYN, payload: new Uint8Array(300) }, BETWEEN)).subarray(0, 60),
      'IPv4 10.0.1.11:40000 > 10.0.2.22:443 TCP [S] seq 7 win 512 length 300 (truncated)',
    ],
    ['a header cut short', ipv4(IP_PROTOCOL.icmp, PING).subarray(0, 30), 'IPv4 truncated or malformed, 16 bytes'],
  ])('%s', (_, bytes, line) => {
    expect(describeFrame(bytes)).toBe(`${HEAD} ${line}`);
  });

  test('a tag is named, and its priority when it has one', () => {
    const tagged = (priority: number): Uint8Array =>
      emitArpFrame({ ...garpRequest(GUEST, '10.0.1.1' as Ipv4), vlan: { id: 100, priority, isDropEligible: false } });
    expect(describeFrame(tagged(0))).toContain('ff:ff:ff:ff:ff:ff vlan 100 ARP who-has');
    expect(describeFrame(tagged(6))).toContain('vlan 100 priority 6 ARP who-has');
  });

  test('a wrong IPv4 checksum is pointed out', () => {
    const bad = ipv4(IP_PROTOCOL.udp, UDP_BYTES);
    bad[22] = 1;
    expect(describeFrame(bad)).toBe(`${HEAD} IPv4 10.0.1.11:1000 > 10.0.2.22:53 UDP length 5 (bad IPv4 checksum)`);
  });

  test('a frame of fewer than 14 bytes is truncated', () => {
    expect(describeFrame(new Uint8Array(9))).toBe('Ethernet truncated, 9 bytes');
  });

  test('an 802.3 length is not mistaken for a type', () => {
    const bytes = ethernet(ETHERTYPE.ipv4, new Uint8Array(46));
    bytes.set([0, 38], 12);
    expect(describeFrame(bytes)).toBe(`${HEAD} 802.3 length 38`);
  });

  test('any bytes give one line and never throw', () => {
    const types = fc.constantFrom<number>(ETHERTYPE.arp, ETHERTYPE.rarp, ETHERTYPE.ipv4, ETHERTYPE.ipv6, ETHERTYPE.vlan, 0, 0xffff);
    const frames = fc.tuple(types, fc.constantFrom(1, 6, 17), fc.uint8Array({ maxLength: 90 })).map(([type, protocol, bytes]) => {
      if (bytes.length > 14) bytes.set([type >> 8, type & 255, 0x45], 12);
      if (bytes.length > 23) bytes[23] = protocol;
      return bytes;
    });
    fc.assert(fc.property(frames, (bytes) => void expect(describeFrame(bytes)).toMatch(/^[^\n]+$/)));
  });
});
