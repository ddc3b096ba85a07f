/** The part of a history that the time line shows, and how far along it a pixel is. */

/** `time`: a pixel is a length of virtual time. `event`: each event is as wide as the next, so that microseconds and hours fit one screen. */
export type Axis = 'time' | 'event';

/** Values are nanoseconds on the axis `time`, positions on the axis `event`. */
export interface View {
  readonly axis: Axis;
  readonly from: number;
  readonly to: number;
}

/** What an axis reaches from and to. */
export interface Reach {
  readonly from: number;
  readonly to: number;
}

/** The narrowest view: a microsecond, or a few events. */
const NARROWEST: Readonly<Record<Axis, number>> = { time: 1000, event: 5 };
/** What is left free at both ends of a whole history, as a part of it. */
const MARGIN = 0.02;

export function reachOf(axis: Axis, positions: number, endNs: number): Reach {
  const [from, to] = axis === 'time' ? [0, Math.max(endNs, NARROWEST.time)] : [1, Math.max(positions, 1 + NARROWEST.event)];
  const margin = (to - from) * MARGIN;
  return { from: from - margin, to: to + margin };
}

export function whole(axis: Axis, reach: Reach): View {
  return { axis, ...reach };
}

/** Pixels from the left edge of `width` pixels. */
export function xOf({ from, to }: View, value: number, width: number): number {
  return ((value - from) / (to - from)) * width;
}

export function valueAt({ from, to }: View, x: number, width: number): number {
  return from + (x / width) * (to - from);
}

/** Zooms around a value that stays where it is. @param factor below 1 shows less, above 1 more */
export function zoomed(view: View, factor: number, around: number, reach: Reach): View {
  const narrowest = NARROWEST[view.axis];
  const span = Math.min(Math.max((view.to - view.from) * factor, narrowest), reach.to - reach.from);
  const part = (around - view.from) / (view.to - view.from);
  const from = around - span * part;
  return held({ ...view, from, to: from + span }, reach);
}

/** @param part how far, as a part of what is shown; below 0 goes back */
export function panned(view: View, part: number, reach: Reach): View {
  const by = (view.to - view.from) * part;
  return held({ ...view, from: view.from + by, to: view.to + by }, reach);
}

/** A view of the same width in which a value can be seen, moved no further than that takes. */
export function showing(view: View, value: number, reach: Reach): View {
  const edge = (view.to - view.from) * 0.08;
  if (value >= view.from + edge && value <= view.to - edge) return view;
  const from = value < view.from + edge ? value - edge : value + edge - (view.to - view.from);
  return held({ ...view, from, to: from + (view.to - view.from) }, reach);
}

function held(view: View, reach: Reach): View {
  const span = view.to - view.from;
  const from = Math.min(Math.max(view.from, reach.from), reach.to - span);
  return { ...view, from, to: from + span };
}

/** Round values at which an axis has a mark, about every `apart` pixels. */
export function ticksOf(view: View, width: number, apart = 110): readonly number[] {
  const least = ((view.to - view.from) / Math.max(1, width)) * apart;
  const scale = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  const step = [1, 2, 5, 10].map((one) => one * scale).find((one) => one >= least) ?? 10 * scale;
  const ticks: number[] = [];
  for (let at = Math.ceil(Math.max(view.from, 0) / step) * step; at <= view.to; at += step) ticks.push(at);
  return ticks;
}
