/** The inspector: the state at the cursor, what differs from cursor B, why the event happened, frames, and what one can do. */
import type { VNode } from 'preact';
import { TABS, type Tab } from '../model/address.ts';
import type { Page } from '../model/page.ts';
import { diffPanel } from './diff-panel.ts';
import { doPanel } from './do-panel.ts';
import { framesPanel } from './frames-panel.ts';
import { h } from './h.ts';
import type { Part } from './parts.ts';
import { statePanel } from './state-panel.ts';
import { whyPanel } from './why-panel.ts';

const NAMES: Readonly<Record<Tab, string>> = { state: 'State', diff: 'Diff', why: 'Why', frames: 'Frames', do: 'Do' };
const PANELS: Readonly<Record<Tab, (page: Page) => Part>> = {
  state: statePanel,
  diff: diffPanel,
  why: whyPanel,
  frames: framesPanel,
  do: doPanel,
};

export function inspector(page: Page): VNode {
  const { tab } = page.state;
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length];
    if (by === 0 || next === undefined) return;
    event.stopPropagation();
    page.show(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  const tabs = TABS.map((one) =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${one}`,
        key: one,
        'aria-selected': one === tab ? 'true' : 'false',
        'aria-controls': 'inspector',
        tabindex: one === tab ? 0 : -1,
        onClick: () => page.show(one),
      },
      NAMES[one],
    ),
  );
  return h(
    'section',
    { class: 'inspector', 'aria-label': 'Inspector' },
    h('div', { role: 'tablist', 'aria-label': 'Inspector', onKeyDown }, tabs),
    h('div', { role: 'tabpanel', id: 'inspector', 'aria-labelledby': `tab-${tab}`, tabindex: 0, key: tab }, PANELS[tab](page)),
  );
}
