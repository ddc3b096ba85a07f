/**
 * A lab file as text: YAML read once into plain data, with the line and column of every key and value.
 *
 * Decision someone may dispute: YAML 1.2 whatever the file's %YAML line says, so that `on:` is a key and `on` a word,
 * never "true". Merge keys (`<<`) work, because people bring them from containerlab. A merged value has no place of its
 * own in the map that merges it; findings about it point at that map.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, visit, type YAMLMap } from 'yaml';
import { type Aliases, aliasesOf } from './aliases.ts';
import { LAB_FILE_CHARACTERS_MAX, LAB_FILE_KEYS_PER_MAP_MAX } from './limits.ts';
import { parseYaml, Unreadable, type YamlDocument } from './yaml-document.ts';

/** Keys and indices from the top of the file to a value. */
export type Path = readonly (string | number)[];

export interface Place {
  readonly line: number;
  readonly column: number;
  /** Of a lab that a program builds: the call, and the path in its argument, in place of line and column of a text. */
  readonly call?: string;
}

export interface SourceDocument {
  /** The file as plain data: objects, arrays, strings, numbers, booleans and null. */
  readonly value: unknown;
  has(path: Path): boolean;
  /** Where a key is written; for items of a list and for missing keys the nearest thing around it. */
  keyPlace(path: Path): Place;
  /** Where a value is written; for missing values the key or the nearest thing around it. */
  valuePlace(path: Path): Place;
}

export interface SyntaxProblem extends Place {
  readonly message: string;
}

export interface ReadSource {
  /** Null when the text is no YAML at all. */
  readonly source: SourceDocument | null;
  readonly problems: readonly SyntaxProblem[];
}

/** Reads YAML. Never throws: whatever the parser says becomes a problem with a place. */
export function readSource(text: string): ReadSource {
  if (text.length > LAB_FILE_CHARACTERS_MAX) {
    return failed({
      line: 1,
      column: 1,
      message: `the file has ${text.length} characters; expected at most ${LAB_FILE_CHARACTERS_MAX}`,
    });
  }
  const lines = new LineCounter();
  try {
    return fromDocument(parseYaml(text, lines), lines);
  } catch (error) {
    if (error instanceof Unreadable) return failed({ ...placeAt(lines, error.offset), message: error.message });
    const why = String(error instanceof Error ? error.message : error);
    return failed({ line: 1, column: 1, message: `the file cannot be read as YAML: ${why}` });
  }
}

/** @throws Unreadable */
function fromDocument(document: YamlDocument, lines: LineCounter): ReadSource {
  // One slip of indentation makes several errors; the first is the one to mend.
  const [error] = document.errors;
  if (error !== undefined) {
    return failed({ ...placeAt(lines, error.pos[0]), message: `not YAML: ${firstLine(error.message)}` });
  }
  const problems = repeatedKeys(document).map((offset) => {
    return { ...placeAt(lines, offset), message: 'this key already exists in the same map' };
  });
  const aliases = aliasesOf(document);
  // The library's own limit counts uses of one anchor; ours counts values, and has been kept.
  const value: unknown = document.toJS({ maxAliasCount: -1 });
  return { source: sourceOf(document, aliases, lines, value), problems };
}

/** Where keys stand that their map has already. A merge key may be given again. @throws Unreadable for too large a map */
function repeatedKeys(document: YamlDocument): readonly number[] {
  const repeated: number[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const beyond = items[LAB_FILE_KEYS_PER_MAP_MAX];
      if (beyond !== undefined) {
        throw new Unreadable(
          `expected at most ${LAB_FILE_KEYS_PER_MAP_MAX} keys; this map has ${items.length}`,
          offsetOf(beyond.key) ?? 0,
        );
      }
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (seen.has(key.value)) repeated.push(offsetOf(key) ?? 0);
        seen.add(key.value);
      }
    },
  });
  return repeated;
}

function sourceOf(document: YamlDocument, aliases: Aliases, lines: LineCounter, value: unknown): SourceDocument {
  const walkTo = (path: Path) => walk(document.contents, aliases, path);
  return {
    value,
    has: (path) => walkTo(path).found,
    keyPlace: (path) => placeAt(lines, walkTo(path).keyOffset),
    valuePlace: (path) => placeAt(lines, walkTo(path).valueOffset),
  };
}

/** Follows a path as far as the text goes. */
function walk(top: unknown, aliases: Aliases, path: Path): { found: boolean; keyOffset: number; valueOffset: number } {
  let node = top;
  let keyOffset = offsetOf(node) ?? 0;
  let valueOffset = keyOffset;
  for (const step of path) {
    const container = isAlias(node) ? aliases.get(node) : node;
    if (isMap(container)) {
      const pair = pairsOf(container).get(String(step));
      if (pair === undefined) return { found: false, keyOffset, valueOffset: keyOffset };
      keyOffset = offsetOf(pair.key) ?? keyOffset;
      node = pair.value;
      valueOffset = emptyScalar(node) ? keyOffset : (offsetOf(node) ?? keyOffset);
    } else if (isSeq(container) && container.items[Number(step)] !== undefined) {
      node = container.items[Number(step)];
      keyOffset = valueOffset = offsetOf(node) ?? valueOffset;
    } else {
      return { found: false, keyOffset, valueOffset };
    }
  }
  return { found: true, keyOffset, valueOffset };
}

type Pair = YAMLMap['items'][number];

/** The pairs of each map by their keys, the first of each: a file with thousands of mistakes asks for thousands of places. */
const PAIRS = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  let pairs = PAIRS.get(map);
  if (pairs === undefined) {
    pairs = new Map([...map.items].reverse().flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value ?? ''), pair]] : [])));
    PAIRS.set(map, pairs);
  }
  return pairs;
}

function emptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

function offsetOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function failed(problem: SyntaxProblem): ReadSource {
  return { source: null, problems: [problem] };
}
