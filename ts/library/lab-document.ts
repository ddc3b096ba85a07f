/**
 * A lab file in the making: the plain data that a text would hold, and for each part the call that wrote it.
 *
 * The reader of lab files reads it as it reads a text, so a lab built with verbs obeys the same rules and gives the same chain. Findings
 * name the call and the path in its argument, because there is no line. A lab may also begin as a text; what calls add lies over it.
 */
import { stringify } from 'yaml';
import type { Finding } from '../topology/draft/finding.ts';
import { LAB_FILE_DEPTH_MAX, LAB_FILE_TOKEN_CHARACTERS_MAX } from '../topology/draft/limits.ts';
import { type Path, type Place, readSource, type SourceDocument } from '../topology/draft/source-document.ts';
import { LabInvalid } from './errors.ts';

/** Where a lab begins: a name, or the text of a lab file and the name that findings give it. */
export type LabOrigin = string | { readonly text: string; readonly file?: string };

type Container = Record<string, unknown> | unknown[];

interface Call {
  /** "addHost('h1')" */
  readonly text: string;
  readonly number: number;
}

export class LabDocument {
  readonly file: string;
  readonly #value: Record<string, unknown>;
  /** Calls by what they wrote (`keyOf`). */
  readonly #calls = new Map<string, Call>();
  readonly #first: Call;
  readonly #text: string | null;
  readonly #base: SourceDocument | null;
  readonly #syntax: readonly Finding[];
  #numbers = 1;

  /** @throws LabInvalid when a text is no YAML. */
  constructor(origin: LabOrigin) {
    if (typeof origin === 'string') {
      this.file = 'lab';
      this.#first = { text: `new Lab(${quoted(origin)})`, number: 0 };
      [this.#text, this.#base, this.#syntax] = [null, null, []];
      this.#value = { name: origin, topology: { nodes: {}, links: [] } };
      return;
    }
    const { text, file = 'lab.yml' } = origin;
    this.file = file;
    this.#first = { text: 'new Lab({ text })', number: 0 };
    const { source, problems } = readSource(text);
    this.#syntax = problems.map((problem): Finding => ({ file, severity: 'error', ...problem }));
    if (source === null) throw new LabInvalid(this.#syntax);
    [this.#text, this.#base] = [text, source];
    const { value } = source;
    this.#value = isMap(value) ? (plain(value, 'the file') as Record<string, unknown>) : {};
    this.#numbers = text.split('\n').length;
  }

  /** A copy that can be changed on its own. */
  copy(): LabDocument {
    const copy = new LabDocument(this.#text === null ? String(this.#value['name']) : { text: this.#text, file: this.file });
    for (const key of Object.keys(copy.#value)) delete copy.#value[key];
    Object.assign(copy.#value, structuredClone(this.#value));
    for (const [path, call] of this.#calls) copy.#calls.set(path, call);
    copy.#numbers = this.#numbers;
    return copy;
  }

  get name(): string {
    return String(this.#value['name'] ?? '');
  }

  /** What the file would hold at a path; undefined where it holds nothing. */
  get(path: Path): unknown {
    let value: unknown = this.#value;
    for (const step of path) {
      value = typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
    }
    return value;
  }

  /**
   * Writes a value, as a call does.
   * @param call the call as its author would recognise it, "addHost('h1')".
   * @throws TypeError when the value holds what no file can say (a function, a bigint); RangeError when it nests too deep or a text is too long.
   */
  set(path: Path, value: unknown, call: string): void {
    let container: Container = this.#value;
    for (const [index, step] of path.slice(0, -1).entries()) {
      const inner: unknown = Reflect.get(container, step);
      const made: Container = inner !== null && typeof inner === 'object' ? (inner as Container) : emptyFor(path[index + 1]);
      if (made !== inner) define(container, step, made);
      container = made;
    }
    define(container, path.at(-1) ?? '', plain(value, call));
    this.#calls.set(keyOf(path), { text: call, number: this.#numbers++ });
  }

  /** Takes out what no longer belongs there. */
  remove(key: string): void {
    delete this.#value[key];
  }

  /** Appends to a list; returns the index. */
  push(path: Path, value: unknown, call: string): number {
    const list = this.get(path);
    const index = Array.isArray(list) ? list.length : 0;
    this.set([...path, index], value, call);
    return index;
  }

  /** Mistakes of the text that are none of its values: a key that is there twice. */
  get syntax(): readonly Finding[] {
    return this.#syntax;
  }

  /** As the reader of lab files takes it. */
  source(): SourceDocument {
    return {
      value: this.#value,
      has: (path) => this.get(path) !== undefined,
      keyPlace: (path) => this.#placeOf(path) ?? this.#base?.keyPlace(path) ?? placeIn(this.#first, path),
      valuePlace: (path) => this.#placeOf(path) ?? this.#base?.valuePlace(path) ?? placeIn(this.#first, path),
    };
  }

  /** The lab as the text of a lab file: as it was read where nothing was added, else written anew (comments are lost). */
  toYaml(): string {
    if (this.#text !== null && this.#calls.size === 0) return this.#text;
    return stringify(this.#value, { version: '1.2', lineWidth: 0 });
  }

  #placeOf(path: Path): Place | null {
    for (let length = path.length; length > 0; length--) {
      const call = this.#calls.get(keyOf(path.slice(0, length)));
      if (call !== undefined) return placeIn(call, path.slice(length));
    }
    return null;
  }
}

function placeIn({ text, number }: Call, rest: Path): Place {
  return { line: number, column: 0, call: rest.length === 0 ? text : `${text} ${rest.join('.')}` };
}

/** The reader writes indices of lists as numbers or as text. */
function keyOf(path: Path): string {
  return JSON.stringify(path.map(String));
}

/** A word as a call would write it: 'h1'. */
export function quoted(word: string): string {
  return `'${word.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function emptyFor(step: string | number | undefined): Container {
  return typeof step === 'number' ? [] : {};
}

/** Any name is a key like any other, "__proto__" too. */
function define(container: Container, key: string | number, value: unknown): void {
  Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy that holds what a text can hold; properties that are undefined are left out. @throws TypeError, RangeError */
function plain(value: unknown, place: string, depth = 0): unknown {
  if (depth > LAB_FILE_DEPTH_MAX) throw new RangeError(`${place}: expected at most ${LAB_FILE_DEPTH_MAX} levels`);
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${place}.${index}`, depth + 1));
  if (isMap(value)) {
    const copy: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value)) {
      if (inner !== undefined) define(copy, key, plain(inner, depth === 0 ? `${place} ${key}` : `${place}.${key}`, depth + 1));
    }
    return copy;
  }
  if (typeof value === 'string' && value.length > LAB_FILE_TOKEN_CHARACTERS_MAX) {
    throw new RangeError(
      `${place}: expected at most ${LAB_FILE_TOKEN_CHARACTERS_MAX} characters in one text; found ${value.length}`,
    );
  }
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  throw new TypeError(`${place}: expected text, a number, on or off, a list or a map; found a ${typeof value}`);
}
