import { bareEvent, publishedWithEvents } from './events.ts';
import { closed, flag, list, orNull, position, text } from './values.ts';

export const replaySchema = publishedWithEvents('switchback replay -f json', (reference) =>
  closed({
    engine: { ...text, description: 'Identity of the other build.' },
    labs: list(
      closed({
        lab: text,
        file: orNull(text),
        positions: position,
        same: { ...flag, description: 'The other build decides the very chain.' },
        firstPosition: orNull(position),
        failure: { ...orNull(text), description: 'Why the other build came no further.' },
        changes: list(closed({ position, was: orNull(bareEvent(reference)), is: orNull(bareEvent(reference)) })),
      }),
    ),
  }),
);
