/** A tree as text: the back end for files. Every character of a text or value that markup could mean is escaped here, and nowhere else. */
import { type Element, SVG_TAGS } from './element.ts';
import { PICTURE_STYLE } from './style.ts';
import { legible } from './text.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is no markup, in content and in attributes alike. */
export function escaped(text: string): string {
  return legible(text).replace(/[&<>"']/g, (found) => ESCAPES[found] ?? '');
}

/** A parser of XML reads a line end in a value as a space, unless it is written as a number. */
function escapedValue(text: string): string {
  return escaped(text).replaceAll('\n', '&#10;');
}

/** Languages of markup. In HTML an element without content has an end all the same, but for those that never have content. */
export type Language = 'xml' | 'html';

const HTML_VOID: ReadonlySet<string> = new Set(['meta']);
const SVG_NAMES: ReadonlySet<string> = new Set(SVG_TAGS);

/** An element with all that is in it; each element on a line of its own, but texts. The same tree, the same text. */
export function markup(element: Element<string, string>, language: Language = 'xml', indent = ''): string {
  const { tag, attributes, children } = element;
  const values = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}="${escapedValue(String(value))}"`],
  );
  const open = `${indent}<${tag}${values.join('')}`;
  if (children.length === 0) return `${open}${emptyEnd(tag, language)}`;
  if (children.some((child) => typeof child === 'string')) {
    return `${open}>${children.map((child) => (typeof child === 'string' ? escaped(child) : markup(child, language))).join('')}</${tag}>`;
  }
  const lines = children.map((child) => (typeof child === 'string' ? '' : markup(child, language, `${indent} `)));
  return [`${open}>`, ...lines, `${indent}</${tag}>`].join('\n');
}

function emptyEnd(tag: string, language: Language): string {
  if (language === 'xml' || (SVG_NAMES.has(tag) && tag !== 'title')) return '/>';
  return HTML_VOID.has(tag) ? '>' : `></${tag}>`;
}

/** A picture as an SVG document with its own style sheet, light and dark. */
export function svgText(picture: Element): string {
  const { attributes, children } = picture;
  // The name of the language is no address that anything is asked of.
  const root: Element<string, string> = {
    ...picture,
    attributes: { xmlns: 'http://www.w3.org/2000/svg', ...attributes },
    children: [{ tag: 'style', key: '', attributes: {}, children: [PICTURE_STYLE] }, ...children],
  };
  return `${markup(root)}\n`;
}
