/** The reader gives findings for any text and never throws, however hostile the text is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SOUND } from '../../test/support/small-lab-file.ts';
import { readLabFile } from './read-lab-file.ts';

describe('whatever the text', () => {
  test.each([
    '',
    '\n',
    '# only a comment',
    'null',
    '[]',
    '5',
    'name',
    '"',
    'a: b: c',
    '\t',
    '---\n---\n',
    '&a [*a]',
    '*x',
    '{',
    '<<: 1',
    '%YAML 1.1\n---\nname: on',
    'name: x\ntopology: !!binary aGVsbG8=',
  ])('%j gives findings with a place', (text) => {
    const result = readLabFile(text, 'lab.yml');
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.findings.length).toBeGreaterThan(0);
    for (const { line, column } of result.findings) expect([line > 0, column > 0]).toEqual([true, true]);
  });

  test('a bomb of aliases and a tower of brackets are refused, not run into', () => {
    const bomb = Array.from(
      { length: 9 },
      (_, i) =>
        `a${i}: &a${i} [${
          i === 0
            ? 'x'
            : Array(9)
                .fill(`*a${i - 1}`)
                .join(',')
        }]`,
    ).join('\n');
    for (const text of [bomb, '['.repeat(100_000), '{a: '.repeat(20_000), 'x'.repeat(9 * 2 ** 20)]) {
      expect(readLabFile(text, 'lab.yml').ok).toBe(false);
    }
  });

  test('no text makes the reader throw', () => {
    const word = fc.constantFrom(
      ...SOUND.split(/(\s+|[{}[\],])/),
      '<<',
      '&a',
      '*a',
      '!!set',
      'null',
      '~',
      '? ',
      '- ',
      ': ',
      '__proto__',
      'constructor',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join('')),
        ),
        neverThrows,
      ),
      { numRuns: 500 },
    );
  });

  test('no value in a sound file, replaced by any other, makes the reader throw', () => {
    const other = fc.constantFrom(
      'null',
      '[]',
      '{}',
      '5',
      '-1',
      '1e999',
      '.nan',
      '""',
      'x',
      '"a:b"',
      '[1, {}]',
      '{a: b}',
      '*a',
      '"__proto__"',
      'on',
      '2001-01-01',
    );
    const values = [...SOUND.matchAll(/(?<=[:[,{] )[^\s,{}[\]]+/g)];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(values.length - 1), other), { minLength: 1, maxLength: 4 }), (changes) => {
        let text = SOUND;
        for (const [index, value] of [...changes].sort((a, b) => b[0] - a[0])) {
          const at = values[index];
          if (at !== undefined) text = text.slice(0, at.index) + value + text.slice(at.index + at[0].length);
        }
        neverThrows(text);
      }),
      { numRuns: 300 },
    );
  });
});

function neverThrows(text: string): void {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) expect(result.findings.length).toBeGreaterThan(0);
}
