/** All events as a list; the one at the cursor is chosen. Lines come from the worker, in pieces, as they are seen. */
import { Component, type VNode } from 'preact';
import type { EventRow } from '../ask/event-row.ts';
import type { OpenedLab } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import { timeText } from '../timeline/labels.ts';
import { h, part } from './h.ts';
import { RowList } from './row-list.ts';

interface EventListProps {
  readonly page: Page;
  readonly lab: OpenedLab;
  /** The cursor is given by itself, so that a list is drawn again when it moves. */
  readonly cursor: number;
}

const PIECE = 200;
/** Pieces that are held; the oldest goes first. */
const PIECES_MAX = 50;

export class EventList extends Component<EventListProps> {
  #pieces = new Map<number, readonly EventRow[]>();
  #lab: OpenedLab | null = null;

  override render({ page, lab, cursor }: EventListProps): VNode {
    if (this.#lab?.events !== lab.events) this.#pieces = new Map();
    else if (this.#lab !== lab) this.#forgetLast(this.#lab.positions);
    this.#lab = lab;
    return h(
      'section',
      { class: 'events', 'aria-label': 'Events' },
      part(RowList, {
        label: 'Events',
        count: lab.positions,
        chosen: cursor - 1,
        height: 176,
        onChoose: (index: number) => page.moveTo(index + 1),
        line: (index: number) => this.#line(index + 1),
      }),
    );
  }

  /** The piece with the end of the lab is longer now. */
  #forgetLast(positions: number): void {
    this.#pieces.delete(Math.floor(positions / PIECE));
  }

  #line(position: number): { readonly text: string; readonly className: string } {
    const number = Math.floor((position - 1) / PIECE);
    const piece = this.#pieces.get(number);
    if (piece === undefined) void this.#load(number);
    const row = piece?.[(position - 1) % PIECE];
    if (row === undefined) return { text: `#${position}`, className: '' };
    const { atNs, type, who, text } = row;
    return { text: `#${position} ${timeText(atNs)} ${type} ${who} ${text}`, className: type === 'FrameDropped' ? 'dropped' : '' };
  }

  async #load(number: number): Promise<void> {
    const { page, lab } = this.props;
    this.#pieces.set(number, []);
    const rows = await page.rows(number * PIECE + 1, (number + 1) * PIECE).catch(() => []);
    if (this.#lab?.events !== lab.events) return;
    // What was asked before the lab grew holds too little, and is asked again when it is seen.
    if (this.#lab !== lab && rows.length < PIECE) this.#pieces.delete(number);
    else this.#pieces.set(number, rows);
    const [oldest] = this.#pieces.keys();
    if (this.#pieces.size > PIECES_MAX && oldest !== undefined) this.#pieces.delete(oldest);
    this.setState({});
  }
}
