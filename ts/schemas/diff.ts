import { bareEvent, publishedWithEvents } from './events.ts';
import { closed, flag, integer, list, ns, flow as ofFlow, orNull, position, type Schema, text } from './values.ts';

/** One side of a comparison. */
const side = closed({ lab: text, position, atNs: ns });

/** A value of each side; null where it has nothing. */
export const valuesOfBoth = list(closed({ path: text, a: {}, b: {} }));

const flow = orNull(ofFlow);

/** What differs between two labs. @param event the schema of an event */
export function difference(event: Schema): Schema {
  return closed({
    a: side,
    b: side,
    same: flag,
    renamed: list(closed({ a: text, b: text })),
    definition: valuesOfBoth,
    firstDivergence: orNull(closed({ a: orNull(event), b: orNull(event) })),
    events: closed({
      compared: closed({ a: integer, b: integer }),
      onlyA: list(event),
      onlyB: list(event),
      moved: list(closed({ a: event, b: event })),
    }),
    recorded: valuesOfBoth,
    derived: valuesOfBoth,
    flows: list(
      closed({
        name: text,
        a: flow,
        b: flow,
        lost: { ...integer, description: 'Frames that arrive in a and not in b.' },
        gained: { ...integer, description: 'Frames that arrive in b and not in a.' },
      }),
    ),
  });
}

export const diffSchema = publishedWithEvents('switchback diff -f json', (reference) => difference(bareEvent(reference)));
