/** Asks an API in the same process, and holds every answer to what /openapi.json says of it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { resolved } from '../../scripts/openapi.ts';

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<'schemas' | 'parameters' | 'responses', Readonly<Record<string, object>>>>;
}

export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly schema?: object;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

export const TOKEN = 'a-token-for-tests';
export const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
const compiled = new WeakMap<object, ValidateFunction>();

const descriptions = new WeakMap<FastifyInstance, OpenApi>();

/** What /openapi.json says, with parameters and responses in their places; asked for once per server, so that what is compiled from it is compiled once. */
export async function descriptionOf(app: FastifyInstance): Promise<OpenApi> {
  let description = descriptions.get(app);
  if (description === undefined) {
    const { body } = await app.inject('/openapi.json');
    description = resolved(JSON.parse(body) as OpenApi);
    descriptions.set(app, description);
  }
  return description;
}

/** Asks, and checks status, media type and body of the answer against the description. */
export async function ask(app: FastifyInstance, request: InjectOptions): Promise<LightMyRequestResponse> {
  const response = await app.inject({ ...request });
  const path = String(request.url).split('?')[0] ?? '';
  checkAnswer(await descriptionOf(app), String(request.method ?? 'GET'), path, response);
  return response;
}

/** The same with the token. */
export function change(app: FastifyInstance, request: InjectOptions): Promise<LightMyRequestResponse> {
  return ask(app, { ...request, headers: { ...AUTHORIZED, ...request.headers } });
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export function checkAnswer(description: OpenApi, method: string, path: string, { statusCode, headers, body }: Answer): void {
  const where = `${method} ${path} ${statusCode}`;
  const operation = operationAt(description, method, path);
  const type = String(headers['content-type']).split(';')[0] ?? '';
  // What is at no address is described nowhere; its problem is one all the same.
  if (operation === undefined) {
    expect([where, type]).toEqual([where, 'application/problem+json']);
    return;
  }
  const response = operation.responses[String(statusCode)];
  if (response === undefined) throw new Error(`${where} is not described: ${body}`);
  const schema = response.content?.[type]?.schema;
  if (schema === undefined) throw new Error(`${where} answered ${type}, described are ${Object.keys(response.content ?? {})}`);
  for (const value of valuesIn(type, body)) {
    const validate = validatorOf(schema, description);
    validate(value);
    expect({ where, errors: validate.errors, value: validate.errors === null ? null : value }).toEqual({
      where,
      errors: null,
      value: null,
    });
  }
}

function operationAt({ paths }: OpenApi, method: string, path: string): Operation | undefined {
  const template = Object.keys(paths).find((known) => new RegExp(`^${known.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path));
  return paths[template ?? '']?.[method.toLowerCase()];
}

function valuesIn(type: string, body: string): readonly unknown[] {
  if (type === 'application/x-ndjson')
    return body
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  return [type.endsWith('json') ? (JSON.parse(body) as unknown) : body];
}

/** Answers refer to components of the description. */
function validatorOf(schema: object, { components }: OpenApi): ValidateFunction {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile({ ...schema, components });
    compiled.set(schema, validate);
  }
  return validate;
}
