/**
 * The picture of the lab at the cursor. It lies in a place of its own, which no other part of the page changes. Whoever does not see it has
 * the list of nodes below it.
 */
import { Component, createRef, type VNode } from 'preact';
import type { FrameRow, LaidOut } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import type { Pictured } from '../model/page-state.ts';
import { FLIGHT_MS } from '../model/player.ts';
import { Flights } from '../picture/flights.ts';
import { pointedAt } from '../picture/pointed.ts';
import { Sheet } from '../picture/sheet.ts';
import { h } from './h.ts';
import { button } from './parts.ts';
import { saveFile } from './save-file.ts';

interface PictureProps {
  readonly page: Page;
  readonly laidOut: LaidOut;
}

export class PicturePanel extends Component<PictureProps> {
  readonly #box = createRef<HTMLDivElement>();
  #sheet: Sheet | null = null;
  #shown: Pictured | null = null;
  #selected: string | null = null;
  #flown: readonly FrameRow[] = [];

  override componentDidMount(): void {
    const box = this.#box.current;
    if (box === null) return;
    adopt(this.props.laidOut.style);
    this.#sheet = new Sheet(box);
    this.#show();
  }

  override componentDidUpdate(): void {
    this.#show();
  }

  override render({ page }: PictureProps): VNode {
    const { zoom } = page.state;
    return h(
      'section',
      { class: 'picture-panel', 'aria-label': 'Picture' },
      h(
        'div',
        { class: 'buttons', role: 'toolbar', 'aria-label': 'Picture' },
        button('−', { label: 'Smaller', keys: '-', onClick: () => page.zoomPicture(-1) }),
        button('Fit', { label: 'Fit: the whole picture', keys: '0', isPressed: zoom === 0, onClick: () => page.set({ zoom: 0 }) }),
        button('+', { label: 'Larger', keys: '+', onClick: () => page.zoomPicture(1) }),
        button('SVG', { label: 'SVG: download the picture', onClick: () => void save(page) }),
      ),
      h(
        'div',
        { class: 'stage', tabindex: 0, role: 'region', 'aria-label': 'Picture of the lab' },
        h('div', { class: zoom === 0 ? 'sheet fit' : 'sheet', ref: this.#box, onClick: this.#click }),
      ),
    );
  }

  #show(): void {
    const { page, laidOut } = this.props;
    const { pictured, selected, zoom, flights } = page.state;
    const sheet = this.#sheet;
    if (sheet === null || pictured === null) return;
    if (pictured !== this.#shown) sheet.show(pictured.parts);
    // Whoever waits for the picture of a moment sees here that it is the one.
    this.#box.current?.setAttribute('data-shown', `${pictured.position}${pictured.isDerived ? ' derived' : ''}`);
    this.#shown = pictured;
    sheet.mark(laidOut.layout, selected);
    sheet.resize(zoom);
    if (selected !== this.#selected && selected !== null && zoom > 0) sheet.scrollToMark();
    this.#selected = selected;
    if (flights !== this.#flown) new Flights(sheet.upper, laidOut.layout, (place) => sheet.isThere(place)).show(flights, FLIGHT_MS);
    this.#flown = flights;
  }

  /** Selects what is clicked; a value leads to the event that set it. */
  readonly #click = ({ target }: MouseEvent): void => {
    const { page } = this.props;
    const { recorded } = page.state;
    if (!(target instanceof Element)) return;
    const { select, position } = pointedAt(target, recorded.status === 'there' ? recorded.value : {});
    page.select(select);
    if (position > 0) page.moveTo(position);
  };
}

let adopted = '';

/** The style sheet of pictures, as rules of the document: the policy allows no style element. */
function adopt(style: string): void {
  if (adopted === style) return;
  adopted = style;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets = [sheet];
}

/** Hands the picture out as `switchback graph` writes it. */
async function save(page: Page): Promise<void> {
  const { lab, cursor } = page.state;
  saveFile(`${lab?.lab ?? 'lab'}-${cursor}.svg`, 'image/svg+xml', await page.svg());
}
