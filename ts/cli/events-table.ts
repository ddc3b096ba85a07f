/** Events as a table, one a line. */
import type { LabEvent } from '../model/events/events.ts';
import { textOf, whoOf } from '../services/publish/describe-event.ts';
import { formatSeconds } from '../values/nanos.ts';
import { type Column, clipped, fittedWidths, table, terminalWidth } from './table.ts';

const COLUMNS: readonly Column[] = [
  { head: 'position', align: 'right' },
  { head: 'time', align: 'right' },
  { head: 'type' },
  { head: 'who' },
  { head: 'text' },
  { head: 'cause', align: 'right' },
];

/** So many events decide the widths of a long table. Later ones may be wider; they push the rest of their line to the right. */
export const WINDOW_EVENTS = 200;

type Row = readonly string[];
const GAP = '  ';

export function eventsTable(events: readonly LabEvent[]): string {
  return table(COLUMNS, events.map(rowOf));
}

/**
 * The same table in pieces, without a final line end: whole if it is short; else line by line, without borders, as the events
 * come. Takes at most `WINDOW_EVENTS` events before the first piece, and keeps no more of them.
 */
export async function* streamEventsTable(events: AsyncIterable<LabEvent>): AsyncGenerator<string> {
  const window: LabEvent[] = [];
  let widths: readonly number[] | null = null;
  for await (const event of events) {
    if (widths !== null) {
      yield lineOf(rowOf(event), widths);
      continue;
    }
    window.push(event);
    if (window.length < WINDOW_EVENTS) continue;
    const rows = [COLUMNS.map(({ head }) => head.toUpperCase()), ...window.map(rowOf)];
    widths = widthsOf(rows);
    for (const row of rows) yield lineOf(row, widths);
  }
  if (widths === null) yield eventsTable(window);
}

/** The same line by line, each as soon as its event comes: columns are as wide as the widest text so far. */
export async function* followEventsTable(events: AsyncIterable<LabEvent>): AsyncGenerator<string> {
  const heads = COLUMNS.map(({ head }) => head.toUpperCase());
  let natural = heads.map(({ length }) => length);
  yield lineOf(heads, fitted(natural));
  for await (const event of events) {
    const row = rowOf(event);
    natural = natural.map((width, column) => Math.max(width, row[column]?.length ?? 0));
    yield lineOf(row, fitted(natural));
  }
}

/** As wide as the rows need; on a terminal, as wide as that is. */
function widthsOf(rows: readonly Row[]): readonly number[] {
  return fitted(COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))));
}

function fitted(natural: readonly number[]): readonly number[] {
  const total = terminalWidth();
  return total === null ? natural : fittedWidths(natural, total - (COLUMNS.length - 1) * GAP.length);
}

function rowOf(event: LabEvent): Row {
  const { position, atNs, type, cause } = event;
  return [String(position), formatSeconds(atNs), type, whoOf(event), textOf(event), cause === 0 ? '' : String(cause)];
}

function lineOf(row: Row, widths: readonly number[]): string {
  const cells = row.map((cell, column) => {
    const width = widths[column] ?? 0;
    if (cell.length > width && terminalWidth() !== null) return clipped(cell, width);
    return COLUMNS[column]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
  });
  return cells.join(GAP).trimEnd();
}
