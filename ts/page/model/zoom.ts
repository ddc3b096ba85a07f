/** How large the picture is shown. */
const STEP = 1.25;
const MIN = 0.1;
const MAX = 4;

/** A step larger (1) or smaller (-1). @param zoom 0 is "as large as its place allows": then its own size is where this begins */
export function resized(zoom: number, direction: 1 | -1): number {
  return Math.min(Math.max((zoom || 1) * STEP ** direction, MIN), MAX);
}
