/**
 * A picture as a small tree: elements, attributes, text. Pure data, so that one function draws and two back ends show it: `svgText` writes
 * a file, a page patches its document.
 *
 * Tags and attributes are closed lists: no script, no link, no event handler and no style attribute can be written at all. Text and values
 * of attributes are plain text, however they look; only a back end knows markup.
 */

import { legible } from './text.ts';

export const SVG_TAGS = ['svg', 'g', 'rect', 'path', 'circle', 'text', 'tspan', 'title', 'desc', 'style'] as const;

export type SvgTag = (typeof SVG_TAGS)[number];

/** Attributes of all elements. `data-…` say what an element stands for. */
export const SVG_ATTRIBUTES = [
  'class',
  'x',
  'y',
  'dx',
  'width',
  'height',
  'rx',
  'cx',
  'cy',
  'r',
  'd',
  'viewBox',
  'role',
  'aria-label',
  'aria-hidden',
  'text-anchor',
  'data-node',
  'data-interface',
  'data-link',
  'data-mac',
] as const;

export type SvgAttribute = (typeof SVG_ATTRIBUTES)[number];

export type Attributes<Name extends string = SvgAttribute> = { readonly [name in Name]?: string | number };

export interface Element<Tag extends string = SvgTag, Name extends string = SvgAttribute> {
  readonly tag: Tag;
  /** Tells an element from its siblings, the same at every moment of a lab; '' where its place among them is enough. */
  readonly key: string;
  readonly attributes: Attributes<Name>;
  readonly children: readonly (Element<Tag, Name> | string)[];
}

export type SvgElement = Element;

/** An element; children that are null are left out, and what no document can hold is spelt out in its texts. */
export function svg(
  tag: SvgTag,
  attributes: Attributes,
  children: readonly (SvgElement | string | null)[] = [],
  key = '',
): SvgElement {
  const kept = children.filter((child) => child !== null);
  return { tag, key, attributes, children: kept.map((child) => (typeof child === 'string' ? legible(child) : child)) };
}
