/** Stretches of the time line in which something about a node stayed the same. */
import { type OpenedLab, TRACKS, type Track } from '../ask/questions.ts';

/** A stretch as it is drawn, in pixels from the left edge of the view. */
export interface Stretch {
  readonly track: Track;
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

/** How a stretch is placed: pixels of a position, and of the end of what is known. */
export interface Placing {
  readonly xOf: (position: number) => number;
  readonly width: number;
  readonly endX: number;
}

/** Shorter ones are drawn this wide: a crash of a millisecond is seen in a view of an hour. */
const NARROWEST = 1;

/** The values of one track of a node: `values[i]` from `froms[i]` on. */
interface Row {
  readonly track: Track;
  readonly froms: number[];
  readonly values: (string | null)[];
}

export class Strips {
  readonly #rows: (readonly Row[])[] = [];
  /** Changes that are in their rows. */
  #taken = 0;

  /** Takes the changes that it does not have yet. */
  grow({ changes }: OpenedLab): void {
    for (; this.#taken < changes.length; this.#taken++) {
      const change = changes[this.#taken];
      if (change === undefined) continue;
      const { lane, track, from, value } = change;
      this.#rows[lane] ??= TRACKS.map((one) => ({ track: one, froms: [], values: [] }));
      const row = this.#rows[lane]?.[TRACKS.indexOf(track)];
      row?.froms.push(from);
      row?.values.push(value);
    }
  }

  /** What of a lane can be seen, at most two stretches to a pixel and track, however many there are. */
  *seen(lane: number, placing: Placing): Generator<Stretch> {
    for (const row of this.#rows[lane] ?? []) yield* stretchesOf(row, placing);
  }
}

function* stretchesOf({ track, froms, values }: Row, { xOf, width, endX }: Placing): Generator<Stretch> {
  let index = Math.max(0, firstAtOrBehind(froms, 0, xOf, 0) - 1);
  while (index < froms.length) {
    const from = xOf(froms[index] ?? 0);
    if (from >= width) return;
    const next = froms[index + 1];
    const to = Math.max(next === undefined ? endX : xOf(next), from + NARROWEST);
    const value = values[index] ?? null;
    if (value !== null && to > 0) yield { track, value, from: Math.max(0, from), to: Math.min(width, to) };
    // What lies within the pixel that was drawn would be drawn over it.
    index = next === undefined || xOf(next) >= to ? index + 1 : Math.max(index + 1, firstAtOrBehind(froms, to, xOf, index + 1) - 1);
  }
}

/** Index of the first position at or behind a pixel. */
function firstAtOrBehind(froms: readonly number[], x: number, xOf: (position: number) => number, low: number): number {
  let first = low;
  let end = froms.length;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (xOf(froms[middle] ?? 0) < x) first = middle + 1;
    else end = middle;
  }
  return first;
}
