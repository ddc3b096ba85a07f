/** The state at the cursor: what is recorded at once, and what a re-execution adds when the cursor rests. */
import type { VNode } from 'preact';
import type { Json } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';
import { answered } from './parts.ts';
import { still } from './still.ts';
import { section, sectionsOf } from './tables.ts';

/** What is open at first. */
const OPEN: ReadonlySet<string> = new Set(['ha', 'neighbours', 'drops', 'flows']);
/** Recorded lists that derived state has exactly. */
const EXACT: ReadonlySet<string> = new Set(['drops', 'moves']);

export function statePanel(page: Page): VNode {
  const { recorded, derived, selected } = page.state;
  return still([recorded, derived, selected], () => stateLists(page));
}

function stateLists(page: Page): VNode {
  const { recorded, derived, selected } = page.state;
  const isOpen = (name: string): boolean => selected !== null || OPEN.has(name);
  const exact = derived.status === 'there' ? derived.value : {};
  const lists = (state: Json): VNode[] => {
    const all: Json = { ...state, ...Object.fromEntries(Object.entries(exact).filter(([name]) => EXACT.has(name))) };
    return sectionsOf(all, selected)
      .filter(([name]) => name !== 'derived')
      .map(([name, rows]) => still([all[name], selected], () => section(page, name, rows, isOpen(name)), name));
  };
  return h(
    'div',
    null,
    h('h2', null, selected === null ? 'The whole lab' : selected),
    h('h3', null, 'Recorded'),
    answered(recorded, 'Folding…', (state) => h('div', null, lists(state))),
    h('h3', null, 'Derived by re-execution'),
    answered(derived, 'Re-executing when the cursor rests…', (state) => {
      const found = sectionsOf((state['derived'] ?? {}) as Json, selected);
      if (found.length === 0) return h('p', { class: 'quiet' }, 'nothing');
      return h(
        'div',
        null,
        found.map(([name, rows]) => section(page, name, rows, isOpen(name), '', ', derived')),
      );
    }),
  );
}
