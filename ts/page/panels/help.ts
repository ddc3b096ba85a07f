/** The keys, as a dialog. */
import { Component, createRef, type VNode } from 'preact';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['w · s', 'show less or more of the time line around the cursor'],
  ['a · d', 'move the time line back or on'],
  [', · .', 'previous or next event'],
  ['[ · ]', 'previous or next event of the selected node'],
  ['x · X', 'next or previous drop'],
  ['Home · End', 'first or last event'],
  ['space', 'play or pause'],
  ['f', 'bring the cursor into the middle'],
  ['e', 'axis by time or by events'],
  ['g', 'go to a position or time'],
  ['/', 'find an event; Enter for the next, Shift and Enter for the one before'],
  ['b', 'set cursor B to compare with, or take it away'],
  ['1 · 2 · 3 · 4 · 5', 'state, diff, why, frames, do'],
  ['n · N', 'select the next or previous node'],
  ['p · P', 'select the next or previous interface of the node'],
  ['+ · - · 0', 'a larger or smaller picture, or all of it'],
  ['Escape', 'leave a field, close this, or select nothing'],
];

export class Help extends Component<{ readonly page: Page }> {
  readonly #dialog = createRef<HTMLDialogElement>();

  override componentDidMount(): void {
    this.#dialog.current?.showModal();
  }

  override render({ page }: { readonly page: Page }): VNode {
    const close = (): void => page.set({ isHelpOpen: false });
    return h(
      'dialog',
      { ref: this.#dialog, 'aria-labelledby': 'help-title', onClose: close },
      h('h2', { id: 'help-title' }, 'Keys'),
      h(
        'dl',
        null,
        KEYS.flatMap(([keys, what]) => [h('dt', { key: keys }, keys), h('dd', { key: what }, what)]),
      ),
      h('button', { type: 'button', onClick: close }, 'Close'),
    );
  }
}
