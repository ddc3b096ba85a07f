/** Sections of a state as tables: every value that says since when leads there, and every MAC address to its life. */
import type { VNode } from 'preact';
import type { Json } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';
import { type Part, positionLink, rowsIn, textOfValue } from './parts.ts';

/** Rows of one table; the rest is in the JSON of the command line. */
const ROWS_MAX = 200;
/** Columns that hold positions of events. */
const POSITIONS: ReadonlySet<string> = new Set(['since', 'position', 'cause', 'from']);
const MAC = /^(?:[\da-f]{2}:){5}[\da-f]{2}$/;

export type Row = Readonly<Record<string, unknown>>;

/** The lists of a state that are about a node ("fw1") or an interface ("fw1:eth1"); all of them without one. */
export function sectionsOf(state: Json, selected: string | null): readonly (readonly [name: string, rows: readonly Row[]])[] {
  return Object.entries(state).flatMap(([name, value]) => {
    const rows = rowsIn(value).filter((row) => selected === null || isAbout(row, selected));
    return rows.length === 0 ? [] : [[name, rows] as const];
  });
}

function isAbout(row: Row, selected: string): boolean {
  const { node: name, interface: at } = row;
  const [node = '', port] = selected.split(':');
  if (port !== undefined) return at === selected || (name === node && at === port);
  return name === node || (name === undefined && typeof at === 'string' && at.startsWith(`${node}:`));
}

/** @param kind said of its table to those who hear it: no two tables have one name */
export function section(page: Page, name: string, rows: readonly Row[], isOpen: boolean, className = '', kind = ''): VNode {
  const shown = rows.slice(0, ROWS_MAX);
  const rest = rows.length - shown.length;
  return h(
    'details',
    { key: name, open: isOpen, class: className },
    h('summary', null, `${wordsOf(name)} (${rows.length})`),
    table(page, `${wordsOf(name)}${kind}`, shown),
    rest > 0 ? h('p', { class: 'quiet' }, `and ${rest} more`) : null,
  );
}

function table(page: Page, caption: string, rows: readonly Row[]): VNode {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          columns.map((column) => h('th', { scope: 'col', key: column }, wordsOf(column))),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((row, index) =>
          h(
            'tr',
            { key: index },
            columns.map((column) => h('td', { key: column }, cell(page, column, row[column]))),
          ),
        ),
      ),
    ),
  );
}

function cell(page: Page, column: string, value: unknown): Part {
  if (typeof value === 'number' && value > 0 && POSITIONS.has(column)) return positionLink(page, value);
  return typeof value === 'string' && MAC.test(value) ? macLink(page, value) : textOfValue(value);
}

/** An address that leads to its life. */
function macLink(page: Page, mac: string): VNode {
  const onClick = (): void => {
    page.ask({ of: 'mac', mac });
    page.show('why');
  };
  return h('button', { type: 'button', class: 'link', title: `The life of MAC ${mac}`, onClick }, mac);
}

/** "effectiveMac" as "effective mac". */
export function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
