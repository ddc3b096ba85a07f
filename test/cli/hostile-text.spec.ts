/** Names and texts that carry escape sequences: none of them reaches the terminal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch, switchback } from './switchback.ts';

const HOSTILE = 'x\u001b]0;owned\u0007\u009b31m\u202egnp\u007f';
const RAW = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;
const file = join(scratch(), 'hostile.lab.yml');
writeFileSync(
  file,
  `name: t\n"${HOSTILE.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}": 1\ntopology: { nodes: {} }\n`,
);

test.each([
  ['a key of a lab file', ['validate', file]],
  ['a lab file that is to run', ['run', file, '--data', join(scratch(), 'data')]],
  ['the name of a file', ['validate', `${HOSTILE}.lab.yml`]],
  ['a verb', [HOSTILE]],
  ['an option', ['events', `--${HOSTILE}`]],
])('escape sequences in %s are spelt out', (_, args) => {
  const { stdout, stderr } = switchback(args);
  expect(stdout + stderr).not.toMatch(RAW);
  expect(stdout + stderr).toContain('\\u001b]0;owned\\u0007\\u009b31m\\u202egnp\\u007f');
});

test('JSON has the text as it is', () => {
  const { stdout } = switchback(['validate', file, '-f', 'json']);
  expect(stdout).not.toMatch(RAW);
  expect(JSON.stringify(JSON.parse(stdout))).toContain(JSON.stringify(HOSTILE).slice(1, -1));
});
