/** The whole page as a function of its state. */
import type { VNode } from 'preact';
import type { Page } from '../model/page.ts';
import { EventList } from './event-list.ts';
import { h, part } from './h.ts';
import { Help } from './help.ts';
import { inspector } from './inspector.ts';
import type { Part } from './parts.ts';
import { PicturePanel } from './picture-panel.ts';
import { Rates } from './rates-panel.ts';
import { readingPart } from './reading-part.ts';
import { Timeline } from './timeline-panel.ts';
import { topBar } from './top-bar.ts';
import { tree } from './tree.ts';

/** A bundle larger than this is refused before it is read. */
export const BUNDLE_BYTES_MAX = 2 ** 28;

export function app(page: Page): VNode {
  const { phase, lab, laidOut, rates, isHelpOpen, violations } = page.state;
  const input = h('input', {
    type: 'file',
    id: 'file',
    accept: '.sbk',
    hidden: true,
    'aria-label': 'Bundle',
    onChange: chosen(page),
  });
  const openFile = (): void => document.getElementById('file')?.click();
  const trouble =
    violations.length === 0
      ? null
      : h('p', { class: 'trouble', role: 'alert' }, `Defect: the page's policy refused ${violations.join(', ')}`);
  if (phase !== 'open' || lab === null)
    return h('div', { class: 'page empty' }, input, topBar(page, openFile), trouble, welcome(page, openFile));
  return h(
    'div',
    { class: 'page' },
    input,
    topBar(page, openFile),
    trouble,
    h(
      'main',
      { class: 'middle' },
      h('div', { class: 'network' }, laidOut === null ? null : part(PicturePanel, { page, laidOut }), tree(page)),
      inspector(page),
    ),
    h(
      'section',
      { class: 'lower', 'aria-label': 'History' },
      rates === null || rates.flows.length === 0 ? null : part(Rates, { page, lab, rates }),
      part(Timeline, { page, lab }),
      part(EventList, { page, lab, cursor: page.state.cursor }),
    ),
    isHelpOpen ? part(Help, { page }) : null,
  );
}

function welcome(page: Page, openFile: () => void): Part {
  const { phase, trouble, labs, locked } = page.state;
  if (phase === 'opening') return h('main', { class: 'welcome' }, h('p', { role: 'status' }, 'Reading…'));
  return h(
    'main',
    { class: 'welcome' },
    trouble === '' ? null : h('p', { class: 'trouble', role: 'alert' }, trouble),
    locked === null ? null : readingPart(page, locked),
    labs === null || locked !== null ? null : labList(page, labs),
    h('p', null, 'Drop a bundle here, or choose one. It is read in this page, and goes nowhere.'),
    h('p', null, h('button', { type: 'button', class: 'main', onClick: openFile }, 'Choose a bundle…')),
    h('p', { class: 'quiet' }, 'A bundle is a recorded lab in one file: ', h('code', null, 'switchback export LAB -o lab.sbk')),
  );
}

function labList(page: Page, labs: readonly string[]): VNode {
  if (labs.length === 0) return h('p', null, 'The server has no lab yet.');
  const items = labs.map((lab) =>
    h('li', { key: lab }, h('button', { type: 'button', class: 'main', onClick: () => void page.openLiving(lab) }, lab)),
  );
  return h('section', { 'aria-label': 'Labs' }, h('h2', null, 'Labs of this server'), h('ul', { class: 'labs' }, items));
}

function chosen(page: Page): (event: Event) => void {
  return (event) => {
    const input = event.currentTarget as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file !== undefined) void openBundle(page, file);
    input.value = '';
  };
}

/** Opens a file that somebody chose or dropped. */
export async function openBundle(page: Page, file: File): Promise<void> {
  if (file.size > BUNDLE_BYTES_MAX)
    return page.fail(new Error(`${file.name} has ${file.size} bytes; a page opens at most ${BUNDLE_BYTES_MAX}`));
  try {
    await page.open(file);
  } catch (error) {
    page.fail(error);
  }
}
