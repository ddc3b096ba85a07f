/** Writes gen/api/operations.ts: what /openapi.json says, as types for a client, and the method and address of each operation. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LabService } from '../ts/services/living/lab-service.ts';
import { resolved } from './openapi.ts';

interface Schema {
  readonly [keyword: string]: unknown;
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>>;
}

interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const OUT = new URL('../gen/api/', import.meta.url);

/** The text of gen/api/operations.ts. */
export function operationsText(document: Api): string {
  const { paths, components } = resolved(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
  const schemas = Object.entries(components['schemas'] ?? {}).map(([name, schema]) => `  ${name}: ${typeOf(schema as Schema)};\n`);
  const types = operations.map((one) => `  ${one.operationId}: ${operationType(one)};\n`);
  const rows = operations.map(({ operationId, method, path }) => `  ${operationId}: ['${method}', '${path}'],\n`);
  return `// Generated from the routes of ts/api by scripts/api-client.ts. Do not edit.

/** What answers are made of. */
export interface Schemas {
${schemas.join('')}}

/** What each operation takes and answers. */
export interface Operations {
${types.join('')}}

/** Method and address of each operation. */
export const OPERATIONS = {
${rows.join('')}} as const satisfies { readonly [name in keyof Operations]: readonly [method: string, path: string] };
`;
}

function operationType({ parameters = [], requestBody, responses }: Operation): string {
  const of = (place: string): string => {
    const own = parameters.filter((one) => one.in === place);
    const fields = own.map(({ name, required, schema }) => field(name, required === true, schema));
    return `{ ${fields.join(' ')} }`;
  };
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => `'${type}': ${typeOf(schema)};`);
  const answers = Object.entries(responses).map(([status, { content }]) => {
    const kinds = Object.entries(content).map(([type, { schema }]) => (type.endsWith('json') ? typeOf(schema) : 'unknown'));
    return `${status}: ${union(kinds)};`;
  });
  return `{ path: ${of('path')}; query: ${of('query')}; body: { ${bodies.join(' ')} }; answers: { ${answers.join(' ')} } }`;
}

/** The TypeScript type of what a schema allows. What no type can say (limits, patterns) is left out. */
export function typeOf(schema: Schema): string {
  const { $ref, const: one, enum: values, type, anyOf, oneOf, allOf, items } = schema;
  if (typeof $ref === 'string') return `Schemas['${$ref.split('/').at(-1)}']`;
  if ('const' in schema) return JSON.stringify(one);
  if (Array.isArray(values)) return union(values.map((value) => JSON.stringify(value)));
  const choices = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  const parts = ((allOf ?? []) as readonly Schema[]).map(typeOf);
  if (choices !== undefined) parts.push(union(choices.map(typeOf)));
  if ('properties' in schema) parts.push(objectType(schema));
  if (parts.length > 0) return parts.length === 1 ? (parts[0] ?? '') : parts.map((part) => `(${part})`).join(' & ');
  if (Array.isArray(type)) return union(type.map((name: string) => typeOf({ ...schema, type: name })));
  if (type === 'array') return `readonly (${typeOf((items ?? {}) as Schema)})[]`;
  if (type === 'object') return 'Readonly<Record<string, unknown>>';
  return SIMPLE[String(type)] ?? 'unknown';
}

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

function objectType({ properties, required = [] }: Schema): string {
  const fields = Object.entries(properties as Readonly<Record<string, Schema>>);
  return `{ ${fields.map(([name, one]) => field(name, (required as readonly string[]).includes(name), one)).join(' ')} }`;
}

function field(name: string, isRequired: boolean, schema: Schema): string {
  return `readonly ${JSON.stringify(name)}${isRequired ? '' : '?'}: ${typeOf(schema)};`;
}

function union(types: readonly string[]): string {
  return types.length === 0 ? 'never' : [...new Set(types)].join(' | ');
}

/** Writes the file; the API that it is made from has no labs and listens nowhere. */
export async function buildApiClient(): Promise<void> {
  const { createApi } = await import('../ts/api/api.ts');
  const app = createApi({ log: {}, snapshots: {} } as LabService, { token: 'none' });
  const { body } = await app.inject('/openapi.json');
  await app.close();
  mkdirSync(OUT, { recursive: true });
  writeFileSync(new URL('operations.ts', OUT), operationsText(JSON.parse(body) as Api));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildApiClient();
