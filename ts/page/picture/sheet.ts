/**
 * The picture in the document, as two SVGs of one size, one upon the other. What most events change (the moment, and the drops) lies in the
 * upper one: the lower one, which is much larger, is seldom painted again.
 */
import type { SvgElement } from '../../picture/element.ts';
import type { PictureLayout, Place } from '../../picture/layout.ts';
import { made, patched } from './patch.ts';

/** Parts of the upper SVG. */
const UPPER: ReadonlySet<string> = new Set(['caption', 'deaths']);
/** Around what is selected. */
const HALO_PX = 4;
const PORT_HALO_PX = 9;

interface Part {
  readonly text: string;
  readonly element: SvgElement;
  readonly node: SVGElement;
}

export class Sheet {
  readonly lower: SVGElement;
  readonly upper: SVGElement;
  readonly #parts = new Map<string, Part>();
  readonly #halo: SVGElement;

  /** @param box that shall have the picture; nothing else may change what is in it */
  constructor(box: HTMLElement) {
    const empty = { tag: 'svg', key: '', attributes: { class: 'picture' }, children: [] } as const;
    this.lower = made(empty);
    this.upper = made({ ...empty, attributes: { class: 'picture upper', 'aria-hidden': 'true' } });
    this.#halo = made({ tag: 'rect', key: '', attributes: { class: 'halo', rx: HALO_PX }, children: [] });
    this.upper.append(this.#halo);
    box.append(this.lower, this.upper);
  }

  /** Shows a picture: all its parts, by name and in their order. What is shown already stays untouched. */
  show(parts: ReadonlyMap<string, string>): void {
    for (const [name, text] of parts) {
      const shown = this.#parts.get(name);
      if (shown?.text === text) continue;
      if (text === '') this.#remove(name);
      else this.#put(name, text, JSON.parse(text) as SvgElement, shown);
    }
    for (const name of this.#parts.keys()) if (!parts.has(name)) this.#remove(name);
  }

  /** Brings what is marked into sight, where the picture is larger than its place. */
  scrollToMark(): void {
    this.#halo.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  /** Puts a frame around a node ("fw1") or an interface ("fw1:eth1"); around nothing where it has no place. */
  mark(layout: PictureLayout, selected: string | null): void {
    const [node, port] = (selected ?? '').split(':');
    const place = layout.places.find((one) => one.node === node && this.isThere(one));
    const at = place?.ports.find(({ name }) => name === port);
    const frame =
      at !== undefined
        ? { x: at.x - PORT_HALO_PX, y: at.y - PORT_HALO_PX, width: 2 * PORT_HALO_PX, height: 2 * PORT_HALO_PX }
        : place === undefined
          ? { x: 0, y: 0, width: 0, height: 0 }
          : { x: place.x - HALO_PX, y: place.y - HALO_PX, width: place.width + 2 * HALO_PX, height: place.height + 2 * HALO_PX };
    set(this.#halo, frame);
  }

  /** @param zoom 1 shows the picture in its own size, 0 as large as its place allows */
  resize(zoom: number): void {
    const [, , width = '0', height = '0'] = (this.lower.getAttribute('viewBox') ?? '').split(' ');
    const size = { width: sized(width, zoom), height: sized(height, zoom) };
    for (const root of [this.lower, this.upper]) set(root, size);
  }

  /** A guest that may move has several places, and is at one of them. */
  isThere({ node, on }: Pick<Place, 'node' | 'on'>): boolean {
    const part = this.#parts.get(`nodes ${node}@${on ?? ''}`) ?? this.#parts.get(`hosts ${node}@${on ?? ''}`);
    return part !== undefined && part.element.attributes.class !== 'ghost';
  }

  #put(name: string, text: string, element: SvgElement, shown: Part | undefined): void {
    if (name === '') this.#resize(element);
    if (shown !== undefined) {
      this.#parts.set(name, { text, element, node: patched(shown.node, shown.element, element) });
      return;
    }
    const node = name === '' ? this.lower : made(element);
    if (name !== '') (this.#parts.get(groupOf(name))?.node ?? (UPPER.has(name) ? this.upper : this.lower)).append(node);
    this.#parts.set(name, { text, element, node });
  }

  #remove(name: string): void {
    this.#parts.get(name)?.node.remove();
    this.#parts.delete(name);
  }

  /** Both SVGs have the same size, always. */
  #resize({ attributes }: SvgElement): void {
    set(this.lower, attributes);
    set(this.upper, { viewBox: attributes.viewBox });
  }
}

/** Sets attributes where they differ: one that is set anew is painted anew. */
function set(element: SVGElement, attributes: Readonly<Record<string, string | number | undefined>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}

function sized(length: string, zoom: number): string {
  return zoom === 0 ? '100%' : String(Math.round(Number(length) * zoom));
}

/** "nodes" of "nodes fw1@"; nothing for a part that is in no group. */
function groupOf(name: string): string {
  const end = name.indexOf(' ');
  return end < 0 ? '-' : name.slice(0, end);
}
