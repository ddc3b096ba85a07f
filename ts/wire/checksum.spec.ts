import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ipv4 } from '../values/ipv4-address.ts';
import { internetChecksum, isChecksumValid, onesComplementSum, pseudoHeaderSum } from './checksum.ts';

describe('internet checksum', () => {
  test('the worked example of RFC 1071 sums to ddf2', () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(onesComplementSum(bytes, 0, 8)).toBe(0xddf2);
    expect(internetChecksum(bytes, 0, 8)).toBe(0x220d);
  });

  test('an odd last byte counts as the high half of a word', () => {
    expect(onesComplementSum(Uint8Array.of(0x12, 0x34, 0x56, 0xff), 0, 3)).toBe(0x1234 + 0x5600);
  });

  test('the pseudo header is the addresses, the protocol and the length', () => {
    const ends = { src: '192.168.0.1' as Ipv4, dst: '10.0.1.1' as Ipv4 };
    expect(pseudoHeaderSum(ends, 17, 9)).toBe(0xc0a8 + 0x0001 + 0x0a00 + 0x0101 + 17 + 9);
  });

  test('bytes with their checksum in place are valid, and with one bit turned over they are not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 64 }), fc.nat(), (bytes, bit) => {
        bytes.set([0, 0], 2);
        const sum = internetChecksum(bytes, 0, bytes.length);
        bytes.set([sum >> 8, sum & 255], 2);
        expect(isChecksumValid(bytes, 0, bytes.length)).toBe(true);
        const at = bit % (8 * bytes.length);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        expect(isChecksumValid(bytes, 0, bytes.length)).toBe(false);
      }),
    );
  });

  test('a long run of ones stays within 16 bits', () => {
    expect(onesComplementSum(new Uint8Array(300_000).fill(0xff), 0, 300_000)).toBe(0xffff);
  });
});
