/** Tables: with borders on a terminal, plain aligned columns when piped, so that both eyes and `awk` are served. */
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

/** Rows under their heads, as text without a final line end. */
export function table(columns: readonly (Column | string)[], rows: readonly (readonly (string | number)[])[]): string {
  const shaped = columns.map((column): Column => (typeof column === 'string' ? { head: column } : column));
  const boxed = process.stdout.isTTY === true;
  const drawn = new CliTable({
    head: shaped.map(({ head }) => (boxed ? head : head.toUpperCase())),
    colAligns: shaped.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], compact: true, 'padding-left': boxed ? 1 : 0, 'padding-right': boxed ? 1 : 0 },
    chars: boxed ? ROUND : NONE,
  });
  for (const row of rows) drawn.push([...row]);
  const text = drawn.toString();
  return boxed ? text : text.replace(/ +$/gm, '');
}

/** One record of comma-separated values (RFC 4180). */
export function csvLine(values: readonly (string | number)[]): string {
  return values
    .map((value) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value)))
    .join(',');
}
