/** The rules that applied: their titles, and the way to what they say. */
import type { VNode } from 'preact';
import type { Page } from '../model/page.ts';
import { rulesFor } from '../model/rule-names.ts';
import { h } from './h.ts';
import type { Part } from './parts.ts';
import type { Row } from './tables.ts';

/** @param rows that name an event or a reason each: the one that is told first, then its causes */
export function rulesPart({ state: { rules } }: Page, rows: readonly Row[]): Part {
  const ids = rules === null ? [] : rulesFor(rules, rows);
  if (ids.length === 0) return null;
  const lines = ids.map((id): VNode => {
    const link = h('a', { href: `${rules?.page}#${id}`, target: '_blank', rel: 'noopener' }, id);
    return h('li', { key: id }, link, ` ${rules?.titles[id]}`);
  });
  return h(
    'section',
    null,
    h('h3', { id: 'rules' }, `Rules that applied (${ids.length})`),
    h('ul', { 'aria-labelledby': 'rules' }, lines),
  );
}
