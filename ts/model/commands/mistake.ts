/** What is wrong with a line that is no command: one line, at most one suggestion, and where the grammar stands. */

import { nearest } from '../../values/did-you-mean.ts';
import { progressOf } from './complete.ts';
import type { CommandForm } from './grammar.ts';
import { wordsOf } from './read.ts';

/** A quoted line is cut here, so that the sentence stays one line of a terminal or two. */
const QUOTED_MAX = 60;
/** More fixed words than this at one place are not listed: the help has them. */
const CANDIDATES_SHOWN_MAX = 8;

/** The sentence for a line that the table does not know. */
export function mistakeIn(forms: readonly CommandForm[], text: string): string {
  const words = wordsOf(text);
  const { at } = progressOf(forms, words);
  const help = `switchback exec LAB help${at === 0 ? '' : ` ${words[0]}`}`;
  return `"${quoted(words.join(' '))}" is not a command${remedyFor(forms, words)} (see: ${help})`;
}

function remedyFor(forms: readonly CommandForm[], words: readonly string[]): string {
  const { at, candidates, after, repaired } = progressOf(forms, words);
  const word = words[at];
  const near =
    word === undefined
      ? null
      : (repaired ??
        nearest(
          word,
          candidates.flatMap((one) => one.words),
        ));
  if (near !== null) return `: did you mean "${near}"?`;
  if (at === 0) return '';
  const before = `"${quoted(words[at - 1] ?? '')}"`;
  if (candidates.length === 0) return `: nothing may follow ${before}`;
  const shown = candidates.slice(0, CANDIDATES_SHOWN_MAX).map(({ usage }) => usage);
  const expected = shown.join('|') + (candidates.length > shown.length ? '|…' : '');
  const place = after === null && word !== undefined ? '' : ` after ${before}`;
  return `: expected ${expected}${place}${word === undefined ? '' : `, not "${quoted(word)}"`}`;
}

/** A text as it can be printed: cut, and control characters as their code points. */
function quoted(text: string): string {
  const whole = [...text];
  const shown = whole.length > QUOTED_MAX ? `${whole.slice(0, QUOTED_MAX).join('')}…` : text;
  return shown.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
