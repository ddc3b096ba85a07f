import { difference } from './diff.ts';
import { bareEvent, publishedWithEvents } from './events.ts';
import { chain, check, closed, flag, integer, list, ns, oneOf, position, type Schema, text } from './values.ts';

/** The report of a fork. @param differs the schema of a difference */
export function forked(differs: Schema): Schema {
  return closed({
    lab: text,
    fork: text,
    atNs: { ...ns, description: 'Where the change comes; 0 where the definition is another one.' },
    changes: list(closed({ kind: oneOf('run', 'set', 'without'), text, atNs: ns })),
    fromStart: { ...flag, description: 'Played from the beginning, under a changed definition.' },
    openLoop: closed({
      inputs: integer,
      frames: { ...integer, description: 'From outside, played as recorded: they do not react.' },
    }),
    position,
    chain,
    virtualTimeNs: ns,
    checks: list(closed({ before: check, after: check })),
    difference: differs,
  });
}

export const forkSchema = publishedWithEvents('switchback fork -f json', (reference) => forked(difference(bareEvent(reference))));
