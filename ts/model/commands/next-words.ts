/** Words that may come next in a command of a lab: its grammar's own, and names of the lab. */
import { endpointOf } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { LIVING_COMMANDS } from './command.ts';
import { type Candidate, complete } from './complete.ts';

/** @param words that are there already. @param lab null where no names are known */
export function nextWords(words: readonly string[], lab: Lab | null): readonly string[] {
  return [...new Set(complete(LIVING_COMMANDS, words).flatMap((candidate) => wordsOf(candidate, lab)))];
}

function wordsOf({ kind, words, nodeKinds }: Candidate, lab: Lab | null): readonly string[] {
  const nodes = lab?.nodes.filter((node) => nodeKinds === undefined || nodeKinds.includes(node.kind)).map(({ name }) => name) ?? [];
  if (kind === 'node') return nodes;
  if (kind === 'endpoint') return lab?.interfaces.filter(({ node }) => nodes.includes(node)).map((one) => endpointOf(one)) ?? [];
  if (kind === 'flow') return lab?.flows.map(({ name }) => name) ?? [];
  return words;
}
