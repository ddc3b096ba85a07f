/**
 * Where everything is drawn: one fixed layout over all that a lab ever has, so that nothing moves while time does.
 *
 * It is made once for a lab's definition (guests that may move have a place on each hypervisor they may come to), by ELK outside the page
 * or by `plainLayout` anywhere. Coordinates are whole pixels from the picture's corner.
 *
 * A layout engine only says where boxes are and how lines run between them. Where ports stand on a box follows from the plan, so both
 * engines agree about it.
 */
import type { NodeName } from '../model/lab/endpoint.ts';
import { HEADER_PX, PEER_PX, type Plan, type PlanBox, type PlanLine, planHash, ROW_PX } from './plan.ts';

export interface PortPlace {
  /** Name of the interface on its node. */
  readonly name: string;
  readonly side: 'left' | 'right' | 'top' | 'bottom';
  /** Middle of the port, on the edge of its node. */
  readonly x: number;
  readonly y: number;
}

export interface Place {
  readonly node: NodeName;
  /** The hypervisor that it is drawn in; null for what stands by itself. A guest that can move has one place for each. */
  readonly on: NodeName | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly ports: readonly PortPlace[];
}

export interface Route {
  /** Number of the link in the lab's definition. */
  readonly link: number;
  /** Corners of the line, from `a` to `b`. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PictureLayout {
  readonly schema: 1;
  readonly by: 'elk' | 'plain';
  /** SHA-256 (hex) of the plan it is a layout of: one of another definition is not used. */
  readonly plan: string;
  readonly width: number;
  readonly height: number;
  /** Hypervisors before what is on them. */
  readonly places: readonly Place[];
  readonly routes: readonly Route[];
}

/** A point, px. */
export type Point = readonly [x: number, y: number];

/** Where an engine put a box. */
export interface BoxFrame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Margin of the whole picture. */
export const MARGIN_PX = 12;

/**
 * The layout that an engine's frames make.
 * @param frames of the plan's boxes, in their order
 * @param routes of the lines that are not between peers, by number of the link, from `from` to `to` of the line
 */
export function layoutOf(
  plan: Plan,
  by: PictureLayout['by'],
  frames: readonly BoxFrame[],
  routes: ReadonlyMap<number, readonly Point[]>,
): PictureLayout {
  const uppers = uppersOf(plan, frames);
  const places = plan.boxes.map((box, number): Place => {
    const frame = whole(frames[number]);
    return { node: box.node, on: box.on, ...frame, ports: portPlaces(box, frame, (port) => uppers.has(`${number} ${port}`)) };
  });
  const lines = plan.lines.map((line): Route => {
    const points = pointsOf(line, places, routes.get(line.link));
    return { link: line.link, points: line.isTurned ? points.toReversed() : points };
  });
  const corners = [
    ...places.map(({ x, y, width, height }): Point => [x + width, y + height]),
    ...lines.flatMap(({ points }) => points),
  ];
  return {
    schema: 1,
    by,
    plan: planHash(plan),
    width: Math.max(0, ...corners.map(([x]) => x)) + MARGIN_PX,
    height: Math.max(0, ...corners.map(([, y]) => y)) + MARGIN_PX,
    places,
    routes: lines,
  };
}

/** Ports of a box that stand on its lower edge because the peer is below: "number port". */
function uppersOf({ lines }: Plan, frames: readonly BoxFrame[]): ReadonlySet<string> {
  const top = (number: number): number => frames[number]?.y ?? 0;
  return new Set(
    lines.flatMap(({ isPeer, from, to, fromPort, toPort }) => {
      if (!isPeer) return [];
      return top(from) <= top(to) ? [`${from} ${fromPort}`] : [`${to} ${toPort}`];
    }),
  );
}

/** Where the ports of a box stand on its edges. */
export function portPlaces(
  { left, right, peers }: Pick<PlanBox, 'left' | 'right' | 'peers'>,
  { x, y, width, height }: BoxFrame,
  isAtFoot: (port: string) => boolean,
): readonly PortPlace[] {
  const first = y + HEADER_PX + (peers.length > 0 ? PEER_PX : 0) + ROW_PX / 2;
  const rows = (names: readonly string[], side: 'left' | 'right'): PortPlace[] =>
    names.map((name, row) => ({ name, side, x: side === 'left' ? x : x + width, y: first + row * ROW_PX }));
  const edges = peers.map((name, number): PortPlace => {
    const side = isAtFoot(name) ? 'bottom' : 'top';
    return { name, side, x: x + Math.round(((number + 1) * width) / (peers.length + 1)), y: side === 'top' ? y : y + height };
  });
  return [...rows(left, 'left'), ...rows(right, 'right'), ...edges];
}

/** Corners of a line; without any from the engine, it turns half way. */
function pointsOf(line: PlanLine, places: readonly Place[], known: readonly Point[] | undefined): readonly Point[] {
  if (known !== undefined) return known.map(([x, y]): Point => [Math.round(x), Math.round(y)]);
  const from = portAt(places[line.from], line.fromPort);
  const to = portAt(places[line.to], line.toPort);
  if (line.isPeer) {
    const half = Math.round((from[1] + to[1]) / 2);
    return [from, [from[0], half], [to[0], half], to];
  }
  const half = Math.round((from[0] + to[0]) / 2);
  return [from, [half, from[1]], [half, to[1]], to];
}

function portAt(place: Place | undefined, name: string): Point {
  const port = place?.ports.find((one) => one.name === name);
  return port === undefined ? [place?.x ?? 0, place?.y ?? 0] : [port.x, port.y];
}

function whole(frame: BoxFrame | undefined): BoxFrame {
  const { x, y, width, height } = frame ?? { x: 0, y: 0, width: 0, height: 0 };
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
}
