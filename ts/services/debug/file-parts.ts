/** The parts of a lab file that can be left out: flows, nodes, links, steps. Comments and order of what is left stay. */
import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { longLinks } from '../../topology/draft/short-links.ts';

export const PART_KINDS = ['flows', 'nodes', 'links', 'steps'] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** A part, by its name or its number in the whole file. */
export interface FilePart {
  readonly kind: PartKind;
  readonly key: string | number;
}

/** A lab file of which parts are left out. */
export interface Cut {
  readonly text: string;
  /** The parts that are left, by their names and numbers in the whole file. */
  readonly left: readonly FilePart[];
}

/** The parts of a lab file, in its order. */
export function partsOf(text: string): FilePart[] {
  const document = parseDocument(text);
  return PART_KINDS.flatMap((kind) => keysOf(document, kind).map((key) => ({ kind, key })));
}

/**
 * The text of a lab file with some of its parts alone. What cannot be without a node goes with it: its links, flows and steps, and the HA
 * pair that it is a member of.
 */
export function withParts(text: string, kept: readonly FilePart[]): Cut {
  const document = parseDocument(text);
  const left: FilePart[] = [];
  const stays = new Set(kept.map(({ kind, key }) => `${kind} ${key}`));
  const gone = keysOf(document, 'nodes').filter((name) => !stays.has(`nodes ${name}`));
  const names = (value: string): boolean => gone.some((node) => value === node || value.startsWith(`${node}:`));
  for (const kind of PART_KINDS) {
    keep(document, PATHS[kind], (key, value) => {
      const isLeft = stays.has(`${kind} ${key}`) && (kind === 'nodes' || !textsIn(value).some(names));
      if (isLeft) left.push({ kind, key });
      return isLeft;
    });
  }
  keep(document, ['ha'], (_, value) => !textsIn(value).some(names));
  return { text: document.toString(STYLE), left };
}

/**
 * The text of a lab file whose only checks are these expectations, each by the name of its check. Links in the short form are written out:
 * which interfaces they mean depends on the links before them, and it must not change when those are left out.
 */
export function withChecks(text: string, checks: Readonly<Record<string, readonly string[]>>): string {
  const document = parseDocument(text);
  writeLinksOut(document);
  const written = Object.entries(checks).filter(([, expect]) => expect.length > 0);
  const validate = written.map(([name, expect]) => [name, { description: `${name}.`, expect: expect.map(readFlow) }] as const);
  document.set('validate', document.createNode(Object.fromEntries(validate)));
  return document.toString(STYLE);
}

function writeLinksOut(document: Document.Parsed): void {
  const links = document.getIn(PATHS.links);
  for (const [number, link] of longLinks(document.toJS())?.entries() ?? []) {
    const short = isSeq(links) ? links.items[number] : null;
    if (!isScalar(short)) continue;
    const long = document.createNode(link, { flow: true });
    long.comment = short.comment ?? null;
    long.commentBefore = short.commentBefore ?? null;
    document.setIn([...PATHS.links, number], long);
  }
}

const STYLE = { lineWidth: 0, flowCollectionPadding: true } as const;

const PATHS: Readonly<Record<PartKind, readonly string[]>> = {
  flows: ['flows'],
  nodes: ['topology', 'nodes'],
  links: ['topology', 'links'],
  steps: ['steps'],
};

/** "ha: fw1, state: active", with or without its braces. */
function readFlow(expectation: string): unknown {
  return parseDocument(expectation.trim().startsWith('{') ? expectation : `{ ${expectation} }`).toJS();
}

function keysOf(document: Document.Parsed, kind: PartKind): (string | number)[] {
  const found = document.getIn(PATHS[kind]);
  if (isMap(found)) return found.items.map(({ key }) => String(isScalar(key) ? key.value : key));
  return isSeq(found) ? found.items.map((_, number) => number) : [];
}

/** Keeps the items of a map or a list for which something holds; what is empty then goes. */
function keep(document: Document.Parsed, path: readonly string[], holds: (key: string | number, value: unknown) => boolean): void {
  const found = document.getIn(path);
  if (isMap(found)) {
    found.items = found.items.filter(({ key, value }) => holds(String(isScalar(key) ? key.value : key), value));
  } else if (isSeq(found)) found.items = found.items.filter((value, number) => holds(number, value));
  if ((isMap(found) || isSeq(found)) && found.items.length === 0) document.deleteIn(path);
}

/** All words of the texts in a part: names of nodes and interfaces are among them. */
function textsIn(value: unknown): string[] {
  if (isScalar(value)) return String(value.value).split(/\s+/);
  if (isMap(value)) return value.items.flatMap((item) => textsIn(item.value));
  return isSeq(value) ? value.items.flatMap(textsIn) : [];
}
