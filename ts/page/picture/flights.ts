/**
 * Frames on their way: those that ports send behind an event move along their cables, much slower than they were, and those that die show a cross
 * where they do. The browser moves them, above the picture; nothing of the picture is drawn again for it.
 */
import type { PictureLayout, Place, Point } from '../../picture/layout.ts';
import type { FrameRow } from '../ask/questions.ts';
import { made } from './patch.ts';

/** Part of the time in which frames set out; the rest is the way of the last. */
const START_PART = 0.5;
const RADIUS_PX = 5;

export class Flights {
  readonly #root: SVGElement;
  readonly #layout: PictureLayout;
  readonly #isThere: (place: Place) => boolean;

  /** @param isThere whether a node is at one of its places now */
  constructor(root: SVGElement, layout: PictureLayout, isThere: (place: Place) => boolean) {
    this.#root = root;
    this.#layout = layout;
    this.#isThere = isThere;
  }

  /** Shows frames in their order, for a time. */
  show(frames: readonly FrameRow[], lengthMs: number): void {
    const fromNs = frames[0]?.atNs ?? 0;
    const spanNs = Math.max(1, (frames.at(-1)?.atNs ?? 0) - fromNs);
    for (const frame of frames) {
      const delay = ((frame.atNs - fromNs) / spanNs) * START_PART * lengthMs;
      const timing = { delay, duration: (1 - START_PART) * lengthMs, fill: 'backwards' } as const;
      if (frame.kind === 'dropped') this.#die(frame.at, timing);
      else this.#move(frame, timing);
    }
  }

  #move({ at, text }: FrameRow, timing: KeyframeAnimationOptions): void {
    const way = this.#wayFrom(at);
    if (way === null) return;
    const kind = text.includes(' ARP ') ? 'flight arp' : 'flight';
    const dot = made({ tag: 'circle', key: '', attributes: { class: kind, r: RADIUS_PX }, children: [] });
    this.#animate(dot, keyframesOf(way), timing);
  }

  #die(at: string, timing: KeyframeAnimationOptions): void {
    const port = this.#portAt(at);
    if (port === null) return;
    const cross = made({ tag: 'path', key: '', attributes: { class: 'flight lost', d: 'M-7 -7L7 7M-7 7L7 -7' }, children: [] });
    const transform = translated(port);
    this.#animate(
      cross,
      [
        { transform, opacity: 0 },
        { transform, opacity: 1, offset: 0.1 },
        { transform, opacity: 0 },
      ],
      timing,
    );
  }

  #animate(element: SVGElement, keyframes: Keyframe[], timing: KeyframeAnimationOptions): void {
    this.#root.append(element);
    const remove = (): void => element.remove();
    element.animate(keyframes, timing).finished.then(remove, remove);
  }

  #portAt(endpoint: string): Point | null {
    const [node, name] = endpoint.split(':');
    const place = this.#layout.places.find((one) => one.node === node && this.#isThere(one));
    const port = place?.ports.find((one) => one.name === name);
    return port === undefined ? null : [port.x, port.y];
  }

  /** Corners of the cable from an interface; null for one without. */
  #wayFrom(endpoint: string): readonly Point[] | null {
    const port = this.#portAt(endpoint);
    if (port === null) return null;
    for (const { points } of this.#layout.routes) {
      if (isSame(points[0], port)) return points;
      if (isSame(points.at(-1), port)) return points.toReversed();
    }
    return null;
  }
}

function isSame(point: Point | undefined, [x, y]: Point): boolean {
  return point !== undefined && point[0] === x && point[1] === y;
}

/** A way at even speed: seen from its first corner to its last. */
function keyframesOf(way: readonly Point[]): Keyframe[] {
  const lengths = way.map(([x, y], corner) => {
    const [fromX, fromY] = way[corner - 1] ?? [x, y];
    return Math.abs(x - fromX) + Math.abs(y - fromY);
  });
  const whole = Math.max(
    1,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  let gone = 0;
  return way.map((point, corner) => {
    gone += lengths[corner] ?? 0;
    return { transform: translated(point), offset: corner === way.length - 1 ? 1 : gone / whole, opacity: corner === 0 ? 0 : 1 };
  });
}

function translated([x, y]: Point): string {
  return `translate(${x}px, ${y}px)`;
}
