import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ipv4, ipv4FromNumber } from '../values/ipv4-address.ts';
import { emitUdp, parseUdp, type UdpDatagram } from './udp.ts';

const u16 = fc.integer({ min: 0, max: 65535 });
const ip = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(ipv4FromNumber);
const ends = fc.record({ src: ip, dst: ip });
const datagram: fc.Arbitrary<UdpDatagram> = fc.record({
  srcPort: u16,
  dstPort: u16,
  payload: fc.uint8Array({ maxLength: 64 }),
});

const BETWEEN = { src: '10.0.1.11' as Ipv4, dst: '10.0.1.1' as Ipv4 };
const QUERY: UdpDatagram = { srcPort: 1000, dstPort: 53, payload: Uint8Array.of(0x68, 0x69, 0x21) };
// Pseudo header 0a00+010b+0a00+0101+0011+000b = 1628; 03e8+0035+000b+6869+2100 = 8d91; together a3b9, complement 5c46.
const QUERY_BYTES = Uint8Array.of(0x03, 0xe8, 0, 53, 0, 11, 0x5c, 0x46, 0x68, 0x69, 0x21);

describe('UDP', () => {
  test('the literal bytes of a datagram are written and read', () => {
    expect(emitUdp(QUERY, BETWEEN)).toEqual(QUERY_BYTES);
    expect(parseUdp(QUERY_BYTES, 0, BETWEEN)).toEqual(QUERY);
    expect(parseUdp(Uint8Array.from([9, ...QUERY_BYTES, 0, 0]), 1)).toEqual(QUERY);
  });

  test('a datagram that is written and read again is the same datagram', () => {
    fc.assert(
      fc.property(datagram, ends, (value, between) => void expect(parseUdp(emitUdp(value, between), 0, between)).toEqual(value)),
    );
  });

  test('a datagram for another address has a wrong checksum; without addresses it is taken as it is', () => {
    expect(parseUdp(QUERY_BYTES, 0, { ...BETWEEN, dst: '10.0.1.2' as Ipv4 })).toBeNull();
    expect(parseUdp(QUERY_BYTES)).toEqual(QUERY);
  });

  test('a checksum of zero was not computed by the sender and is not checked', () => {
    const unsummed = QUERY_BYTES.slice();
    unsummed.set([0, 0], 6);
    expect(parseUdp(unsummed, 0, BETWEEN)).toEqual(QUERY);
  });

  test('a checksum that comes out as zero is written as ffff', () => {
    const zeros = { src: '0.0.0.0' as Ipv4, dst: '0.0.0.0' as Ipv4 };
    // Protocol 17 + length 10 twice + the payload word make ffff.
    const bytes = emitUdp({ srcPort: 0, dstPort: 0, payload: Uint8Array.of(0xff, 0xff - 37) }, zeros);
    expect([...bytes.subarray(6, 8)]).toEqual([0xff, 0xff]);
    expect(parseUdp(bytes, 0, zeros)).not.toBeNull();
  });

  test('a length inside the header, or past the end, is no datagram', () => {
    for (const length of [7, 12]) {
      const bad = QUERY_BYTES.slice();
      bad[5] = length;
      expect(parseUdp(bad)).toBeNull();
    }
  });

  test('reading arbitrary bytes never throws, at any offset', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(40), (bytes, at) => void parseUdp(bytes, at, BETWEEN)));
  });
});
