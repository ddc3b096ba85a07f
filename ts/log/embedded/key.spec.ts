import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeKey, encodeKey, keyAfter } from './key.ts';

const lab = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((name) => !name.includes('\0'));
const position = fc.maxSafeNat();

test('a key gives back the lab and the position it was made of', () => {
  fc.assert(
    fc.property(lab, position, (name, first) => {
      expect(decodeKey(encodeKey(name, first))).toEqual({ lab: name, first });
    }),
  );
});

test('the keys of a lab are in the order of its positions', () => {
  fc.assert(
    fc.property(lab, position, position, (name, a, b) => {
      expect(Buffer.compare(encodeKey(name, a), encodeKey(name, b))).toBe(Math.sign(a - b));
    }),
  );
});

test('no key of another lab lies among those of a lab', () => {
  fc.assert(
    fc.property(lab, lab, position, (name, other, first) => {
      fc.pre(name !== other);
      const key = encodeKey(other, first);
      const before = Buffer.compare(key, encodeKey(name, 0)) < 0;
      const after = Buffer.compare(key, keyAfter(name)) >= 0;
      expect(before || after).toBe(true);
    }),
  );
});

test('bytes that are no key are not taken for one', () => {
  for (const hex of ['', '00', '000000000000000000', '6c6162', '6c61620100000000000000ff', '6c616200ff00000000000001']) {
    expect(decodeKey(Buffer.from(hex, 'hex'))).toBeNull();
  }
});
