/**
 * Events as pixels. Each column of a lane's band is one look-up of how many events it holds, so a million of them cost what a thousand do:
 * `fillRect` per event came to 12 frames a second at 100,000.
 */
import { countBefore, type Lane, type Positions } from './lanes.ts';
import { type View, valueAt } from './view.ts';

/** Colours as a canvas has them in memory on little-endian machines: 0xAABBGGRR. */
export interface Inks {
  readonly outcome: number;
  readonly input: number;
  readonly drop: number;
}

/** Where a band lies in the picture, in its pixels. */
export interface Band {
  readonly top: number;
  readonly height: number;
}

/** The least height of a mark, and what each doubling of events adds. */
const LEAST = 0.4;
const PER_DOUBLING = 0.12;

/**
 * Paints one lane. @param pixels of the whole picture, `width` to a row
 * @param keyOf value of a position on the view's axis
 */
export function paintLane(
  pixels: Uint32Array,
  width: number,
  { top, height }: Band,
  lane: Lane,
  { view, keyOf, inks }: { readonly view: View; readonly keyOf: (position: number) => number; readonly inks: Inks },
): void {
  const paint = (list: Positions, ink: number): void => {
    let before = countBefore(list, view.from, keyOf);
    for (let x = 0; x < width && before < list.length; x++) {
      const behind = countBefore(list, valueAt(view, x + 1, width), keyOf, before);
      const count = behind - before;
      before = behind;
      if (count === 0) continue;
      const part = Math.min(1, LEAST + PER_DOUBLING * Math.log2(count));
      const rows = Math.max(2, Math.round(height * part));
      for (let y = top + height - rows; y < top + height; y++) pixels[y * width + x] = ink;
    }
  };
  paint(lane.all, inks.outcome);
  paint(lane.inputs, inks.input);
  paint(lane.drops, inks.drop);
}
