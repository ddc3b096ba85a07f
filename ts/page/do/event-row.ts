/** An event as a line of a list. */
import type { LabEvent } from '../../model/events/events.ts';
import { textOf, whoOf } from '../../services/publish/describe-event.ts';
import type { EventRow } from '../ask/event-row.ts';

export function eventRow(event: LabEvent): EventRow {
  const { position, atNs, type, cause } = event;
  return { position, atNs, type, cause, who: whoOf(event), text: textOf(event) };
}
