import { describe, expect, test } from 'vitest';
import { coloured, visible } from './visible.ts';

/** C0, DEL, C1, bidirectional controls, and the line ends that are none in ASCII. */
const OBEYED = [
  ...Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== 10),
  ...Array.from({ length: 33 }, (_, index) => 0x7f + index),
  ...[0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x2028, 0x2029],
];

describe('text for a terminal', () => {
  test.each(OBEYED)('spells out the control character %i, in plain text and in colour', (code) => {
    const char = String.fromCharCode(code);
    const spelt = `\\u${code.toString(16).padStart(4, '0')}`;
    expect(visible(`fw1${char}31m`)).toBe(`fw1${spelt}31m`);
    expect(visible(coloured(31, `fw1${char}`))).toBe(`\u001b[31mfw1${spelt}\u001b[0m`);
  });

  test('in JSON keeps the value of every text', () => {
    const value = { name: String.fromCharCode(...OBEYED, 10), nested: [OBEYED.map((code) => String.fromCharCode(code))] };
    const shown = visible(JSON.stringify(value, null, 2));
    expect(JSON.parse(shown)).toEqual(value);
    expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  });

  test('keeps lines and the letters of every script', () => {
    const text = 'Zürich → 東京\nשלום ✓ 👍';
    expect(visible(text)).toBe(text);
  });

  test('lets nobody else colour', () => {
    expect(visible('\u001b[31mred\u001b[0m')).toBe('\\u001b[31mred\\u001b[0m');
  });
});
