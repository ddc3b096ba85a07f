/** What may come next on a command line: for completion, and for what is said of a line that is no command. */

import type { NodeKind } from '../lab/nodes.ts';
import { type CommandForm, headOf } from './grammar.ts';
import { type Expected, type Reading, readForm } from './read.ts';
import type { ValueKind } from './values.ts';

export interface Candidate {
  readonly kind: ValueKind | 'word';
  /** "crash", "NODE:INTERFACE". */
  readonly usage: string;
  /** Fixed words; none for a name or a number. */
  readonly words: readonly string[];
  /** Of a node or endpoint: kinds of nodes that the command is for; undefined for all. */
  readonly nodeKinds?: readonly NodeKind[];
}

/** Where the words stop agreeing with every entry, and what could stand there. */
export interface Progress {
  /** Words that agree, from the first. */
  readonly at: number;
  readonly candidates: readonly Candidate[];
  /** The setting whose value is expected; null elsewhere. */
  readonly after: string | null;
  /** What the word that stands there most likely should be; null when its kind cannot tell. */
  readonly repaired: string | null;
}

/** Follows words through the entry, or entries, that agree with most of them. */
export function progressOf(forms: readonly CommandForm[], words: readonly string[]): Progress {
  const own = forms.filter((form) => headOf(form) === words[0]);
  if (own.length === 0) {
    const heads = [...new Set(forms.map(headOf))];
    return { at: 0, candidates: heads.map(wordCandidate), after: null, repaired: null };
  }
  const readings = own.map((form): [CommandForm, Reading] => [form, readForm(form, words)]);
  const at = Math.max(...readings.map(([, reading]) => reading.at));
  const farthest = readings.filter(([, reading]) => reading.at === at);
  const expected = farthest.flatMap(([, reading]) => reading.expected);
  const after = expected.flatMap((one) => (one.is === 'value' && one.after !== null ? [one.after] : []))[0] ?? null;
  const repairs = expected.map((one) => (one.is === 'value' ? (one.value.repair?.(words[at] ?? '') ?? null) : null));
  return {
    at,
    candidates: farthest.flatMap(([form, reading]) => reading.expected.map((one) => candidateOf(form, one))),
    after,
    repaired: repairs.find((repaired) => repaired !== null) ?? null,
  };
}

/** Candidates for the word after `words`; none when `words` begin no command. */
export function complete(forms: readonly CommandForm[], words: readonly string[]): readonly Candidate[] {
  const { at, candidates } = progressOf(forms, words);
  return at === words.length ? candidates : [];
}

function candidateOf({ kinds }: CommandForm, expected: Expected): Candidate {
  if (expected.is === 'word') return wordCandidate(expected.text);
  if (expected.is === 'words') return { kind: 'word', usage: expected.usage, words: [] };
  const { kind, usage, words } = expected.value;
  return { kind, usage, words, ...(kinds === undefined ? {} : { nodeKinds: kinds }) };
}

function wordCandidate(text: string): Candidate {
  return { kind: 'word', usage: text, words: [text] };
}
