/** The rules that events come by: their titles, and the way to what they say. A page that no server sent does not have them. */
import type { VNode } from 'preact';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';
import type { Part } from './parts.ts';
import type { Row } from './tables.ts';

/** @param rows that name an event each: the one that is told first, then its causes */
export function rulesPart({ state: { rules } }: Page, rows: readonly Row[]): Part {
  const ids = new Set(rows.flatMap(({ type }) => rules?.events[String(type)]?.split(' ') ?? []));
  if (rules === null || ids.size === 0) return null;
  const lines = [...ids].map((id): VNode => {
    const link = h('a', { href: `rules.html#${id}`, target: '_blank', rel: 'noopener' }, id);
    return h('li', { key: id }, link, ` ${rules.titles[id] ?? ''}`);
  });
  return h(
    'section',
    null,
    h('h3', { id: 'rules' }, `Rules that applied (${ids.size})`),
    h('ul', { 'aria-labelledby': 'rules' }, lines),
  );
}
