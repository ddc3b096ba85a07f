/** Hostile calls, generated from what /openapi.json says of each operation: parameters and bodies that fit, nearly fit, or do not. */
import { hostileLab } from './hostile-text.ts';
import type { Random } from './random.ts';
import type { Call } from './server.ts';

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
}

export interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses: Readonly<Record<string, object>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface HostileCall extends Call {
  /** Statuses that the document names; null for an address or a method that it does not have. */
  readonly documented: readonly string[] | null;
  /** Whether the answer has no end. */
  readonly isStream: boolean;
}

const LABS = ['h1', 'h2', 'h3', 'constructor', '__proto__', 'toString'];
const WORDS = [
  '',
  ' ',
  '-1',
  '0',
  '1',
  '98',
  '12.5s',
  '1e9',
  '9007199254740993',
  'NaN',
  'true',
  'null',
  '__proto__',
  '../..',
  '%00',
  '\u0000',
  '\u202e',
  '日本',
  'x'.repeat(2000),
  '{}',
  '[]',
  "'",
  '"',
  '<script>',
  '*',
];
const COMMANDS = [
  'step 1s',
  'step 50ms',
  'crash fw1',
  'power-on fw1',
  'link down fw1:eth1',
  'link up fw1:eth1',
  'crsh',
  'step',
  'step -1s',
  'step 1',
  'crash __proto__',
  'set constructor promiscuous accept',
  'impair fw1:eth1 loss 200%',
];
const MOMENTS = ['1', '5', '12.5s', '0s', '400ms', '-1s', '1e9', '9007199254740993'];
const PACES = ['1x', '0.1x', '0x', '-1x', '1e3x', 'x', '99999x'];
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];
const TYPES = [
  'application/json',
  'application/yaml',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  '///',
  '',
];
const DEPTH_MAX = 2000;

/** @param labs texts of lab files, for bodies that are one. */
export function hostileCall(random: Random, api: OpenApi, labs: readonly string[]): HostileCall {
  const [template, operations] = random.pick(Object.entries(api.paths));
  const [verb, operation] = random.pick(Object.entries(operations));
  const isForeign = random.chance(6);
  const method = isForeign ? random.pick(METHODS) : verb.toUpperCase();
  const parameters = operation.parameters ?? [];
  const path = template.replace(/\{(\w+)\}/g, () => encodeURIComponent(random.chance(80) ? random.pick(LABS) : random.pick(WORDS)));
  const query = parameters
    .filter((one) => one.in === 'query' && random.chance(60))
    .map(({ name, schema }) => `${encodeURIComponent(name)}=${encodeURIComponent(textFor(random, schema ?? {}))}`);
  if (random.chance(5)) query.push(`${encodeURIComponent(random.pick(WORDS))}=${encodeURIComponent(random.pick(WORDS))}`);
  const own = parameters.filter((one) => one.in === 'header' && random.chance(50));
  const headers = Object.fromEntries(own.map(({ name, schema }) => [name, headerOf(textFor(random, schema ?? {}))]));
  const body =
    method === 'GET' || method === 'HEAD' || (operation.requestBody === undefined && random.chance(80))
      ? null
      : bodyOf(random, operation, labs);
  return {
    method,
    path: query.length === 0 ? path : `${path}?${query.join('&')}`,
    headers: { ...headers, ...(body === null || body.type === '' ? {} : { 'content-type': body.type }) },
    ...(body === null ? {} : { body: body.text }),
    documented: isForeign || /\{\w+\}/.test(path) ? null : Object.keys(operation.responses),
    isStream: template.endsWith('/stream') && method === 'GET',
  };
}

function textFor(random: Random, { type, format, minimum = 0, maximum = 100 }: Schema): string {
  if (random.chance(30)) return random.pick(WORDS);
  if (format === 'moment') return random.pick(MOMENTS);
  if (format === 'pace') return random.pick(PACES);
  if (type === 'boolean') return random.pick(['true', 'false', '1', 'yes']);
  if (type === 'number' || type === 'integer') {
    return `${random.pick([minimum, Math.min(maximum, minimum + random.below(20)), minimum - 1, maximum + 1, 0.5])}`;
  }
  return random.pick([...WORDS, `id-${random.below(1000)}`]);
}

/** A header holds no line end and nothing beyond Latin-1: the sending side refuses those itself. */
function headerOf(text: string): string {
  return text.replaceAll(/[^\x20-\xff]/g, '?');
}

function bodyOf(
  random: Random,
  { requestBody }: Operation,
  labs: readonly string[],
): { readonly type: string; readonly text: string } {
  const types = Object.entries(requestBody?.content ?? {});
  if (types.length === 0 || random.chance(10)) return { type: random.pick(TYPES), text: random.pick(WORDS) };
  const [type, { schema }] = random.pick(types);
  const declared = random.chance(90) ? type : random.pick(TYPES);
  if (schema?.properties !== undefined) return { type: declared, text: jsonOf(random, schema) };
  const lab = random.chance(30) ? random.pick(labs) : hostileLab(random, labs);
  // The name of most is the one in the address, so that they are not refused for it.
  const named = random.chance(80) ? lab.replace(/^name: .*$/m, `name: ${random.pick(LABS)}`) : lab;
  return { type: declared, text: random.chance(10) ? deep(random) : named };
}

function jsonOf(random: Random, { properties = {} }: Schema): string {
  if (random.chance(8)) return deep(random);
  if (random.chance(8))
    return random.pick(['', '{', '[]', 'null', '"', '{"command":', '{"command":"step 1s"}}', '{"__proto__":{"x":1}}']);
  const value: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) {
    if (random.chance(95))
      value[name] = random.chance(70)
        ? random.pick(COMMANDS)
        : random.pick<unknown>([...WORDS, 1, null, true, [], {}, ['step 1s']]);
  }
  if (random.chance(10)) value[random.pick(WORDS)] = random.pick(WORDS);
  return JSON.stringify(value);
}

function deep(random: Random): string {
  const levels = random.between(2, DEPTH_MAX);
  return random.chance(50) ? `${'['.repeat(levels)}${']'.repeat(levels)}` : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}
