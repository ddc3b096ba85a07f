/** Above the time line: for each flow what arrives and what is lost, on the same axis. The numbers at the cursor stand beside it as text. */
import { Component, createRef, type VNode } from 'preact';
import type { FlowHistory, OpenedLab } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import { GUTTER, NARROW_GUTTER } from '../timeline/canvas.ts';
import { DARK, LIGHT } from '../timeline/palette.ts';
import { highestRate, rateAt, rateText } from '../timeline/rates.ts';
import { valueAt, xOf } from '../timeline/view.ts';
import { h } from './h.ts';

interface RatesProps {
  readonly page: Page;
  readonly lab: OpenedLab;
  readonly rates: FlowHistory;
}

/** Of a flow, CSS pixels. */
const ROW = 22;

export class Rates extends Component<RatesProps> {
  readonly #canvas = createRef<HTMLCanvasElement>();
  #highest: readonly number[] = [];
  #of: FlowHistory | null = null;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #observer = new ResizeObserver(() => this.componentDidUpdate());

  override componentDidMount(): void {
    if (this.#canvas.current !== null) this.#observer.observe(this.#canvas.current);
    this.#dark.addEventListener('change', () => this.componentDidUpdate());
  }

  override componentWillUnmount(): void {
    this.#observer.disconnect();
  }

  override componentDidUpdate(): void {
    const { rates } = this.props;
    if (this.#of !== rates) this.#highest = rates.flows.map((flow) => highestRate(rates, flow));
    this.#of = rates;
    this.#draw();
  }

  override render({ page, lab, rates: { atNs, flows } }: RatesProps): VNode {
    const now = lab.events.atNs[page.state.cursor - 1] ?? 0;
    const rows = flows.map(({ name, received, lost }) => {
      const gone = rateAt(atNs, lost, now);
      return h(
        'li',
        { key: name },
        h('span', { class: 'name' }, name),
        h('span', null, rateText(rateAt(atNs, received, now)), gone > 0 ? h('b', null, ` ✗ ${rateText(gone)} lost`) : null),
      );
    });
    return h(
      'section',
      { class: 'rates', 'aria-label': 'Rates of flows at the cursor', tabindex: 0 },
      h('canvas', { ref: this.#canvas, 'aria-hidden': 'true', style: { height: `${flows.length * ROW}px` } }),
      h('ul', null, rows),
    );
  }

  #draw(): void {
    const canvas = this.#canvas.current;
    const context = canvas?.getContext('2d');
    if (canvas == null || context == null) return;
    const { rates, page, lab } = this.props;
    const scale = globalThis.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = canvas;
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const palette = this.#dark.matches ? DARK : LIGHT;
    const gutter = width < 480 ? NARROW_GUTTER : GUTTER;
    const { view, cursor } = page.state;
    const { atNs } = lab.events;
    const timeOf = (value: number): number => (view.axis === 'time' ? value : (atNs[Math.round(value) - 1] ?? 0));
    for (let x = gutter; x < width; x++) {
      const [fromNs, toNs] = [
        timeOf(valueAt(view, x - gutter, width - gutter)),
        timeOf(valueAt(view, x + 1 - gutter, width - gutter)),
      ];
      for (const [index, { received, lost }] of rates.flows.entries()) {
        const unit = (ROW - 4) / Math.max(this.#highest[index] ?? 0, Number.MIN_VALUE);
        const [came, gone] = [received, lost].map((counts) => rateAt(rates.atNs, counts, toNs, toNs - fromNs) * unit) as [
          number,
          number,
        ];
        const foot = (index + 1) * ROW - 1;
        context.fillStyle = palette.strips.idle.back;
        context.fillRect(x, foot - came, 1, came);
        context.fillStyle = palette.strips.bad.text;
        context.fillRect(x, foot - came - gone, 1, gone);
      }
    }
    const key = view.axis === 'time' ? (atNs[cursor - 1] ?? 0) : cursor;
    context.fillStyle = palette.accent;
    context.fillRect(gutter + Math.round(xOf(view, key, width - gutter)) - 0.5, 0, 2, height);
  }
}
