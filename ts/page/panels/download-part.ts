/** The lab, taken away: as a bundle, a capture or a report, or in the address. */
import type { VNode } from 'preact';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';
import { button } from './parts.ts';
import { saveFile } from './save-file.ts';

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
      captureField(page),
      button('pcapng', { label: 'Download the frames as pcapng', onClick: () => void saveCapture(page) }),
      button('Report', { label: 'Download a report for a ticket', onClick: () => void saveReport(page) }),
      button('Link', { label: 'Link: put the lab into the address', onClick: () => void page.doing.link() }),
    ),
    h('p', { class: 'quiet', role: 'status' }, note),
  );
}

function captureField(page: Page): VNode {
  const { interfaces, draft } = page.doing.state;
  const options = interfaces.map((name) => h('option', { value: name, key: name, selected: name === draft.captured }, name));
  const onChange = (event: Event): void => page.doing.type({ captured: (event.currentTarget as HTMLSelectElement).value });
  const every = h('option', { value: '', selected: draft.captured === '' }, 'all interfaces');
  return h('label', null, 'Frames at ', h('select', { onChange }, every, options));
}

async function saveCapture(page: Page): Promise<void> {
  const name = [page.state.lab?.lab ?? 'lab', ...page.doing.state.draft.captured.split(':')]
    .filter((part) => part !== '')
    .join('-');
  const bytes = await page.doing.capture();
  if (bytes !== null) saveFile(`${name}.pcapng`, 'application/octet-stream', new Uint8Array(bytes));
}

async function saveReport(page: Page): Promise<void> {
  const { lab, cursor } = page.state;
  const text = await page.doing.report();
  if (text !== null) saveFile(`${lab?.lab ?? 'lab'}-${cursor}.html`, 'text/html', text);
}

/** Hands out the lab as far as it came. */
export async function saveBundle(page: Page): Promise<void> {
  const bytes = await page.doing.bundle();
  if (bytes !== null) saveFile(`${page.state.lab?.lab ?? 'lab'}.sbk`, 'application/gzip', new Uint8Array(bytes));
}
