/**
 * The document at /openapi.json: what fastify makes of the routes, with everything that stands in it more than once said once, as a
 * component, and in its shortest spelling. A reader loses nothing: a reference means what it refers to.
 */
import { canonicalJson } from '../values/canonical-json.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, problemKind } from './problem.ts';
import { commonOf } from './schemas.ts';
import { SHARED_SCHEMAS } from './shared-schemas.ts';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [name: string]: Json;
}

interface Operation extends JsonObject {
  readonly parameters: readonly JsonObject[];
  readonly responses: Readonly<Record<string, JsonObject>>;
}

const PARAMETERS = '#/components/parameters/';
const RESPONSES = '#/components/responses/';
const SCHEMAS = '#/components/schemas/';

/** @param written the document as @fastify/swagger writes it */
export function descriptionOf(written: object): object {
  const { paths, components, ...rest } = tidied(written as JsonObject) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: Readonly<Record<string, JsonObject>>;
  };
  const shared = Object.entries(SHARED_SCHEMAS).map(([name, schema]): [string, Json] => [name, tidied(schema as Json)]);
  const names = new Map(shared.map(([name, schema]) => [canonicalJson(schema), name]));
  // Data of events have no descriptions.
  names.set(canonicalJson(without(tidied(SHARED_SCHEMAS.Mac as Json) as JsonObject, 'description')), 'Mac');
  const share = (value: Json): Json => referring(value, names);
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const parameters = sharedParameters(operations);
  const responses = new Map<string, JsonObject>();
  const short = (operation: Operation): Json => ({
    ...(share(without(operation, 'parameters', 'responses')) as JsonObject),
    ...(operation.parameters === undefined ? {} : { parameters: operation.parameters.map((one) => parameters.refer(one)) }),
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, one]) => [status, referred(one, responses, share)]),
    ),
  });
  const own = shared.map(([name, schema]) => [name, inside(schema, share)]);
  const others = Object.entries(components['schemas'] ?? {}).map(([name, schema]) => [name, inside(schema, share)]);
  return {
    ...rest,
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, methods]) => [
        path,
        Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, short(operation)])),
      ]),
    ),
    components: {
      ...components,
      parameters: parameters.components,
      responses: Object.fromEntries([...responses].sort(([a], [b]) => (a < b ? -1 : 1))),
      schemas: Object.fromEntries([...others, ...own]),
    },
  };
}

// ── Spelling ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The same in fewer words: one value is a `const`, a type beside its values says nothing, null is a type like others. */
function tidied(value: Json): Json {
  if (Array.isArray(value)) return value.map(tidied);
  if (!isObject(value)) return value;
  const tidy = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, tidied(one)]));
  const { enum: values, type, anyOf, required, $ref, ...rest } = tidy;
  // As routes refer to a component.
  if (typeof $ref === 'string' && $ref.endsWith('#')) return { $ref: SCHEMAS + $ref.slice(0, -1) };
  if (required === false) return tidied(without(tidy, 'required'));
  if (Array.isArray(values) && values.length === 1) return { ...rest, const: values[0] ?? null };
  if (Array.isArray(values) && type === 'string') return { ...rest, enum: values };
  const nullable = Array.isArray(anyOf) && Object.keys(tidy).length <= 2 ? orNull(anyOf, rest) : null;
  return nullable ?? tidy;
}

/** `anyOf` of something simple and null, as one type of two. */
function orNull([one, other, ...more]: readonly Json[], beside: JsonObject): Json | null {
  if (more.length > 0 || !isObject(one) || !isObject(other)) return null;
  const { type, ...limits } = one;
  const isSimple = typeof type === 'string' && !['object', 'array'].includes(type) && canonicalJson(other) === '{"type":"null"}';
  return isSimple && !('const' in limits) ? { ...limits, ...beside, type: [type, 'null'] } : null;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function without(value: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

// ── Sharing ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** With a reference wherever one of the named schemas stands. */
function referring(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((one) => referring(one, names));
  if (!isObject(value)) return value;
  const name = names.get(canonicalJson(value));
  if (name !== undefined) return { $ref: SCHEMAS + name };
  return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, referring(one, names)]));
}

/** A component refers to others, and not to itself. */
function inside(schema: Json, share: (value: Json) => Json): Json {
  if (!isObject(schema)) return schema;
  return Object.fromEntries(Object.entries(schema).map(([field, one]) => [field, share(one)]));
}

/** Parameters that more than one operation has are components of their own name. */
function sharedParameters(operations: readonly Operation[]): {
  readonly components: JsonObject;
  readonly refer: (parameter: JsonObject) => JsonObject;
} {
  const uses = new Map<string, number>();
  for (const { parameters = [] } of operations) {
    for (const one of parameters) uses.set(canonicalJson(one), (uses.get(canonicalJson(one)) ?? 0) + 1);
  }
  const components = new Map<string, JsonObject>();
  for (const one of operations.flatMap(({ parameters = [] }) => parameters)) {
    const name = String(one['name']);
    // Of two that differ and have one name, the second stands where it is.
    if ((uses.get(canonicalJson(one)) ?? 0) > 1 && !components.has(name)) components.set(name, one);
  }
  const names = new Map([...components].map(([name, one]) => [canonicalJson(one), name]));
  return {
    components: Object.fromEntries(components),
    refer: (one) => {
      const name = names.get(canonicalJson(one));
      return name === undefined ? one : { $ref: PARAMETERS + name };
    },
  };
}

/** A problem is a component; other answers stand where they are. */
function referred(response: JsonObject, components: Map<string, JsonObject>, share: (value: Json) => Json): JsonObject {
  const short = share(response) as JsonObject;
  const { content } = short as { readonly content?: JsonObject };
  if (content === undefined || Object.keys(content).join() !== PROBLEM_MEDIA_TYPE) return short;
  const name = problemName(content[PROBLEM_MEDIA_TYPE] as JsonObject);
  components.set(name, short);
  return { $ref: RESPONSES + name };
}

/** That of its status where any request may have it, or of the kinds that it may be: 400, NoSuchLabOrNoSuchPart. */
function problemName({ schema }: JsonObject): string {
  const [, { properties }] = (schema as unknown as { readonly allOf: readonly [JsonObject, { readonly properties: JsonObject }] })
    .allOf;
  const type = properties['type'] as JsonObject;
  const types = 'const' in type ? [type['const']] : (type['enum'] as readonly Json[]);
  const kinds = types.flatMap((one) => problemKind(one) ?? []);
  const [first] = kinds;
  if (first !== undefined && String(kinds) === String(commonOf(PROBLEMS[first].status))) return String(PROBLEMS[first].status);
  return kinds.map(pascal).join('Or');
}

function pascal(kind: string): string {
  return kind.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
