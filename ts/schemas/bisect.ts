import { bareEvent, publishedWithEvents } from './events.ts';
import { closed, flag, integer, oneOf, orNull, position, text } from './values.ts';

export const bisectSchema = publishedWithEvents('switchback bisect -f json', (reference) =>
  closed({
    lab: text,
    check: text,
    events: integer,
    status: oneOf('turned', 'holds', 'never'),
    event: orNull(bareEvent(reference)),
    seen: orNull(text),
    trueSince: orNull(position),
    scanned: { ...flag, description: 'Every moment was asked; else coarse steps sufficed.' },
  }),
);
