import { describe, expect, test } from 'vitest';
import { closingLines } from './closing-reporter.ts';
import { standIn } from './needs.ts';

describe('a suite whose need is not met', () => {
  test('is skipped with a reason', () => {
    const notes: string[] = [];
    standIn('tshark: not installed (apt-get install tshark)', false, (note) => notes.push(note));
    expect(notes).toEqual(['tshark: not installed (apt-get install tshark)']);
  });

  test('fails where CI is set', () => {
    expect(() => standIn('tshark: not installed (apt-get install tshark)', true, () => undefined)).toThrow(
      'nothing may be skipped',
    );
  });
});

describe('the run closes with', () => {
  const totals = { passed: 12, failed: 1, skipped: 3, skips: ['tshark: not installed (apt-get install tshark)'] };

  test('what was skipped and the plain totals', () => {
    expect(closingLines(totals, false)).toEqual([
      'SKIPPED tshark: not installed (apt-get install tshark)',
      '12 passed, 1 failed, 3 skipped',
    ]);
  });

  test('a failure where CI is set and something was skipped', () => {
    expect(closingLines(totals, true)).toContain('FAILED: with CI set nothing may be skipped');
    expect(closingLines({ ...totals, skipped: 0, skips: [] }, true)).toEqual(['12 passed, 1 failed, 0 skipped']);
  });
});
