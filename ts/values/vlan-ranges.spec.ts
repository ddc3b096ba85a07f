import { describe, expect, test } from 'vitest';
import { parseVlanRanges } from './vlan-ranges.ts';

describe('VLAN ranges', () => {
  test.each([
    ['0', [[0, 0]]],
    [
      '10,20-30',
      [
        [10, 10],
        [20, 30],
      ],
    ],
    ['0-4094', [[0, 4094]]],
    [
      '1, 2',
      [
        [1, 1],
        [2, 2],
      ],
    ],
  ])('%s', (text, ranges) => {
    expect(parseVlanRanges(text)).toEqual(ranges);
  });

  test.each(['', 'x', '-1', '4095', '30-20', '1-', '1,,2', '1-2-3', '00010'])('%j is none', (text) => {
    expect(parseVlanRanges(text)).toBeNull();
  });
});
