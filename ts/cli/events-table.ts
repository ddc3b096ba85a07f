/** Events as a table, one a line. */
import type { LabEvent } from '../model/events/events.ts';
import { formatSeconds } from '../values/nanos.ts';
import { textOf, whoOf } from './describe-event.ts';
import { table } from './table.ts';

const COLUMNS = [
  { head: 'position', align: 'right' },
  { head: 'time', align: 'right' },
  'type',
  'who',
  'text',
  { head: 'cause', align: 'right' },
] as const;

export function eventsTable(events: readonly LabEvent[]): string {
  const rows = events.map((event) => [
    event.position,
    formatSeconds(event.atNs),
    event.type,
    whoOf(event),
    textOf(event),
    event.cause || '',
  ]);
  return table(COLUMNS, rows);
}
