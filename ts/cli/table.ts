/**
 * Tables: with borders on a terminal, no wider than it is; plain aligned columns when piped, with all of every text, so that both
 * eyes and `awk` are served.
 */
import { stripVTControlCharacters } from 'node:util';
import CliTable from 'cli-table3';

export type Align = 'left' | 'right';

export interface Column {
  readonly head: string;
  readonly align?: Align;
}

const ROUND = {
  'top-left': '╭',
  'top-right': '╮',
  'bottom-left': '╰',
  'bottom-right': '╯',
};

const NONE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** What stands for the rest of a text that is too long. */
const MARKER = '…';
const PADDING = 2;

/** Columns of characters that a person sees at once; null where nobody looks. */
export function terminalWidth(): number | null {
  const { isTTY, columns } = process.stdout;
  return isTTY === true && columns > 0 ? columns : null;
}

/**
 * Widths that fit into a total: the widest columns give way, equally wide in the end, none below what is left for each.
 * Widths that fit already stay as they are.
 */
export function fittedWidths(widths: readonly number[], total: number): number[] {
  const wide = (most: number): number => widths.reduce((sum, width) => sum + Math.min(width, most), 0);
  let most = Math.max(1, ...widths);
  while (most > 1 && wide(most) > total) most--;
  return widths.map((width) => Math.min(width, most));
}

/** A text without colours, cut to a width; the marker says that it goes on. */
export function clipped(text: string, width: number): string {
  return text.length <= width ? text : text.slice(0, Math.max(0, width - MARKER.length)) + MARKER;
}

/** Rows under their heads, as text without a final line end. */
export function table(columns: readonly (Column | string)[], rows: readonly (readonly (string | number)[])[]): string {
  const shaped = columns.map((column): Column => (typeof column === 'string' ? { head: column } : column));
  const boxed = process.stdout.isTTY === true;
  const total = terminalWidth();
  const drawn = new CliTable({
    head: shaped.map(({ head }) => (boxed ? head : head.toUpperCase())),
    colAligns: shaped.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], compact: true, 'padding-left': boxed ? 1 : 0, 'padding-right': boxed ? 1 : 0 },
    chars: boxed ? ROUND : NONE,
    truncate: MARKER,
    ...(total === null ? {} : { colWidths: boxedWidths(shaped, rows, total) }),
  });
  for (const row of rows) drawn.push([...row]);
  const text = drawn.toString();
  return boxed ? text : text.replace(/ +$/gm, '');
}

/** With the padding of each column; one border more than columns. */
function boxedWidths(columns: readonly Column[], rows: readonly (readonly (string | number)[])[], total: number): number[] {
  const natural = columns.map(({ head }, column) =>
    Math.max(head.length, ...rows.map((row) => stripVTControlCharacters(String(row[column] ?? '')).length)),
  );
  const room = total - columns.length * (PADDING + 1) - 1;
  return fittedWidths(natural, room).map((width) => width + PADDING);
}

/** One record of comma-separated values (RFC 4180). */
export function csvLine(values: readonly (string | number)[]): string {
  return values
    .map((value) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value)))
    .join(',');
}
