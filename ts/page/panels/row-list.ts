/** A list of which only the rows that are seen are in the document, so that a million of them cost what twenty do. */
import { Component, createRef, type VNode } from 'preact';
import { h } from './h.ts';

export interface RowListProps {
  readonly label: string;
  readonly count: number;
  /** Index of the chosen row; -1 for none. */
  readonly chosen: number;
  /** Of the list, CSS pixels. */
  readonly height: number;
  readonly onChoose: (index: number) => void;
  /** Text of a row; it may be asked for any that could be seen. */
  readonly line: (index: number) => { readonly text: string; readonly className: string };
}

interface RowListState {
  readonly top: number;
}

export const LIST_ROW = 22;
/** Browsers limit how high an element is; lists that are longer scroll by parts. */
const HEIGHT_MAX = 8_000_000;
const BEYOND = 4;

export class RowList extends Component<RowListProps, RowListState> {
  override state: RowListState = { top: 0 };
  readonly #box = createRef<HTMLDivElement>();

  override componentDidUpdate(before: RowListProps): void {
    const box = this.#box.current;
    const { chosen, height } = this.props;
    if (box === null || chosen < 0 || (chosen === before.chosen && this.props.count === before.count)) return;
    const at = chosen * LIST_ROW * this.#scale;
    if (at >= box.scrollTop && at + LIST_ROW <= box.scrollTop + height) return;
    box.scrollTop = Math.max(0, at - height / 2);
  }

  override componentDidMount(): void {
    this.componentDidUpdate({ ...this.props, chosen: -1 });
  }

  /** Document pixels of one list pixel: below 1 for a list that is higher than an element may be. */
  get #scale(): number {
    return Math.min(1, HEIGHT_MAX / Math.max(1, this.props.count * LIST_ROW));
  }

  override render({ label, count, chosen, height, onChoose, line }: RowListProps, { top }: RowListState): VNode {
    const first = Math.max(0, Math.floor(top / this.#scale / LIST_ROW) - BEYOND);
    const last = Math.min(count, first + Math.ceil(height / LIST_ROW) + 2 * BEYOND);
    const rows = Array.from({ length: Math.max(0, last - first) }, (_, index) => this.#row(first + index, line(first + index)));
    const onKeyDown = (event: KeyboardEvent): void => {
      const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      onChoose(Math.min(Math.max(chosen + by, 0), count - 1));
    };
    const onScroll = (event: Event): void => this.setState({ top: (event.currentTarget as HTMLElement).scrollTop });
    const active = chosen >= first && chosen < last ? { 'aria-activedescendant': `${label}-${chosen}` } : {};
    return h(
      'div',
      {
        class: 'rows',
        ref: this.#box,
        role: 'listbox',
        'aria-label': label,
        tabindex: 0,
        style: { height: `${height}px` },
        onScroll,
        onKeyDown,
        ...active,
      },
      h(
        'div',
        { class: 'all', role: 'presentation', style: { height: `${Math.max(1, count * LIST_ROW * this.#scale)}px` } },
        h('div', { role: 'presentation', style: { transform: `translateY(${this.#offset(first, top)}px)` } }, rows),
      ),
    );
  }

  /** Where the first row of those in the document stands. */
  #offset(first: number, top: number): number {
    return this.#scale === 1 ? first * LIST_ROW : top - (top / this.#scale - first * LIST_ROW);
  }

  #row(index: number, { text, className }: { readonly text: string; readonly className: string }): VNode {
    const { label, chosen, count, onChoose } = this.props;
    return h(
      'div',
      {
        id: `${label}-${index}`,
        key: index,
        role: 'option',
        class: `row ${className}`,
        'aria-selected': index === chosen ? 'true' : 'false',
        'aria-setsize': count,
        'aria-posinset': index + 1,
        onClick: () => onChoose(index),
      },
      text,
    );
  }
}
