/**
 * The back end of pictures for a document: elements are made once and patched in place. Nothing here is parsed as markup: names and texts of a
 * lab become texts and values of attributes (Trusted Types demand the same).
 */
import type { Attributes, SvgElement } from '../../picture/element.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** An element of the document for one of a picture, with all that is in it. */
export function made({ tag, attributes, children }: SvgElement): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.map(nodeOf));
  return element;
}

/** Makes the document's element, which shows `before`, show `after`. Returns the element that stands there then. */
export function patched(element: SVGElement, before: SvgElement, after: SvgElement): SVGElement {
  if (before.tag !== after.tag || before.key !== after.key) {
    const other = made(after);
    element.replaceWith(other);
    return other;
  }
  patchAttributes(element, before.attributes, after.attributes);
  const isAlike =
    before.children.length === after.children.length && after.children.every((child, at) => isSame(before.children[at], child));
  if (!isAlike) element.replaceChildren(...after.children.map(nodeOf));
  else for (const [at, child] of after.children.entries()) patchChild(element.childNodes[at], before.children[at], child);
  return element;
}

function patchChild(node: ChildNode | undefined, before: SvgElement | string | undefined, after: SvgElement | string): void {
  if (typeof after !== 'string' && typeof before === 'object') patched(node as SVGElement, before, after);
  else if (node !== undefined && typeof after === 'string' && before !== after) node.nodeValue = after;
}

function patchAttributes(element: SVGElement, before: Attributes, after: Attributes): void {
  for (const name of Object.keys(before)) if (!(name in after)) element.removeAttribute(name);
  for (const [name, value] of Object.entries(after)) {
    if (before[name as keyof Attributes] !== value) element.setAttribute(name, String(value));
  }
}

/** Whether one can become the other without another element in its place. */
function isSame(before: SvgElement | string | undefined, after: SvgElement | string): boolean {
  if (typeof before !== 'object' || typeof after === 'string') return typeof before === typeof after;
  return before.tag === after.tag && before.key === after.key;
}

function nodeOf(child: SvgElement | string): SVGElement | string {
  return typeof child === 'string' ? child : made(child);
}
