/** Hostile lab files: shipped ones, damaged; and large ones of which one part has no end. */
import type { Random } from './random.ts';

/** Names with a meaning of their own in JavaScript or YAML, and such as no terminal may obey. */
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'null',
  'true',
  '~',
  '<<',
  '-1',
  '0x10',
  'a:b',
  '../../etc',
  '"\\u001b[31m"',
  '"\\x9b2J"',
  '"\\u202e"',
  'x'.repeat(300),
];
const VALUES = [
  '-1',
  '1e309',
  '.nan',
  '-.inf',
  '9007199254740993',
  '4294967296',
  '0',
  'null',
  '[]',
  '{}',
  '""',
  '!!binary aGk=',
  '!!js/x y',
  '*x',
  '&x 1',
  '|',
  '>-',
  '[[[[',
  '1e-400',
  '99999999h',
  '0ns',
  '1/0',
  '255.255.255.255/33',
  'ff:ff:ff:ff:ff:ff',
  '2024-01-01',
  '\u0000',
  "'",
  '"',
];
/** C0, DEL, C1, what turns the direction of a text, line ends of Unicode, a lone surrogate, a byte order mark. */
const CONTROLS = [
  '\u0000',
  '\u0007',
  '\u001b[2J',
  '\u001b]0;x\u0007',
  '\r',
  '\t',
  '\u007f',
  '\u0085',
  '\u009b31m',
  '\u202e',
  '\u2066',
  '\u2028',
  '\u2029',
  '\ud800',
  '\ufeff',
  '\ufffd',
];
const MARKS = [
  '[',
  ']',
  '{',
  '}',
  ':',
  ',',
  '#',
  '-',
  '?',
  '&a ',
  '*a',
  '!',
  '|',
  '>',
  '%',
  '@',
  '`',
  '<<: *a',
  '\n---\n',
  '\n...\n',
];

type Damage = (random: Random, text: string, others: readonly string[]) => string;

const DAMAGES: readonly Damage[] = [
  (random, text) => spliced(text, random.below(text.length), random.between(0, 8), random.pick(MARKS)),
  (random, text) => spliced(text, random.below(text.length), random.between(0, 3), random.pick(CONTROLS)),
  (random, text) => spliced(text, random.below(text.length), random.between(1, 40), ''),
  (random, text) =>
    spliced(
      text,
      random.below(text.length),
      0,
      random.pick(['[', '{a: ', '- ', '? ', '&a [', '!x ']).repeat(random.between(2, 400)),
    ),
  (random, text) => ofLines(text, (lines) => lines.toSpliced(random.below(lines.length), random.between(1, 4))),
  (random, text) => ofLines(text, (lines) => lines.toSpliced(random.below(lines.length), 0, random.pick(lines))),
  (random, text, others) =>
    ofLines(text, (lines) => lines.toSpliced(random.below(lines.length), 0, random.pick(random.pick(others).split('\n')))),
  (random, text) => ofLines(text, (lines) => lines.with(...indented(random, lines))),
  (random, text) => replacedAt(random, text, /(?<=: )[^\s{}[\],#]+/g, random.pick(VALUES)),
  (random, text) => replacedAt(random, text, /(?<=: )[^\s{}[\],#]+/g, random.pick(NAMES)),
  (random, text) => renamed(random, text),
  (random, text) => replacedAt(random, text, /^ *[\w-]+(?=:)/gm, `  ${random.pick(NAMES)}`),
  (random, text) => replacedAt(random, text, /^( *)([\w-]+):/gm, `${' '.repeat(random.below(8))}&a k: *a\n  <<: *a\n  x:`),
  (random, text) =>
    replacedAt(random, text, /\d+/g, random.pick(['0', '-1', '4095', '65536', '2147483648', '1e9', '999999999999'])),
];

/** A damaged lab file. */
export function hostileLab(random: Random, texts: readonly string[]): string {
  let text = random.pick(texts);
  for (let left = random.pick([1, 1, 2, 4]); left > 0; left--) text = random.pick(DAMAGES)(random, text, texts);
  return text;
}

function spliced(text: string, at: number, length: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + length);
}

function ofLines(text: string, change: (lines: string[]) => readonly string[]): string {
  return change(text.split('\n')).join('\n');
}

function indented(random: Random, lines: readonly string[]): [number, string] {
  const at = random.below(lines.length);
  const line = lines[at] ?? '';
  return [at, random.chance(50) ? ` ${line}` : line.replace(/^ {1,2}/, random.chance(30) ? '\t' : '')];
}

/** One of the places that a pattern finds gets another text. */
function replacedAt(random: Random, text: string, pattern: RegExp, put: string): string {
  const places = [...text.matchAll(pattern)];
  if (places.length === 0) return text;
  const { index, 0: found } = random.pick(places);
  return spliced(text, index, found.length, put);
}

/** One name becomes another, wherever it stands: most of these files are valid but for the name. */
function renamed(random: Random, text: string): string {
  const names = [...text.matchAll(/^ {4}([\w-]+): \{/gm)].map(([, name = '']) => name);
  if (names.length === 0) return text;
  return text.replaceAll(new RegExp(`(?<![\\w-])${random.pick(names)}(?![\\w-])`, 'g'), random.pick(NAMES));
}

/** Texts of one kind without end, by name; each is made as long as asked. */
export const LARGE: Readonly<Record<string, (characters: number) => string>> = {
  brackets: (characters) => '['.repeat(characters),
  'closed-brackets': (characters) => '['.repeat(characters / 2) + ']'.repeat(characters / 2),
  braces: (characters) => '{a: '.repeat(characters / 4),
  dashes: (characters) => '- '.repeat(characters / 2),
  'dashes-lines': (characters) => '-\n'.repeat(characters / 2),
  questions: (characters) => '? '.repeat(characters / 2),
  keys: (characters) => repeated(characters, (number) => `k${number}: 1\n`),
  'same-keys': (characters) => 'name: x\n'.repeat(characters / 8),
  'node-keys': (characters) =>
    `name: x\ntopology:\n  nodes:\n${repeated(characters, (number) => `    n${number}: { kind: hots }\n`)}`,
  indents: (characters) => {
    const levels = Math.floor(Math.sqrt(2 * characters)) - 2;
    return Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
  },
  anchors: (characters) => repeated(characters, (number) => `- &a${number} x\n`),
  aliases: (characters) => `- &a x\n${'- *a\n'.repeat(characters / 5)}`,
  laughs: (characters) =>
    doubling(
      characters,
      (level) =>
        `l${level}: &l${level} [${Array(9)
          .fill(`*l${level - 1}`)
          .join(', ')}]\n`,
    ),
  merges: (characters) =>
    doubling(
      characters,
      (level) =>
        `l${level}: &l${level} { <<: [${Array(5)
          .fill(`*l${level - 1}`)
          .join(', ')}], k${level}: 1 }\n`,
    ),
  'one-scalar': (characters) => `name: ${'x'.repeat(characters)}`,
  quoted: (characters) => `name: "${'\\u001b'.repeat(characters / 6)}`,
  block: (characters) => `name: |\n${'  x\n'.repeat(characters / 4)}`,
  comments: (characters) => '# x\n'.repeat(characters / 4),
  documents: (characters) => '---\n'.repeat(characters / 4),
  tags: (characters) => '!x '.repeat(characters / 3),
  tabs: (characters) => '\t'.repeat(characters),
  blanks: (characters) => '\n'.repeat(characters),
  nulls: (characters) => '\u0000'.repeat(characters),
  links: (characters) =>
    `name: x\ntopology:\n  nodes: { a: { kind: host } }\n  links:\n${'    - endpoints: ["a:eth0", "b:eth0"]\n'.repeat(characters / 38)}`,
};

function repeated(characters: number, line: (number: number) => string): string {
  const lines: string[] = [];
  for (let length = 0, number = 1; length < characters; number++) {
    const text = line(number);
    lines.push(text);
    length += text.length;
  }
  return lines.join('');
}

function doubling(characters: number, line: (level: number) => string): string {
  return `l0: &l0 { k: 1 }\n${repeated(characters, line)}`;
}
