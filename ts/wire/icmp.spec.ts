import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitIcmpEcho, type IcmpEcho, parseIcmpEcho } from './icmp.ts';

const u16 = fc.integer({ min: 0, max: 65535 });
const echo: fc.Arbitrary<IcmpEcho> = fc.record({
  kind: fc.constantFrom('request', 'reply'),
  id: u16,
  seq: u16,
  payload: fc.uint8Array({ maxLength: 64 }),
});

const PING: IcmpEcho = { kind: 'request', id: 0x1234, seq: 1, payload: Uint8Array.of(0x61, 0x62, 0x63) };
// 0800 + 1234 + 0001 + 6162 + 6300 = de97, whose complement is 2168.
const PING_BYTES = Uint8Array.of(8, 0, 0x21, 0x68, 0x12, 0x34, 0, 1, 0x61, 0x62, 0x63);

describe('ICMP echo', () => {
  test('the literal bytes of a ping are written and read', () => {
    expect(emitIcmpEcho(PING)).toEqual(PING_BYTES);
    expect(parseIcmpEcho(PING_BYTES)).toEqual(PING);
    expect(parseIcmpEcho(Uint8Array.from([0, ...PING_BYTES]), 1)).toEqual(PING);
  });

  test('an echo that is written and read again is the same echo', () => {
    fc.assert(fc.property(echo, (value) => void expect(parseIcmpEcho(emitIcmpEcho(value))).toEqual(value)));
  });

  test('another message, a code, a wrong checksum or a cut is no echo', () => {
    for (const [at, value] of [
      [0, 3],
      [1, 1],
      [3, 0],
    ] as const) {
      const bad = PING_BYTES.slice();
      bad[at] = value;
      expect(parseIcmpEcho(bad)).toBeNull();
    }
    expect(parseIcmpEcho(PING_BYTES.subarray(0, 7))).toBeNull();
  });

  test('reading arbitrary bytes never throws, at any offset', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(40), (bytes, offset) => void parseIcmpEcho(bytes, offset)));
  });

  test('an id that does not fit is refused when written', () => {
    expect(() => emitIcmpEcho({ ...PING, id: 65536 })).toThrow('ICMP echo id is 65536');
  });
});
