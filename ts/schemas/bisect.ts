import { bareEvent, publishedWithEvents } from './events.ts';
import { closed, flag, integer, oneOf, orNull, position, type Schema, text } from './values.ts';

/** What bisect found. @param event the schema of an event */
export function bisected(event: Schema): Schema {
  return closed({
    lab: text,
    check: text,
    events: integer,
    status: oneOf('turned', 'holds', 'never'),
    event: orNull(event),
    seen: orNull(text),
    trueSince: orNull(position),
    scanned: { ...flag, description: 'Every moment was asked; else coarse steps sufficed.' },
  });
}

export const bisectSchema = publishedWithEvents('switchback bisect -f json', (reference) => bisected(bareEvent(reference)));
