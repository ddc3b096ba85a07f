/**
 * Checks the shape of a lab file against the schema and reports each mistake in words, at its line and column.
 *
 * Misshapen parts are then removed, so that the later stages can still check the rest: that is how one pass reports all
 * mistakes of a file. `isBroken` tells the later stages what was removed, so that they do not report its consequences.
 */
import { Ajv, type DefinedError, type ErrorObject, type ValidateFunction } from 'ajv';
import { suggestion } from '../../values/did-you-mean.ts';
import type { RawLabFile } from '../draft/raw.ts';
import type { Path, SourceDocument } from '../draft/source-document.ts';
import { FORMATS } from './formats.ts';
import { labFileSchema } from './schema.ts';

export interface ShapeProblem {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly message: string;
}

export interface Shape {
  /** The rest of the file: every value has the shape the schema asks for, but required ones may be missing. */
  readonly raw: RawLabFile;
  readonly problems: readonly ShapeProblem[];
  /** Whether a problem was reported for this very key or value. */
  isBroken(path: Path): boolean;
}

export function checkShape(source: SourceDocument): Shape {
  const validate = validator();
  const value = structuredClone(source.value);
  const problems: ShapeProblem[] = [];
  const broken = new Set<string>();
  if (!validate(value)) {
    const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames');
    for (const error of errors as DefinedError[]) {
      const problem = explain(error);
      problems.push(problem);
      broken.add(pathKey(problem.path));
    }
    // Deepest first, so that no path is walked through a hole.
    for (const { path } of problems.toSorted((a, b) => b.path.length - a.path.length)) takeOut(value, path);
  }
  return {
    raw: (isObject(value) ? value : {}) as RawLabFile,
    problems: withoutConsequences(problems),
    isBroken: (path) => broken.has(pathKey(path)),
  };
}

let compiled: ValidateFunction | null = null;

/** Compiled on first use: commands that read no lab file do not pay for it. */
function validator(): ValidateFunction {
  if (compiled !== null) return compiled;
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strict: true });
  for (const [name, test] of Object.entries(FORMATS)) ajv.addFormat(name, test);
  compiled = ajv.compile(labFileSchema);
  return compiled;
}

/** A schema as ajv hands it back with an error. */
interface Explained {
  readonly title?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
}

function explain(error: DefinedError): ShapeProblem {
  const path = fromPointer(error.instancePath);
  const schema = (error.parentSchema ?? {}) as Explained;
  const title = schema.title ?? 'something else';
  const found = describe(error.data);
  const named = (error as ErrorObject).propertyName;
  if (named !== undefined) return { path: [...path, named], at: 'key', message: nameMessage(error, named, title) };
  const wrong = (message: string): ShapeProblem => ({ path, at: 'value', message });
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = error.params.additionalProperty;
      const near = suggestion(key, Object.keys(schema.properties ?? {}));
      return { path: [...path, key], at: 'key', message: `${ownerOf(path, error.data, title)} has no property "${key}"${near}` };
    }
    case 'required': {
      const key = error.params.missingProperty;
      return { path: [...path, key], at: 'key', message: `${title} needs the property "${key}"` };
    }
    case 'type':
      return wrong(typeMessage(error.data, path, title));
    case 'enum': {
      const words = error.params.allowedValues.filter((word) => typeof word === 'string');
      const near = typeof error.data === 'string' ? suggestion(error.data, words) : '';
      return wrong(`${found} is not ${title}; expected ${words.join(', ')}${near}`);
    }
    case 'minimum':
    case 'maximum':
      return wrong(`${found} is not ${rangeOf(schema, title)}`);
    case 'minItems':
    case 'maxItems':
      return wrong(countMessage(error.data, error.keyword, error.params.limit));
    case 'maxProperties':
      return wrong(`expected at most ${error.params.limit} entries, found ${Object.keys(error.data as object).length}`);
    case 'minProperties':
      return wrong(`expected ${title}, found an empty map`);
    default:
      return wrong(`${found} is not ${title}`);
  }
}

/** "vswitch vsw1" for a node that states its kind; the title of the schema for anything else. */
function ownerOf(path: Path, data: unknown, title: string): string {
  const isNode = path.length === 3 && path[0] === 'topology' && path[1] === 'nodes';
  if (!isNode) return title;
  const kind = isObject(data) && typeof data['kind'] === 'string' ? data['kind'] : 'node';
  return `${kind} ${path[2]}`;
}

function nameMessage(error: DefinedError, name: string, title: string): string {
  const words = error.keyword === 'enum' ? error.params.allowedValues.filter((word) => typeof word === 'string') : [];
  const expected = words.length > 0 ? `; expected ${words.join(', ')}` : '';
  return `"${name}" is not ${title}${expected}${suggestion(name, words)}`;
}

function typeMessage(data: unknown, path: Path, title: string): string {
  if (typeof data === 'string' && path.length === 3 && path[1] === 'links') {
    const [a = 'r1', b = 'r2'] = data.split('-');
    return `${describe(data)} is netlab's short form, and names no two nodes, or more than two; write endpoints: ["${a}:eth1", "${b}:eth1"]`;
  }
  return `expected ${title}, found ${describe(data)}`;
}

function rangeOf({ format, minimum, maximum }: Explained, title: string): string {
  const ranged = format === undefined && !/\d/.test(title);
  if (!ranged) return title;
  return maximum === undefined ? `${title} of at least ${minimum}` : `${title} from ${minimum} to ${maximum}`;
}

function countMessage(data: unknown, keyword: 'minItems' | 'maxItems', limit: number): string {
  const count = Array.isArray(data) ? data.length : 0;
  return `expected ${keyword === 'minItems' ? 'at least' : 'at most'} ${limit} ${limit === 1 ? 'item' : 'items'}, found ${count}`;
}

/** A value as a message names it. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Of a problem with a value and problems inside it, only the first is the author's mistake. */
function withoutConsequences(problems: readonly ShapeProblem[]): ShapeProblem[] {
  const values = new Set(problems.filter(({ at }) => at === 'value').map(({ path }) => pathKey(path)));
  const seen = new Set<string>();
  return problems.filter(({ path }) => {
    for (let length = 0; length < path.length; length++) if (values.has(pathKey(path.slice(0, length)))) return false;
    return !seen.has(pathKey(path)) && seen.add(pathKey(path));
  });
}

function takeOut(root: unknown, path: Path): void {
  let container: unknown = root;
  for (const step of path.slice(0, -1)) container = isObject(container) ? container[step] : undefined;
  const last = path.at(-1);
  if (!isObject(container) || last === undefined) return;
  // A hole, not a removal: the items behind it keep their index, and so their place in the file.
  if (Array.isArray(container)) container[Number(last)] = undefined;
  else delete container[last];
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

function fromPointer(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function pathKey(path: Path): string {
  return JSON.stringify(path.map(String));
}
