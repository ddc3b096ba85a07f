/** Keys, as Perfetto has them where it has them. What they do, `panels/help.ts` tells. */
import { TABS } from './model/address.ts';
import type { Page } from './model/page.ts';
import { nodeOf } from './model/page-state.ts';
import { stepOfSelected, stepToDrop } from './model/stepping.ts';
import { panned, type View, zoomed } from './timeline/view.ts';

const ZOOM = 0.6;
const PAN = 0.2;

type Act = (page: Page) => void;

const ACTS: Readonly<Record<string, Act>> = {
  w: (page) => zoom(page, ZOOM),
  s: (page) => zoom(page, 1 / ZOOM),
  a: (page) => pan(page, -PAN),
  d: (page) => pan(page, PAN),
  ',': (page) => page.step(-1),
  '.': (page) => page.step(1),
  '[': (page) => stepOfSelected(page, -1),
  ']': (page) => stepOfSelected(page, 1),
  x: (page) => stepToDrop(page, 1),
  X: (page) => stepToDrop(page, -1),
  Home: (page) => page.moveTo(1),
  End: (page) => page.moveTo(Number.MAX_SAFE_INTEGER),
  ' ': (page) => (page.state.isPlaying ? page.stop() : page.play()),
  f: (page) => focus(page),
  e: (page) => page.setAxis(page.state.view.axis === 'time' ? 'event' : 'time'),
  g: () => into('go-to'),
  '/': () => into('search'),
  b: (page) => page.setOther(page.state.other === null ? page.state.cursor : null),
  n: (page) => selectNext(page, 1),
  N: (page) => selectNext(page, -1),
  p: (page) => selectNextPort(page, 1),
  P: (page) => selectNextPort(page, -1),
  '+': (page) => page.zoomPicture(1),
  '-': (page) => page.zoomPicture(-1),
  '0': (page) => page.set({ zoom: 0 }),
  '?': (page) => page.set({ isHelpOpen: true }),
  Escape: (page) => page.select(null),
};

/** What a key means while a slider has the focus; elsewhere these keys belong to lists and tabs. */
const ON_SLIDER: Readonly<Record<string, Act>> = {
  ArrowLeft: (page) => page.step(-1),
  ArrowRight: (page) => page.step(1),
  ArrowUp: (page) => selectNext(page, -1),
  ArrowDown: (page) => selectNext(page, 1),
  PageUp: (page) => page.step(-10),
  PageDown: (page) => page.step(10),
};

/** Does what a key means; leaves alone what is typed into fields, and what a browser or a reader of screens does with other keys. */
export function onKey(page: Page, event: KeyboardEvent): void {
  const { target, key } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || page.state.lab === null) return;
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) {
    if (key === 'Escape') target.blur();
    return;
  }
  if (page.state.isHelpOpen) return;
  // Space presses the button that has the focus.
  if (key === ' ' && target instanceof HTMLElement && target.closest('button, summary') !== null) return;
  const isOnSlider = target instanceof HTMLElement && target.getAttribute('role') === 'slider';
  const tab = TABS[Number(key) - 1];
  const act = (isOnSlider ? ON_SLIDER[key] : undefined) ?? ACTS[key] ?? (tab === undefined ? undefined : () => page.show(tab));
  if (act === undefined) return;
  event.preventDefault();
  act(page);
}

function zoom(page: Page, factor: number): void {
  const { view, reach } = page.state;
  page.setView(zoomed(view, factor, cursorIn(page, view), reach));
}

function pan(page: Page, part: number): void {
  const { view, reach } = page.state;
  page.setView(panned(view, part, reach));
}

function focus(page: Page): void {
  const { view, reach } = page.state;
  page.setView(panned(view, (cursorIn(page, view) - (view.from + view.to) / 2) / (view.to - view.from), reach));
}

function cursorIn(page: Page, { axis }: View): number {
  const { cursor, lab } = page.state;
  return axis === 'time' ? (lab?.events.atNs[cursor - 1] ?? 0) : cursor;
}

function selectNext(page: Page, by: 1 | -1): void {
  const nodes = page.state.lab?.nodes ?? [];
  const now = nodes.findIndex(({ name }) => name === nodeOf(page.state.selected));
  const next = now < 0 ? (by > 0 ? 0 : nodes.length - 1) : now + by;
  page.select(nodes[next]?.name ?? null);
}

/** The interfaces of the selected node, as they stand on its box. */
function selectNextPort(page: Page, by: 1 | -1): void {
  const { selected, laidOut } = page.state;
  const node = nodeOf(selected);
  const ports = laidOut?.layout.places.find((place) => place.node === node)?.ports ?? [];
  const now = ports.findIndex(({ name }) => `${node}:${name}` === selected);
  const next = ports.at(now < 0 ? (by > 0 ? 0 : -1) : (now + by) % ports.length);
  if (next !== undefined) page.select(`${node}:${next.name}`);
}

function into(field: string): void {
  const input = document.getElementById(field);
  if (input instanceof HTMLInputElement) input.select();
}
