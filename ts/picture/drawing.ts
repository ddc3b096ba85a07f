/** A moment of a lab, drawn: one pure function from a layout and a scene to a tree. */
import { type SvgElement, svg } from './element.ts';
import type { PictureLayout } from './layout.ts';
import type { Scene } from './scene.ts';

/** The picture of a scene: an `svg` element without a style sheet, `PICTURE_STYLE` is its. Nothing in it moves with time but what is drawn. */
export function drawing({ width, height }: PictureLayout, { position }: Scene): SvgElement {
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `network at position ${position}` });
}
