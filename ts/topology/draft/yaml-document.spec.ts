import { describe, expect, test } from 'vitest';
import { LineCounter } from 'yaml';
import { aliasesOf } from './aliases.ts';
import { parseYaml, Unreadable } from './yaml-document.ts';

const read = (text: string) => aliasesOf(parseYaml(text, new LineCounter()));

/** Where the reading of a text stopped; null when it came to the end. */
function stoppedAt(text: string): number | null {
  try {
    read(text);
    return null;
  } catch (error) {
    if (error instanceof Unreadable) return error.offset;
    throw error;
  }
}

describe('a YAML document', () => {
  test.each([
    ['[', 100],
    ['{', 100],
    ['- ', 199],
    ['? ', 199],
  ])('of nothing but "%s" stops at the token beyond a limit', (token, offset) => {
    expect(stoppedAt(token.repeat(150))).toBe(offset);
  });

  test.each([
    ['a block of lines', 'k: |\n', ' x\n'],
    ['a plain text', 'k: ', 'link '],
    ['a quoted text', 'k: "', 'x\n '],
    ['a comment', 'k: 1 # ', 'x'],
  ])('stops at %s that is too long', (_, begin, part) => {
    const text = (characters: number) => `${begin}${part.repeat(Math.floor(characters / part.length))}`;
    const end = begin.endsWith('"') ? '"' : '';
    expect(stoppedAt(text(16_000) + end)).toBeNull();
    const at = stoppedAt(text(17_000) + end);
    expect(at).toBeGreaterThan(1);
    expect(at).toBeLessThanOrEqual(begin.length);
  });

  test('counts what aliases stand for, and merges', () => {
    const doubled = (levels: number, use: (name: string) => string) =>
      ['a0: &a0 { x0: 1 }', ...Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} ${use(`*a${i}`)}`)].join('\n');
    for (const use of [(name: string) => `[${name}, ${name}]`, (name: string) => `{ <<: [${name}, ${name}] }`]) {
      expect(read(doubled(10, use)).size).toBe(20);
      expect(() => read(doubled(30, use))).toThrow(Unreadable);
    }
  });
});
