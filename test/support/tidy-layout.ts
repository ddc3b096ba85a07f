/** What every layout of a picture keeps to, whoever made it. */
import { expect } from 'vitest';
import type { PictureLayout, Place } from '../../ts/picture/layout.ts';

/** Guests lie inside their hypervisors, siblings apart, and everything inside the picture. */
export function expectTidy({ places, width, height }: PictureLayout): void {
  for (const place of places) {
    expect(place.x + place.width).toBeLessThanOrEqual(width);
    expect(place.y + place.height).toBeLessThanOrEqual(height);
    const host = places.find(({ node }) => node === place.on);
    if (host !== undefined) expect(contains(host, place), `${place.node} in ${host.node}`).toBe(true);
    const siblings = places.filter((other) => other !== place && other.on === place.on);
    for (const other of siblings) expect(overlap(place, other), `${place.node} over ${other.node}`).toBe(false);
  }
}

function contains(outer: Place, inner: Place): boolean {
  const [right, bottom] = [inner.x + inner.width, inner.y + inner.height];
  return inner.x >= outer.x && inner.y >= outer.y && right <= outer.x + outer.width && bottom <= outer.y + outer.height;
}

function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
