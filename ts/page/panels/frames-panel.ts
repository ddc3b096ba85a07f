/** Frames around the cursor: a list of which only what is seen is in the document, and the layers and bytes of one of them. */
import type { VNode } from 'preact';
import type { FrameRow, FrameWindow } from '../ask/questions.ts';
import { type Field, layersOf } from '../frames/layers.ts';
import type { Page } from '../model/page.ts';
import { timeText } from '../timeline/labels.ts';
import { h, part } from './h.ts';
import { answered, type Part, positionLink } from './parts.ts';
import { RowList } from './row-list.ts';

const LENGTHS: readonly (readonly [ns: number, name: string])[] = [
  [100_000, '0.1 ms'],
  [1_000_000, '1 ms'],
  [10_000_000, '10 ms'],
  [100_000_000, '100 ms'],
  [1_000_000_000, '1 s'],
];

const SIGNS: Readonly<Record<FrameRow['kind'], string>> = { received: '→', sent: '←', dropped: '✗' };

export function framesPanel(page: Page): VNode {
  const { frames, framesNs, selected } = page.state;
  const options = LENGTHS.map(([ns, name]) => h('option', { value: ns, selected: ns === framesNs, key: ns }, name));
  const onChange = (event: Event): void => page.setFramesNs(Number((event.currentTarget as HTMLSelectElement).value));
  return h(
    'div',
    { class: 'frames' },
    h('label', null, 'Around the cursor: ', h('select', { onChange }, options)),
    answered(frames, 'Re-executing with every port watched…', (window) => list(page, window, selected)),
  );
}

function list(page: Page, window: FrameWindow, node: string | null): Part {
  const rows = node === null ? window.frames : window.frames.filter(({ at }) => at.startsWith(`${node}:`));
  const chosen = rows[page.state.frame];
  const count = `${rows.length} records of frames${node === null ? '' : ` at ${node}`}`;
  return h(
    'div',
    null,
    h('p', { class: 'quiet' }, window.isCut ? `${count}; there are more: choose a shorter time` : count),
    part(RowList, {
      label: 'Frames',
      count: rows.length,
      chosen: page.state.frame,
      height: 220,
      onChoose: (frame: number) => page.set({ frame }),
      line: (index: number) => line(rows[index]),
    }),
    chosen === undefined ? null : details(page, chosen),
  );
}

function line(frame: FrameRow | undefined): { readonly text: string; readonly className: string } {
  if (frame === undefined) return { text: '', className: '' };
  const { atNs, at, kind, reason, number, text } = frame;
  const what = kind === 'dropped' ? `dropped: ${reason}` : kind;
  return { text: `${timeText(atNs)} ${SIGNS[kind]} ${at} ${what} · frame ${number} · ${text}`, className: kind };
}

function details(page: Page, { bytes, cause, number, text }: FrameRow): VNode {
  const layers = layersOf(bytes);
  return h(
    'section',
    { class: 'frame', 'aria-label': `Frame ${number}` },
    h('h2', null, `Frame ${number}, ${bytes.length} bytes`),
    h('p', null, text, cause > 0 ? [' · exists because of ', positionLink(page, cause)] : null),
    layers.map((layer) =>
      h(
        'details',
        { open: true, key: layer.from },
        h('summary', null, layer.name),
        h(
          'dl',
          null,
          layer.fields.flatMap((field) => fieldPart(field)),
        ),
      ),
    ),
    h('pre', { class: 'hex', tabindex: 0, 'aria-label': 'Bytes in hexadecimal' }, hexOf(bytes)),
  );
}

function fieldPart({ name, value, from, to }: Field): VNode[] {
  return [h('dt', { key: `${name} name` }, name), h('dd', { key: name, title: `bytes ${from} to ${to - 1}` }, value)];
}

/** Sixteen bytes to a line: offset, hexadecimal, and what is ASCII. */
export function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return lines.join('\n');
}
