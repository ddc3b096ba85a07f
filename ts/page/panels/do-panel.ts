/** What one can do: give a living lab commands, fork the lab at the cursor, and take it away. */
import type { VNode } from 'preact';
import type { Page } from '../model/page.ts';
import { commandPart } from './command-part.ts';
import { downloadPart } from './download-part.ts';
import { forkPart } from './fork-part.ts';
import { h } from './h.ts';

export function doPanel(page: Page): VNode {
  const lines = page.doing.state.completions.map((line) => h('option', { value: line, key: line }));
  return h(
    'div',
    { class: 'do' },
    h('datalist', { id: 'command-lines' }, lines),
    page.commanding.isPossible ? commandPart(page) : null,
    forkPart(page),
    downloadPart(page),
  );
}
