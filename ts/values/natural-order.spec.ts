import fc from 'fast-check';
import { expect, test } from 'vitest';
import { naturalOrder } from './natural-order.ts';

test('numbers in names are counted, not spelt', () => {
  const names = ['f1', 'f2', 'f10', 'f10b2', 'f10b10', 'flow', 'fw1:eth2', 'fw1:eth10', 'fw2:eth1'];
  expect([...names].reverse().sort(naturalOrder)).toEqual(names);
  expect(['f9007199254740993', 'f9007199254740992'].sort(naturalOrder)).toEqual(['f9007199254740992', 'f9007199254740993']);
});

test('the order is total, and the same in every locale', () => {
  const name = fc.stringMatching(/^[a-zé0-9-]{0,6}$/);
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(naturalOrder(a, b)) + Math.sign(naturalOrder(b, a))).toBe(0);
      expect(naturalOrder(a, b) === 0).toBe(a === b);
      if (naturalOrder(a, b) <= 0 && naturalOrder(b, c) <= 0) expect(naturalOrder(a, c)).toBeLessThanOrEqual(0);
    }),
  );
  expect(['é', 'z', 'Z', 'a'].sort(naturalOrder)).toEqual(['Z', 'a', 'z', 'é']);
});
