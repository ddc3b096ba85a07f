/**
 * Draws the time line. The lower canvas has what changes with the view: marks, strips, lane names. The upper one has what changes with the
 * cursor, so that moving it costs two lines and not the picture.
 */
import type { OpenedLab } from '../ask/questions.ts';
import { tickText } from './labels.ts';
import { Lanes } from './lanes.ts';
import { type Palette, stripTone } from './palette.ts';
import { paintLane } from './pixels.ts';
import { type Stretch, Strips } from './strips.ts';
import { ticksOf, type View, valueAt, xOf } from './view.ts';

/** CSS pixels. */
export const GUTTER = 132;
const HEAD = 20;
export const ROW = 30;
const STRIP = { top: 3, height: 13 };
const BAND = { top: 17, height: 11 };
export const NARROW_GUTTER = 84;
/** Instants are drawn grey only where each has room. */
const INSTANTS_MAX = 3000;
/** Causes that are drawn back from the cursor. */
const CAUSES_MAX = 40;

export interface Shown {
  readonly view: View;
  readonly palette: Palette;
  /** CSS pixels that the lanes are scrolled by. */
  readonly scroll: number;
  readonly cursor: number;
  readonly other: number | null;
  /** Number of the lane that is selected; -1 for none. */
  readonly selected: number;
}

export class TimelineCanvas {
  readonly #lower: HTMLCanvasElement;
  readonly #upper: HTMLCanvasElement;
  readonly lanes: Lanes;
  readonly #names: readonly string[];
  readonly #strips = new Strips();
  #lab: OpenedLab;
  #image: ImageData | null = null;

  constructor(lower: HTMLCanvasElement, upper: HTMLCanvasElement, lab: OpenedLab) {
    this.#lower = lower;
    this.#upper = upper;
    this.#lab = lab;
    this.#names = ['lab', ...lab.nodes.map(({ name }) => name)];
    this.lanes = new Lanes(this.#names.length);
    this.#take(lab);
  }

  /** Takes the same lab when it is longer. False for another lab, which needs a canvas of its own. */
  grow(lab: OpenedLab): boolean {
    if (lab.events !== this.#lab.events) return false;
    this.#take(lab);
    return true;
  }

  #take(lab: OpenedLab): void {
    this.#lab = lab;
    this.lanes.grow(lab);
    this.#strips.grow(lab);
  }

  get gutter(): number {
    return this.#lower.clientWidth < 480 ? NARROW_GUTTER : GUTTER;
  }

  /** Height of all lanes, CSS pixels. */
  get fullHeight(): number {
    return HEAD + this.#names.length * ROW;
  }

  /** By how much the lanes are to be scrolled so that one of them is seen, moved no further than that takes. @param lane below 0 is none */
  scrollTo(lane: number, scroll: number): number {
    const room = this.#lower.clientHeight - HEAD - ROW;
    return lane < 0 || room < 0 ? scroll : Math.min(Math.max(scroll, lane * ROW - room), lane * ROW);
  }

  /** A position on the axis of a view. */
  keyOf({ axis }: View): (position: number) => number {
    const { atNs } = this.#lab.events;
    return axis === 'time' ? (position) => atNs[position - 1] ?? 0 : (position) => position;
  }

  /** The lane at a height, and the value of the axis at a distance, of the canvas's own corner; lane -1 for the axis itself. */
  hit(x: number, y: number, { view, scroll }: Shown): { readonly lane: number; readonly value: number } {
    const lane = y < HEAD ? -1 : Math.min(this.#names.length - 1, Math.floor((y - HEAD + scroll) / ROW));
    return { lane, value: valueAt(view, x - this.gutter, this.#lower.clientWidth - this.gutter) };
  }

  drawLower(shown: Shown): void {
    const fitted = this.#fitted(this.#lower);
    if (fitted === null) return;
    const { context, width, height, scale } = fitted;
    const { palette, view, scroll } = shown;
    this.#drawMarks(context, shown, scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.save();
    context.beginPath();
    context.rect(0, HEAD, width, height - HEAD);
    context.clip();
    const [first, last] = this.#visible(height, scroll);
    const right = width - this.gutter;
    const keyOf = this.keyOf(view);
    const placing = { xOf: (position: number) => xOf(view, keyOf(position), right), width: right, endX: right };
    for (let lane = first; lane <= last; lane++) {
      const top = HEAD + lane * ROW - scroll;
      context.fillStyle = palette.line;
      context.fillRect(0, top + ROW - 1, width, 1);
      for (const stretch of this.#strips.seen(lane, placing)) this.#drawStretch(context, stretch, top, palette);
      this.#drawName(context, this.#names[lane] ?? '', top, lane === shown.selected ? palette.accent : palette.text, palette.back);
    }
    context.restore();
    this.#drawAxis(context, view, palette, width);
  }

  drawUpper({ view, palette, cursor, other, scroll }: Shown): void {
    const fitted = this.#fitted(this.#upper);
    if (fitted === null) return;
    const { context, width, height, scale } = fitted;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const keyOf = this.keyOf(view);
    const xAt = (position: number): number => this.gutter + xOf(view, keyOf(position), width - this.gutter);
    context.save();
    context.beginPath();
    context.rect(this.gutter, 0, width - this.gutter, height);
    context.clip();
    this.#drawCauses(context, cursor, palette, (position) => ({ x: xAt(position), y: this.#middleOf(position) - scroll }));
    const line = (position: number, colour: string, dash: number[], name: string): void => {
      const x = Math.round(xAt(position)) + 0.5;
      context.strokeStyle = colour;
      context.setLineDash(dash);
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = colour;
      context.font = '600 11px system-ui, sans-serif';
      context.fillText(name, x + 4, HEAD - 7);
    };
    if (other !== null) line(other, palette.cause, [4, 3], 'B');
    if (cursor > 0) line(cursor, palette.accent, [], other === null ? '' : 'A');
    context.restore();
  }

  /** Marks first, as pixels; everything else is drawn over them. */
  #drawMarks(context: CanvasRenderingContext2D, { view, palette, scroll }: Shown, scale: number): void {
    const { width, height } = this.#lower;
    if (this.#image === null || this.#image.width !== width || this.#image.height !== height) {
      this.#image = new ImageData(width, height);
    }
    const pixels = new Uint32Array(this.#image.data.buffer);
    pixels.fill(inkOf(palette.back));
    const left = Math.round(this.gutter * scale);
    const keyOf = this.keyOf(view);
    // A lane is painted over the whole width; its part under the names is painted over by them.
    const wide: View = { ...view, from: valueAt(view, -left, width - left) };
    if (view.axis === 'event') this.#paintInstants(pixels, width, height, wide, inkOf(palette.instant));
    const [first, last] = this.#visible(height / scale, scroll);
    for (let lane = first; lane <= last; lane++) {
      const top = Math.round((HEAD + lane * ROW - scroll + BAND.top) * scale);
      const band = { top, height: Math.round(BAND.height * scale) };
      const events = this.lanes.at(lane);
      if (events === undefined || top < 0 || top + band.height > height) continue;
      paintLane(pixels, width, band, events, { view: wide, keyOf, inks: palette.inks });
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.putImageData(this.#image, 0, 0);
  }

  /** On the axis of events, every second instant is grey: what lies in one stripe happened at the same time. */
  #paintInstants(pixels: Uint32Array, width: number, height: number, view: View, ink: number): void {
    if (view.to - view.from > INSTANTS_MAX) return;
    const { atNs } = this.#lab.events;
    const columns = new Uint8Array(width);
    let isGrey = false;
    for (let position = Math.max(1, Math.floor(view.from)); position <= Math.min(view.to + 1, this.#lab.positions); position++) {
      if (atNs[position - 1] !== atNs[position - 2]) isGrey = !isGrey;
      if (!isGrey) continue;
      const from = Math.max(0, Math.round(xOf(view, position - 0.5, width)));
      columns.fill(1, from, Math.max(from, Math.round(xOf(view, position + 0.5, width))));
    }
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (columns[x] === 1) pixels[y * width + x] = ink;
  }

  #drawStretch(context: CanvasRenderingContext2D, { track, value, from, to }: Stretch, top: number, palette: Palette): void {
    if (track === 'mode') return;
    const { back, text } = palette.strips[stripTone(track, value)];
    const isOver = track === 'carrier';
    const [y, height] = isOver ? [top + STRIP.top + 8, 6] : [top + STRIP.top, STRIP.height];
    context.fillStyle = back;
    context.fillRect(this.gutter + from, y, to - from, height);
    if (to - from < 34) return;
    context.fillStyle = text;
    context.font = isOver ? '9px system-ui, sans-serif' : '11px system-ui, sans-serif';
    context.save();
    context.beginPath();
    context.rect(this.gutter + from, y - 2, to - from, height + 4);
    context.clip();
    context.fillText(value, this.gutter + from + 4, y + (isOver ? 6 : 10));
    context.restore();
  }

  #drawName(context: CanvasRenderingContext2D, name: string, top: number, colour: string, back: string): void {
    context.fillStyle = back;
    context.fillRect(0, top, this.gutter - 1, ROW - 1);
    context.fillStyle = colour;
    context.font = '12px system-ui, sans-serif';
    context.save();
    context.beginPath();
    context.rect(0, top, this.gutter - 6, ROW);
    context.clip();
    context.fillText(name, 8, top + 19);
    context.restore();
  }

  #drawAxis(context: CanvasRenderingContext2D, view: View, palette: Palette, width: number): void {
    context.fillStyle = palette.back;
    context.fillRect(0, 0, width, HEAD);
    context.fillStyle = palette.line;
    context.fillRect(0, HEAD - 1, width, 1);
    context.font = '11px system-ui, sans-serif';
    const right = width - this.gutter;
    const ticks = ticksOf(view, right);
    for (const tick of ticks) {
      const x = this.gutter + xOf(view, tick, right);
      if (x < this.gutter) continue;
      context.fillStyle = palette.line;
      context.fillRect(x, HEAD - 5, 1, 5);
      context.fillStyle = palette.dim;
      context.fillText(tickText(view, tick, ticks.length), x + 3, HEAD - 7);
    }
    context.fillText(view.axis === 'time' ? 'time' : 'events', 8, HEAD - 7);
  }

  #drawCauses(
    context: CanvasRenderingContext2D,
    cursor: number,
    palette: Palette,
    placeOf: (position: number) => { readonly x: number; readonly y: number },
  ): void {
    const { cause } = this.#lab.events;
    context.strokeStyle = palette.cause;
    context.fillStyle = palette.cause;
    context.lineWidth = 1.5;
    let position = cursor;
    for (let steps = 0; steps < CAUSES_MAX && position > 0; steps++) {
      const before = cause[position - 1] ?? 0;
      if (before === 0 || before >= position) return;
      const [from, to] = [placeOf(before), placeOf(position)];
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.bezierCurveTo(from.x + 14, from.y, to.x - 14, to.y, to.x, to.y);
      context.stroke();
      context.beginPath();
      context.arc(from.x, from.y, 3, 0, 2 * Math.PI);
      context.fill();
      position = before;
    }
  }

  #middleOf(position: number): number {
    return HEAD + (this.#lab.events.lane[position - 1] ?? 0) * ROW + BAND.top + BAND.height / 2;
  }

  /** First and last lane that can be seen. */
  #visible(height: number, scroll: number): readonly [number, number] {
    const first = Math.max(0, Math.floor(scroll / ROW));
    return [first, Math.min(this.#names.length - 1, Math.floor((scroll + height - HEAD) / ROW))];
  }

  #fitted(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    const { clientWidth: width, clientHeight: height } = canvas;
    if (context === null || width === 0 || height === 0) return null;
    const scale = globalThis.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    return { context, width, height, scale };
  }
}

/** "#rrggbb" as a canvas has it in memory. */
function inkOf(colour: string): number {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >>> 16)) >>> 0;
}
