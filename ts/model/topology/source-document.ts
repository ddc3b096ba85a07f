/**
 * A lab file as text: YAML read once into plain data, with the line and column of every key and value.
 *
 * Decision someone may dispute: YAML 1.2 whatever the file's %YAML line says, so that `on:` is a key and `on` a word,
 * never "true". Merge keys (`<<`) work, because people bring them from containerlab. A merged value has no place of its
 * own in the map that merges it; findings about it point at that map.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { LAB_FILE_CHARACTERS_MAX } from './limits.ts';

/** Keys and indices from the top of the file to a value. */
export type Path = readonly (string | number)[];

export interface Place {
  readonly line: number;
  readonly column: number;
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

type Document = ReturnType<typeof parseDocument>;

/** Reads YAML. Never throws: whatever the parser says becomes a problem with a place. */
export function readSource(text: string): ReadSource {
  if (text.length > LAB_FILE_CHARACTERS_MAX) {
    return failed({
      line: 1,
      column: 1,
      message: `the file has ${text.length} characters; at most ${LAB_FILE_CHARACTERS_MAX} are read`,
    });
  }
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      merge: true,
      prettyErrors: false,
      logLevel: 'silent',
    });
    return fromDocument(document, lines);
  } catch (error) {
    const why = error instanceof RangeError ? 'it nests too deeply' : String(error instanceof Error ? error.message : error);
    return failed({ line: 1, column: 1, message: `the file cannot be read as YAML: ${why}` });
  }
}

function fromDocument(document: Document, lines: LineCounter): ReadSource {
  const problems: SyntaxProblem[] = [];
  let syntax: SyntaxProblem | null = null;
  for (const error of document.errors) {
    const place = placeAt(lines, error.pos[0]);
    if (error.code === 'DUPLICATE_KEY') problems.push({ ...place, message: 'this key was given already in the same map' });
    // One slip of indentation makes several errors; the first is the one to mend.
    else syntax ??= { ...place, message: `not YAML: ${firstLine(error.message)}` };
  }
  if (syntax !== null) return failed(syntax);
  const value: unknown = document.toJS();
  return { source: sourceOf(document, lines, value), problems };
}

function sourceOf(document: Document, lines: LineCounter, value: unknown): SourceDocument {
  return {
    value,
    has: (path) => walk(document, path).found,
    keyPlace: (path) => placeAt(lines, walk(document, path).keyOffset),
    valuePlace: (path) => placeAt(lines, walk(document, path).valueOffset),
  };
}

/** Follows a path as far as the text goes. */
function walk(document: Document, path: Path): { found: boolean; keyOffset: number; valueOffset: number } {
  let node: unknown = document.contents;
  let keyOffset = offsetOf(node) ?? 0;
  let valueOffset = keyOffset;
  for (const step of path) {
    const container = isAlias(node) ? node.resolve(document) : node;
    if (isMap(container)) {
      const pair = container.items.find(({ key }) => isScalar(key) && String(key.value ?? '') === String(step));
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
