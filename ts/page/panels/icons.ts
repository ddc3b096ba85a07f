/** Faces of buttons as paths: fonts lack some of the signs that would do. Sixteen units wide and high, in the colour of the text. */
import type { VNode } from 'preact';
import { h } from './h.ts';

const PATHS = {
  first: 'M2 3h2v10H2zM9 3v10L4 8zM14 3v10L9 8z',
  previous: 'M3 3h2v10H3zM12 3v10L6 8z',
  play: 'M4 3v10l9-5z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  next: 'M4 3v10l6-5zM11 3h2v10h-2z',
  last: 'M2 3v10l5-5zM7 3v10l5-5zM12 3h2v10h-2z',
  drop: 'M1.4 5L2.8 3.6 8.4 11.2 7 12.6zM7 3.6L8.4 5 2.8 12.6 1.4 11.2zM10 4v8l5-4z',
} as const;

export function icon(name: keyof typeof PATHS): VNode {
  const attributes = {
    viewBox: '0 0 16 16',
    width: 14,
    height: 14,
    fill: 'currentColor',
    'aria-hidden': 'true',
    focusable: 'false',
  };
  return h('svg', attributes, h('path', { d: PATHS[name] }));
}
