import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ipv4, ipv4FromNumber } from '../values/ipv4-address.ts';
import { emitTcp, parseTcp, TCP_FLAG, type TcpSegment } from './tcp.ts';

const u16 = fc.integer({ min: 0, max: 65535 });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const ends = fc.record({ src: u32.map(ipv4FromNumber), dst: u32.map(ipv4FromNumber) });
const segment: fc.Arbitrary<TcpSegment> = fc.record({
  srcPort: u16,
  dstPort: u16,
  seq: u32,
  ack: u32,
  flags: fc.integer({ min: 0, max: 255 }),
  window: u16,
  urgent: u16,
  payload: fc.uint8Array({ maxLength: 64 }),
});

const BETWEEN = { src: '10.0.1.11' as Ipv4, dst: '10.0.1.1' as Ipv4 };
const SYN: TcpSegment = {
  srcPort: 40000,
  dstPort: 443,
  seq: 0xdeadbeef,
  ack: 0,
  flags: TCP_FLAG.syn,
  window: 0xffff,
  urgent: 0,
  payload: new Uint8Array(0),
};
// 1626 of the pseudo header + 9c40 + 01bb + dead + beef + 5002 + ffff, carried round, is a1c1: complement 5e3e.
const SYN_BYTES = Uint8Array.from([
  0x9c, 0x40, 0x01, 0xbb, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0x5e, 0x3e, 0, 0,
]);

describe('TCP', () => {
  test('the literal bytes of a SYN are written and read', () => {
    expect(emitTcp(SYN, BETWEEN)).toEqual(SYN_BYTES);
    expect(parseTcp(SYN_BYTES, 0, BETWEEN)).toEqual(SYN);
    expect(parseTcp(Uint8Array.from([9, ...SYN_BYTES]), 1, BETWEEN)).toEqual(SYN);
  });

  test('a segment that is written and read again is the same segment', () => {
    fc.assert(
      fc.property(segment, ends, (value, between) => void expect(parseTcp(emitTcp(value, between), 0, between)).toEqual(value)),
    );
  });

  test('options are stepped over', () => {
    const withOptions = Uint8Array.from([...SYN_BYTES, 2, 4, 5, 0xb4, 0x68, 0x69]);
    withOptions[12] = 0x60;
    expect(parseTcp(withOptions)).toEqual({ ...SYN, payload: Uint8Array.of(0x68, 0x69) });
  });

  test('a segment for another address has a wrong checksum; without addresses it is taken as it is', () => {
    expect(parseTcp(SYN_BYTES, 0, { ...BETWEEN, dst: '10.0.1.2' as Ipv4 })).toBeNull();
    expect(parseTcp(SYN_BYTES)).toEqual(SYN);
  });

  test('a data offset inside the header or past the end, or a cut, is no segment', () => {
    for (const dataOffset of [0x40, 0x60, 0xf0]) {
      const bad = SYN_BYTES.slice();
      bad[12] = dataOffset;
      expect(parseTcp(bad)).toBeNull();
    }
    expect(parseTcp(SYN_BYTES.subarray(0, 19))).toBeNull();
  });

  test('reading arbitrary bytes never throws, at any offset', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(60), (bytes, at) => void parseTcp(bytes, at, BETWEEN)));
  });
});
