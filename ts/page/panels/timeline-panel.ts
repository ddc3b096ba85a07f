/** The time line in the document: two canvases, what the mouse does to them, and a slider for those who do not see them. */
import { Component, createRef, type VNode } from 'preact';
import type { OpenedLab } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import { laneIn } from '../model/page-state.ts';
import { type Shown, TimelineCanvas } from '../timeline/canvas.ts';
import { timeText } from '../timeline/labels.ts';
import { nearest } from '../timeline/lanes.ts';
import { DARK, LIGHT } from '../timeline/palette.ts';
import { panned, valueAt, zoomed } from '../timeline/view.ts';
import { h } from './h.ts';

interface TimelineProps {
  readonly page: Page;
  readonly lab: OpenedLab;
}

const WHEEL_ZOOM = 1.0015;

export class Timeline extends Component<TimelineProps> {
  readonly #box = createRef<HTMLDivElement>();
  readonly #lower = createRef<HTMLCanvasElement>();
  readonly #upper = createRef<HTMLCanvasElement>();
  #canvas: TimelineCanvas | null = null;
  #drawn: Shown | null = null;
  #selected: string | null = null;
  #frame = 0;
  #observer: ResizeObserver | null = null;
  #dragged: { readonly x: number; readonly moved: boolean } | null = null;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #again = (): void => this.#redraw(true);

  override componentDidMount(): void {
    const [lower, upper, box] = [this.#lower.current, this.#upper.current, this.#box.current];
    if (lower === null || upper === null || box === null) return;
    this.#canvas = new TimelineCanvas(lower, upper, this.props.lab);
    this.#observer = new ResizeObserver(this.#again);
    this.#observer.observe(box);
    this.#dark.addEventListener('change', this.#again);
    // A listener that may prevent the page from scrolling; what a framework adds may not.
    box.addEventListener('wheel', this.#wheel, { passive: false });
    this.#redraw(true);
  }

  override componentWillUnmount(): void {
    this.#observer?.disconnect();
    this.#dark.removeEventListener('change', this.#again);
    cancelAnimationFrame(this.#frame);
  }

  override componentDidUpdate(before: TimelineProps): void {
    const [lower, upper] = [this.#lower.current, this.#upper.current];
    if (before.lab !== this.props.lab && this.#canvas?.grow(this.props.lab) !== true && lower !== null && upper !== null) {
      this.#canvas = new TimelineCanvas(lower, upper, this.props.lab);
    }
    this.#redraw(before.lab !== this.props.lab);
    this.#showSelected();
  }

  /** Scrolls to the lane of a node that was selected, wherever that was done. */
  #showSelected(): void {
    const { page } = this.props;
    const { selected, scroll } = page.state;
    if (selected === this.#selected) return;
    this.#selected = selected;
    const wanted = this.#canvas?.scrollTo(laneIn(page.state, selected), scroll) ?? scroll;
    if (wanted !== scroll) page.set({ scroll: wanted });
  }

  override render({ page, lab }: TimelineProps): VNode {
    const { cursor } = page.state;
    const at = timeText(lab.events.atNs[cursor - 1] ?? 0);
    const slider = {
      role: 'slider',
      tabindex: 0,
      'aria-label': 'Time line: the cursor over the events of the lab',
      'aria-valuemin': 1,
      'aria-valuemax': lab.positions,
      'aria-valuenow': cursor,
      'aria-valuetext': `event ${cursor} at ${at}`,
    };
    return h(
      'div',
      {
        class: 'timeline',
        ref: this.#box,
        ...slider,
        onPointerDown: this.#down,
        onPointerMove: this.#move,
        onPointerUp: this.#up,
        onPointerCancel: this.#up,
      },
      h('canvas', { ref: this.#lower, 'aria-hidden': 'true' }),
      h('canvas', { ref: this.#upper, class: 'upper', 'aria-hidden': 'true' }),
    );
  }

  #shown(): Shown {
    const { page } = this.props;
    const { view, cursor, other, selected, scroll } = page.state;
    return { view, palette: this.#dark.matches ? DARK : LIGHT, scroll, cursor, other, selected: laneIn(page.state, selected) };
  }

  /** Draws in the next frame; the lower canvas only where it would be another picture. */
  #redraw(all: boolean): void {
    if (all) this.#drawn = null;
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const shown = this.#shown();
      const { view, palette, scroll, selected } = shown;
      const is = this.#drawn;
      if (is === null || is.view !== view || is.palette !== palette || is.scroll !== scroll || is.selected !== selected) {
        this.#canvas?.drawLower(shown);
      }
      this.#drawn = shown;
      this.#canvas?.drawUpper(shown);
    });
  }

  readonly #wheel = (event: WheelEvent): void => {
    const { page } = this.props;
    const { view, reach, scroll } = page.state;
    const canvas = this.#canvas;
    const box = this.#box.current;
    if (canvas === null || box === null) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      const { value } = canvas.hit(event.offsetX, event.offsetY, this.#shown());
      page.setView(zoomed(view, WHEEL_ZOOM ** event.deltaY, value, reach));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      page.setView(panned(view, (event.deltaX || event.deltaY) / box.clientWidth, reach));
    } else {
      const most = Math.max(0, canvas.fullHeight - box.clientHeight);
      page.set({ scroll: Math.min(Math.max(0, scroll + event.deltaY), most) });
    }
  };

  readonly #down = (event: PointerEvent): void => {
    this.#dragged = { x: event.clientX, moved: false };
    this.#box.current?.setPointerCapture(event.pointerId);
    this.#point(event, true);
  };

  readonly #move = (event: PointerEvent): void => {
    if (this.#dragged === null || Math.abs(event.clientX - this.#dragged.x) < 2) return;
    this.#dragged = { x: event.clientX, moved: true };
    this.#point(event, false);
  };

  readonly #up = (): void => {
    this.#dragged = null;
  };

  /** Puts the cursor on the event of the lane that is nearest to the pointer; on the names, selects the node. */
  #point(event: PointerEvent, selects: boolean): void {
    const { page, lab } = this.props;
    const canvas = this.#canvas;
    const box = this.#box.current;
    if (canvas === null || box === null) return;
    const { left, top } = box.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const shown = this.#shown();
    const { lane, value } = canvas.hit(x, y, shown);
    if (x < canvas.gutter) {
      if (selects && lane >= 0) page.select(lane === 0 ? null : (lab.nodes[lane - 1]?.name ?? null));
      return;
    }
    const keyOf = canvas.keyOf(shown.view);
    const list = canvas.lanes.at(lane)?.all;
    const found = list === undefined || !selects ? 0 : nearest(list, value, keyOf);
    const isNear = found > 0 && Math.abs(keyOf(found) - value) < valueAt(shown.view, 6, box.clientWidth) - shown.view.from;
    if (isNear) page.moveTo(found);
    else if (shown.view.axis === 'time') page.moveToTime(Math.max(0, value));
    else page.moveTo(value);
  }
}
