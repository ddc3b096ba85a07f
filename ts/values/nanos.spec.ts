import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSeconds, NANOS_MAX, nanos, parseDuration } from './nanos.ts';

describe('durations people write', () => {
  test.each([
    ['20s', 20e9],
    ['20.5s', 20.5e9],
    ['400ms', 400e6],
    ['1us', 1e3],
    ['1 us', 1e3],
    ['5m', 300e9],
    ['5min', 300e9],
    ['1h', 3600e9],
    ['7ns', 7],
    ['0', 0],
    ['0.000000001s', 1],
  ])('%s is %d ns', (text, ns) => {
    expect(parseDuration(text)).toBe(ns);
  });

  test.each(['', '5', '1.5ns', '-1s', '1e3s', '1s2', 's', '1 d', '.5s', '0.0', '9999999h'])('"%s" is not a duration', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test('the last instant of virtual time can be written and read', () => {
    expect(parseDuration(`${NANOS_MAX}ns`)).toBe(NANOS_MAX);
    expect(parseDuration('9007199254740992ns')).toBeNull();
  });

  test('no text makes the parser throw, and whatever it accepts is an instant', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = parseDuration(text);
        if (value !== null) nanos(value);
      }),
    );
  });
});

describe('seconds as printed', () => {
  test('always nine decimals, so that columns line up', () => {
    expect([0, 1, 12_500_000_000, NANOS_MAX].map(formatSeconds)).toEqual([
      '0.000000000',
      '0.000000001',
      '12.500000000',
      '9007199.254740991',
    ]);
  });

  test('what is printed reads back as the same instant', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (at) => {
        expect(parseDuration(`${formatSeconds(at)}s`)).toBe(at);
      }),
    );
  });
});

test('nanos refuses fractions, negatives and numbers past 2^53-1', () => {
  for (const bad of [1.5, -1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => nanos(bad)).toThrow(RangeError);
});
