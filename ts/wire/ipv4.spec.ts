import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ipv4, ipv4FromNumber } from '../values/ipv4-address.ts';
import { emitIpv4Packet, type Ipv4Packet, Ipv4View, parseIpv4Packet, readIpv4Address, writeIpv4Address } from './ipv4.ts';

const ip = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(ipv4FromNumber);
const u8 = fc.integer({ min: 0, max: 255 });
const fragment = fc
  .record({ offsetBytes: fc.integer({ min: 0, max: 8191 }).map((units) => units * 8), hasMore: fc.boolean() })
  .filter(({ offsetBytes, hasMore }) => offsetBytes > 0 || hasMore);
const packet: fc.Arbitrary<Ipv4Packet> = fc.record(
  {
    tos: u8,
    id: fc.integer({ min: 0, max: 65535 }),
    dontFragment: fc.boolean(),
    fragment,
    ttl: u8,
    protocol: u8,
    src: ip,
    dst: ip,
    payload: fc.uint8Array({ maxLength: 80 }),
  },
  { requiredKeys: ['tos', 'id', 'dontFragment', 'ttl', 'protocol', 'src', 'dst', 'payload'] },
);

// The header that every explanation of the IPv4 checksum works through: b861.
const HEADER = [0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0, 0xc7];
const PAYLOAD = new Uint8Array(0x73 - 20).fill(7);
const BYTES = Uint8Array.from([...HEADER, ...PAYLOAD]);
const PACKET: Ipv4Packet = {
  tos: 0,
  id: 0,
  dontFragment: true,
  ttl: 64,
  protocol: 17,
  src: '192.168.0.1' as Ipv4,
  dst: '192.168.0.199' as Ipv4,
  payload: PAYLOAD,
};

describe('IPv4', () => {
  test('the literal bytes of a packet are written and read', () => {
    expect(emitIpv4Packet(PACKET)).toEqual(BYTES);
    expect(parseIpv4Packet(BYTES)).toEqual(PACKET);
  });

  test('a packet that is written and read again is the same packet', () => {
    fc.assert(fc.property(packet, (value) => void expect(parseIpv4Packet(emitIpv4Packet(value))).toEqual(value)));
  });

  test('Ethernet padding behind the total length is no payload', () => {
    expect(parseIpv4Packet(Uint8Array.from([0, 0, ...BYTES, 0, 0, 0]), 2)).toEqual(PACKET);
  });

  test('options are stepped over', () => {
    const short = emitIpv4Packet({ ...PACKET, payload: Uint8Array.of(1, 1, 1, 0, 9, 9) });
    short[0] = 0x46;
    // One word more in the header length is 0x0100 more in the sum; the options word adds 0x0101 and 0x0100.
    const sum = ((short[10] ?? 0) << 8) + (short[11] ?? 0) - 0x0100 - 0x0101 - 0x0100;
    short.set([(sum >> 8) & 255, sum & 255], 10);
    expect(parseIpv4Packet(short)).toEqual({ ...PACKET, payload: Uint8Array.of(9, 9) });
  });

  test('a wrong checksum is no packet, and the view says why', () => {
    const bad = BYTES.slice();
    bad[8] = 63;
    expect(parseIpv4Packet(bad)).toBeNull();
    expect(Ipv4View.over(bad)?.isChecksumValid).toBe(false);
    expect(Ipv4View.over(bad)?.ttl).toBe(63);
  });

  test('a packet cut short is no packet, and the view gives what there is', () => {
    const cut = BYTES.subarray(0, 50);
    expect(parseIpv4Packet(cut)).toBeNull();
    expect(Ipv4View.over(cut)?.isComplete).toBe(false);
    expect(Ipv4View.over(cut)?.payload).toEqual(PAYLOAD.subarray(0, 30));
    expect(Ipv4View.over(BYTES.subarray(0, 19))).toBeNull();
  });

  test('another version, or a header shorter than 20 bytes, is no packet', () => {
    for (const first of [0x65, 0x44, 0x40]) expect(Ipv4View.over(Uint8Array.from([first, ...BYTES.subarray(1)]))).toBeNull();
  });

  test('a total length inside the header gives an empty payload to the view and no value', () => {
    const bad = BYTES.slice();
    bad.set([0, 10], 2);
    expect(Ipv4View.over(bad)?.payload.length).toBe(0);
    expect(parseIpv4Packet(bad)).toBeNull();
  });

  test('reading arbitrary bytes never throws, at any offset', () => {
    const almost = fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.from([0x45, ...bytes]));
    fc.assert(
      fc.property(almost, fc.nat(70), (bytes, offset) => {
        parseIpv4Packet(bytes, offset);
        void Ipv4View.over(bytes)?.payload;
      }),
    );
  });

  test('an illegal packet is refused when written', () => {
    expect(() => emitIpv4Packet({ ...PACKET, ttl: 256 })).toThrow('IPv4 TTL is 256: expected a whole number from 0 to 255');
    expect(() => emitIpv4Packet({ ...PACKET, fragment: { offsetBytes: 4, hasMore: true } })).toThrow('multiple of 8');
    expect(() => emitIpv4Packet({ ...PACKET, payload: new Uint8Array(65516) })).toThrow('IPv4 total length is 65536');
  });

  test('an address at an offset is four bytes, most significant first', () => {
    const out = new Uint8Array(6).fill(0xa5);
    writeIpv4Address(out, 1, '10.0.1.255' as Ipv4);
    expect([...out]).toEqual([0xa5, 10, 0, 1, 255, 0xa5]);
    expect(readIpv4Address(out, 1)).toBe('10.0.1.255');
  });
});
