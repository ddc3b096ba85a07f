/** The lab, taken away: as a bundle, or in the address. */
import type { VNode } from 'preact';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';
import { handOut } from './hand-out.ts';
import { button } from './parts.ts';

export function downloadPart(page: Page): VNode {
  const { note } = page.doing.state;
  return h(
    'section',
    { 'aria-label': 'Take away' },
    h('h2', null, 'Take away'),
    h(
      'div',
      { class: 'buttons' },
      button('Bundle', { label: 'Download the bundle', onClick: () => void saveBundle(page) }),
      button('Link', { label: 'Put the lab into the address', onClick: () => void page.doing.link() }),
    ),
    h('p', { class: 'quiet', role: 'status' }, note),
  );
}

/** Hands out the lab as far as it came. */
export async function saveBundle(page: Page): Promise<void> {
  const bytes = await page.doing.bundle();
  if (bytes !== null) handOut(`${page.state.lab?.lab ?? 'lab'}.sbk`, 'application/gzip', bytes);
}
