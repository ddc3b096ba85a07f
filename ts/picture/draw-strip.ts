/** A strip as a picture: time from left to right, a lane for each node. */
import { formatSeconds, shortDuration } from '../values/nanos.ts';
import { type SvgElement, svg } from './element.ts';
import type { Strip, StripLane, StripLoss, StripMark, StripSegment } from './strip.ts';
import { countedText, shown, widthOf } from './text.ts';

const NAMES_PX = 130;
const TIME_PX = 830;
const LANE_PX = 30;
const BAR_PX = 14;
const TOP_PX = 34;
const MARGIN_PX = 12;
/** Narrower ones are hard to see. */
const LOSS_MIN_PX = 2;
/** Between ticks of the axis, at least. */
const TICK_PX = 90;
const STEPS = [1, 2, 5] as const;

/** @param atNs where the cursor stands; null for none */
export function drawStrip(strip: Strip, atNs: number | null = null): SvgElement {
  const { endNs, lanes, marks } = strip;
  const height = TOP_PX + lanes.length * LANE_PX + MARGIN_PX;
  const x = (ns: number): number => NAMES_PX + Math.round((Math.min(ns, endNs) / Math.max(1, endNs)) * TIME_PX);
  const foot = TOP_PX + lanes.length * LANE_PX;
  const title = `time line, 0 to ${formatSeconds(endNs)} s`;
  return svg(
    'svg',
    { class: 'picture strip', viewBox: `0 0 ${NAMES_PX + TIME_PX + MARGIN_PX} ${height}`, role: 'img', 'aria-label': title },
    [
      svg('rect', { class: 'paper', x: 0, y: 0, width: NAMES_PX + TIME_PX + MARGIN_PX, height }),
      svg(
        'g',
        { class: 'axis' },
        ticksOf(endNs).flatMap((ns) => drawTick(ns, x(ns), foot)),
      ),
      ...lanes.map((lane, number) => drawLane(lane, TOP_PX + number * LANE_PX, x)),
      svg(
        'g',
        { class: 'marks' },
        marks.map((mark) => drawMark(mark, x(mark.atNs), foot)),
      ),
      atNs === null
        ? null
        : svg('path', { class: 'cursor', d: `M${x(atNs)} ${TOP_PX - BAR_PX}V${foot}` }, [
            svg('title', {}, [`${formatSeconds(atNs)} s`]),
          ]),
    ],
  );
}

/** Times for the axis: 1, 2 or 5 times a power of ten, at most as many as have room. */
export function ticksOf(endNs: number): readonly number[] {
  const ticksMax = Math.floor(TIME_PX / TICK_PX);
  let step = 1;
  for (let scale = 1; endNs / step > ticksMax; scale *= 10) {
    step = STEPS.map((one) => one * scale).find((one) => endNs / one <= ticksMax) ?? step;
  }
  return Array.from({ length: Math.floor(endNs / step) + 1 }, (_, number) => number * step);
}

function drawTick(ns: number, x: number, foot: number): readonly SvgElement[] {
  return [
    svg('path', { class: 'tick', d: `M${x} ${TOP_PX - 4}V${foot}` }),
    svg('text', { class: 'small', x, y: TOP_PX - 22, 'text-anchor': 'middle' }, [ns === 0 ? '0' : shortDuration(ns)]),
  ];
}

function drawLane({ node, segments, losses }: StripLane, top: number, x: (ns: number) => number): SvgElement {
  return svg(
    'g',
    { class: 'lane', 'data-node': node },
    [
      svg('text', { class: 'name', x: MARGIN_PX, y: top + BAR_PX - 2 }, [shown(node)]),
      ...segments.map((segment) => drawSegment(segment, top, x)),
      ...losses.map((loss) => drawLoss(loss, top + BAR_PX + 2, x)),
    ],
    node,
  );
}

function drawSegment({ fromNs, toNs, state }: StripSegment, y: number, x: (ns: number) => number): SvgElement {
  const [left, width] = [x(fromNs), Math.max(1, x(toNs) - x(fromNs))];
  const hasRoom = width > widthOf(state) + BAR_PX;
  return svg('g', { class: `segment ${state}` }, [
    svg('title', {}, [`${state} from ${formatSeconds(fromNs)} to ${formatSeconds(toNs)} s`]),
    svg('rect', { class: 'bar', x: left, y, width, height: BAR_PX }),
    hasRoom ? svg('text', { x: left + 5, y: y + BAR_PX - 3 }, [state]) : null,
  ]);
}

function drawLoss({ fromNs, toNs, frames, reason, position }: StripLoss, y: number, x: (ns: number) => number): SvgElement {
  const width = Math.max(LOSS_MIN_PX, x(toNs) - x(fromNs));
  return svg('rect', { class: 'loss', x: x(fromNs), y, width, height: 5 }, [
    svg('title', {}, [
      `#${position} drops ${countedText(frames, 'frame')}: ${reason}, ${formatSeconds(fromNs)} to ${formatSeconds(toNs)} s`,
    ]),
  ]);
}

function drawMark({ atNs, position, text }: StripMark, x: number, foot: number): SvgElement {
  return svg('g', { class: 'mark' }, [
    svg('title', {}, [`#${position} ${formatSeconds(atNs)} s: ${text}`]),
    svg('path', { class: 'command', d: `M${x - 4} ${TOP_PX - 14}h8l-4 6z` }),
    svg('path', { class: 'instant', d: `M${x} ${TOP_PX - 8}V${foot}` }),
  ]);
}
