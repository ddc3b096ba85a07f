import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ipv6, ipv6FromBytes } from '../values/ipv6-address.ts';
import { type Mac, macFromNumber } from '../values/mac.ts';
import { describeFrame } from './describe.ts';
import { ETHERTYPE, emitEthernet, parseEthernet } from './ethernet.ts';
import { emitIcmp6Echo, type Icmp6Echo, parseIcmp6Echo, parseIcmp6Error, sealIcmp6 } from './icmp6.ts';
import { emitIpv6Packet, type Ipv6Packet, parseIpv6Packet } from './ipv6.ts';
import { type DiscoveryMessage, emitDiscovery, parseDiscovery } from './neighbour-discovery.ts';

const ip = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ipv6FromBytes(bytes));
const unicast = ip.filter((address) => !address.startsWith('ff') && address !== '::');
const mac = fc.option(fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(macFromNumber));
const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 65535 });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const flag = fc.boolean();
const payload = fc.uint8Array({ maxLength: 80 });

const packet: fc.Arbitrary<Ipv6Packet> = fc.record({
  trafficClass: u8,
  flowLabel: fc.integer({ min: 0, max: 0xfffff }),
  nextHeader: u8,
  hopLimit: u8,
  src: ip,
  dst: ip,
  payload,
});
const prefix = fc.record({
  address: ip,
  prefix: fc.integer({ min: 0, max: 128 }),
  isOnLink: flag,
  isAutonomous: flag,
  validSeconds: u32,
  preferredSeconds: u32,
});
const message: fc.Arbitrary<DiscoveryMessage> = fc.oneof(
  fc.record({ kind: fc.constant('solicitation' as const), target: unicast, mac }),
  fc.record({
    kind: fc.constant('advertisement' as const),
    target: unicast,
    isRouter: flag,
    isSolicited: flag,
    overrides: flag,
    mac,
  }),
  fc.record({ kind: fc.constant('router-solicitation' as const), mac }),
  fc.record({
    kind: fc.constant('router-advertisement' as const),
    hopLimit: u8,
    isManaged: flag,
    hasOther: flag,
    lifetimeSeconds: u16,
    mac,
    mtu: u32,
    prefixes: fc.array(prefix, { maxLength: 3 }),
  }),
);
const echo: fc.Arbitrary<Icmp6Echo> = fc.record({ kind: fc.constantFrom('request', 'reply'), id: u16, seq: u16, payload });

const ENDS = { src: '2001:db8::1' as Ipv6, dst: '2001:db8::2' as Ipv6 };
const HEADER = { trafficClass: 0, flowLabel: 0, nextHeader: 58, hopLimit: 64 } as const;

interface FrameVector {
  readonly id: string;
  readonly hex: string;
}
const VECTORS = (JSON.parse(readFileSync('test/vectors/garp-frames.json', 'utf8')) as { frames: FrameVector[] }).frames;
const vectorBytes = (id: string) => Uint8Array.from(Buffer.from(VECTORS.find((one) => one.id === id)?.hex ?? '', 'hex'));

function heard(bytes: Uint8Array): DiscoveryMessage | null {
  const packet = parseIpv6Packet(bytes);
  return packet === null ? null : parseDiscovery(packet);
}

describe('IPv6 packets', () => {
  test('a packet that is written and read again is the same packet, whatever stands behind it', () => {
    fc.assert(
      fc.property(packet, (value) => {
        expect(parseIpv6Packet(Uint8Array.from([9, ...emitIpv6Packet(value), 0, 0]), 1)).toEqual(value);
      }),
    );
  });

  test('a packet that is cut short, or of another version, is none', () => {
    const bytes = emitIpv6Packet({ ...HEADER, ...ENDS, payload: Uint8Array.of(1, 2, 3) });
    expect(parseIpv6Packet(bytes.subarray(0, 42))).toBeNull();
    expect(parseIpv6Packet(bytes.subarray(0, 39))).toBeNull();
    bytes[0] = 0x45;
    expect(parseIpv6Packet(bytes)).toBeNull();
  });
});

describe('ICMPv6', () => {
  test('an echo that is written and read again is the same echo; one flipped bit makes it none', () => {
    fc.assert(
      fc.property(echo, ip, ip, fc.nat(), (value, src, dst, bit) => {
        const bytes = emitIcmp6Echo(value, { src, dst });
        expect(parseIcmp6Echo(bytes, { src, dst })).toEqual(value);
        const at = (bit >>> 3) % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
        expect(parseIcmp6Echo(bytes, { src, dst })).toBeNull();
      }),
    );
  });

  test('an error names what it is about, and the MTU where the packet was too big', () => {
    const quoted = emitIpv6Packet({ ...HEADER, nextHeader: 17, ...ENDS, payload: new Uint8Array(8) });
    const bytes = new Uint8Array(8 + quoted.length);
    bytes.set([2, 0, 0, 0, 0, 0, 0x05, 0x78]);
    bytes.set(quoted, 8);
    const back = { src: ENDS.dst, dst: ENDS.src };
    expect(parseIcmp6Error(sealIcmp6(bytes, back), back)).toEqual({ problem: 'packet-too-big', mtu: 1400, ...ENDS, protocol: 17 });
    expect(parseIcmp6Error(bytes, ENDS)).toEqual(parseIcmp6Error(bytes, back));
    expect(parseIcmp6Error(bytes, { ...back, src: '2001:db8::3' as Ipv6 })).toBeNull();
  });
});

describe('neighbour discovery', () => {
  test('a message that is written and read again is the same message', () => {
    fc.assert(
      fc.property(message, unicast, ip, (value, src, dst) => void expect(heard(emitDiscovery(value, src, dst))).toEqual(value)),
    );
  });

  // Sections 6.1 and 7.1 of RFC 4861.
  test('a message that a router passed on, with an empty option, or of an unknown sender with a MAC, is none', () => {
    const mac = '00:50:56:aa:00:01' as Mac;
    const ask = { kind: 'solicitation', target: ENDS.dst, mac } as const;
    const bytes = emitDiscovery(ask, ENDS.src, ENDS.dst);
    expect(heard(bytes)).toEqual(ask);
    expect(heard(emitDiscovery(ask, '::' as Ipv6, ENDS.dst))).toBeNull();
    bytes[7] = 254;
    expect(heard(bytes)).toBeNull();
    const empty = emitDiscovery({ kind: 'router-solicitation', mac }, ENDS.src, ENDS.dst);
    const body = empty.subarray(40);
    body.set([0, 0], 2);
    body[9] = 0;
    sealIcmp6(body, ENDS);
    expect(heard(empty)).toBeNull();
  });

  test.each([
    ['una-b', true],
    ['una-b-no-override', false],
  ])('ND-01: the bytes of %s are written and read', (id, overrides) => {
    const mac = '00:50:56:bb:00:01' as Mac;
    const said = {
      kind: 'advertisement',
      target: '2001:db8:1::1' as Ipv6,
      isRouter: true,
      isSolicited: false,
      overrides,
      mac,
    } as const;
    const payload = emitDiscovery(said, '2001:db8:1::1' as Ipv6, 'ff02::1' as Ipv6);
    const frame = emitEthernet({ dst: '33:33:00:00:00:01' as Mac, src: mac, etherType: ETHERTYPE.ipv6, payload });
    expect(Buffer.from(frame).toString('hex')).toBe(Buffer.from(vectorBytes(id)).toString('hex'));
    expect(heard(parseEthernet(vectorBytes(id))?.payload ?? new Uint8Array(0))).toEqual(said);
  });

  test('a capture shows flags, target and MAC of an advertisement', () => {
    expect(describeFrame(vectorBytes('una-b'))).toBe(
      '00:50:56:bb:00:01 > 33:33:00:00:00:01 IPv6 2001:db8:1::1 > ff02::1 ICMPv6 2001:db8:1::1 is-at 00:50:56:bb:00:01 [RO]',
    );
  });
});
