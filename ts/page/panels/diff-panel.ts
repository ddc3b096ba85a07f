/** What differs between the two cursors, list by list. */
import type { VNode } from 'preact';
import type { Json } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';
import { answered, type Part, positionLink } from './parts.ts';
import { type Row, section, sectionsOf } from './tables.ts';

export function diffPanel(page: Page): VNode {
  const { cursor, other, recorded, otherRecorded, selected } = page.state;
  if (other === null) {
    return h('p', { class: 'quiet' }, 'Set cursor B where the lab was otherwise: move there and press b. Then come back.');
  }
  return h(
    'div',
    null,
    h('h2', null, 'A ', positionLink(page, cursor), ' against B ', positionLink(page, other)),
    answered(recorded, 'Folding…', (a) => answered(otherRecorded, 'Folding…', (b) => differences(page, a, b, selected))),
  );
}

function differences(page: Page, a: Json, b: Json, node: string | null): Part {
  const [listsA, listsB] = [new Map(sectionsOf(a, node)), new Map(sectionsOf(b, node))];
  const names = [...new Set([...listsA.keys(), ...listsB.keys()])];
  const parts = names.flatMap((name) => {
    const [onlyA, onlyB] = onlyIn(listsA.get(name) ?? [], listsB.get(name) ?? []);
    return [
      onlyA.length === 0 ? null : section(page, `${name}: only at A`, onlyA, true, 'only-a'),
      onlyB.length === 0 ? null : section(page, `${name}: only at B`, onlyB, true, 'only-b'),
    ];
  });
  const found = parts.filter((part) => part !== null);
  return found.length === 0 ? h('p', { class: 'quiet' }, 'Recorded state is the same at both.') : h('div', null, found);
}

/** Rows that only one of two lists has; rows are the same when they say the same. */
export function onlyIn(a: readonly Row[], b: readonly Row[]): readonly [onlyA: readonly Row[], onlyB: readonly Row[]] {
  const [textsA, textsB] = [a, b].map((rows) => new Set(rows.map((row) => JSON.stringify(row)))) as [Set<string>, Set<string>];
  return [a.filter((row) => !textsB.has(JSON.stringify(row))), b.filter((row) => !textsA.has(JSON.stringify(row)))];
}
