/**
 * Links in netlab's short form, `links: [r1-r2]`: the interfaces are not named, so each end takes the first interface that its node
 * declares and no link has, else the next of eth1, eth2 … that no link has. They are written out before anything looks at them.
 */
import type { SourceDocument } from './source-document.ts';

type Json = Readonly<Record<string, unknown>>;

/** The same document, its short links written out; those that name no two nodes stay as they are. */
export function withShortLinks(source: SourceDocument): SourceDocument {
  const links = longLinks(source.value);
  if (links === null) return source;
  const file = mapOf(source.value);
  return { ...source, value: { ...file, topology: { ...mapOf(file['topology']), links } } };
}

/** The links of a file, the short ones written out; null where it has no short link. */
export function longLinks(file: unknown): readonly unknown[] | null {
  const topology = mapOf(mapOf(file)['topology']);
  const links = topology['links'];
  if (!Array.isArray(links) || !links.some((link) => typeof link === 'string')) return null;
  const nodes = mapOf(topology['nodes']);
  const free = new FreeInterfaces(nodes, links);
  return links.map((link: unknown) => {
    const ends = typeof link === 'string' ? endsOf(link, nodes) : null;
    return ends === null ? link : { endpoints: ends.map((node) => `${node}:${free.next(node)}`) };
  });
}

/** Names of nodes may have a "-" too, so each is tried. Null where none, or more than one, parts two nodes. */
function endsOf(link: string, nodes: Json): readonly [string, string] | null {
  const parted = [...link.matchAll(/-/g)].flatMap(({ index }): [string, string][] => {
    const [a, b] = [link.slice(0, index), link.slice(index + 1)];
    return Object.hasOwn(nodes, a) && Object.hasOwn(nodes, b) ? [[a, b]] : [];
  });
  const [only] = parted;
  return only !== undefined && parted.length === 1 ? only : null;
}

/** Interfaces that no link has yet. */
class FreeInterfaces {
  readonly #nodes: Json;
  readonly #taken: Set<string>;

  constructor(nodes: Json, links: readonly unknown[]) {
    this.#nodes = nodes;
    this.#taken = new Set(links.flatMap((link) => [mapOf(link)['endpoints']].flat()).map(String));
  }

  next(node: string): string {
    const declared = Object.keys(mapOf(mapOf(this.#nodes[node])['interfaces']));
    let name = declared.find((one) => !one.includes('.') && !this.#taken.has(`${node}:${one}`));
    for (let number = 1; name === undefined; number++) {
      if (!this.#taken.has(`${node}:eth${number}`)) name = `eth${number}`;
    }
    this.#taken.add(`${node}:${name}`);
    return name;
  }
}

function mapOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
