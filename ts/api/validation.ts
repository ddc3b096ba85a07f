/**
 * Requests are checked with the schemas that /openapi.json shows. The answer lists all mistakes, not only the first: fastify stops
 * at the first part of a request that is wrong, so the other parts are checked when the answer is written.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FastifyRequest, FastifySchemaCompiler } from 'fastify';
import { checkLabName } from '../log/checks.ts';
import { parseDuration } from '../values/nanos.ts';
import { parsePace } from '../values/quantities.ts';
import { ERRORS_TOLD_MAX } from './limits.ts';
import { parseMoment } from './moment.ts';
import type { Mistake } from './problem.ts';
import type { FORMATS } from './request-schemas.ts';

/** Tests of the words in an address, each with the text of the error message. */
const WORDS: Readonly<Record<keyof typeof FORMATS, { readonly test: (text: string) => boolean; readonly expected: string }>> = {
  lab: { test: isLabName, expected: 'a lab name of 1 to 80 bytes' },
  moment: { test: (text) => parseMoment(text) !== null, expected: 'a position from 1 such as 98, or a time such as 12.5s' },
  time: { test: (text) => parseDuration(text) !== null, expected: 'a time such as 12.5s' },
  pace: { test: (text) => parsePace(text) !== null, expected: 'a pace from 0.001x to 1000x, such as 1x or 0.5x' },
  line: { test: isLine, expected: 'one line of text' },
};

/** In the order of a request. */
const PARTS = { params: 'path', querystring: 'query', headers: 'header', body: 'body' } as const;
type Part = keyof typeof PARTS;

/** Compiles schemas: an address is text and its numbers must be read from it; a body says itself what is a number. */
export function createValidators(): FastifySchemaCompiler<object> {
  const ofAddress = newAjv(true);
  const ofBody = newAjv(false);
  return ({ schema, httpPart }) => (httpPart === 'body' ? ofBody : ofAddress).compile(schema);
}

function newAjv(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ allErrors: true, verbose: true, coerceTypes, useDefaults: true, strict: false });
  for (const [name, { test }] of Object.entries(WORDS)) ajv.addFormat(name, test);
  return ajv;
}

/** All that is wrong with a request. */
export function mistakesOf(request: FastifyRequest): readonly Mistake[] {
  const values: Readonly<Record<Part, unknown>> = {
    params: request.params,
    querystring: request.query,
    headers: request.headers,
    body: request.body,
  };
  const mistakes: Mistake[] = [];
  for (const part of Object.keys(PARTS) as Part[]) {
    const validate = request.getValidationFunction(part) as ValidateFunction | undefined;
    // A body that is checked by its type has no one function; lab files tell their own mistakes.
    if (typeof validate !== 'function' || validate(values[part])) continue;
    for (const error of validate.errors ?? []) mistakes.push(mistakeOf(part, error));
  }
  return mistakes.slice(0, ERRORS_TOLD_MAX);
}

function mistakeOf(part: Part, error: ErrorObject): Mistake {
  const named = error.instancePath.slice(1) || fieldOf(error);
  return { message: explain(error), in: PARTS[part], ...(named === '' ? {} : { name: named }) };
}

function fieldOf({ params }: ErrorObject): string {
  const { additionalProperty, missingProperty } = params as Readonly<Record<string, string | undefined>>;
  return additionalProperty ?? missingProperty ?? '';
}

function explain(error: ErrorObject): string {
  const found = describe(error.data);
  switch (error.keyword) {
    case 'format':
      return `${found} is not ${WORDS[error.params['format'] as keyof typeof FORMATS].expected}`;
    case 'additionalProperties':
      return `there is no "${error.params['additionalProperty']}" here; expected ${namesOf(error)}`;
    case 'required':
      return `"${error.params['missingProperty']}" is missing`;
    default:
      return `${error.instancePath.slice(1) || 'the value'} must ${demandOf(error)}; found ${found}`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

/** The demand of a JSON Schema keyword, to be written after "must". */
function demandOf({ keyword, params, message }: ErrorObject): string {
  const { limit, type } = params as { readonly limit?: number; readonly type?: string };
  switch (keyword) {
    case 'minimum':
      return `be at least ${limit}`;
    case 'maximum':
      return `be at most ${limit}`;
    case 'minLength':
      return `have at least ${limit} character${limit === 1 ? '' : 's'}`;
    case 'maxLength':
      return `have at most ${limit} characters`;
    case 'type':
      return `be ${TYPES[type ?? ''] ?? type}`;
    default:
      return (message ?? 'be valid').replace(/^must /, '');
  }
}

function namesOf({ parentSchema }: ErrorObject): string {
  const names = Object.keys((parentSchema?.['properties'] ?? {}) as object);
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function describe(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function isLabName(text: string): boolean {
  try {
    checkLabName(text);
    return true;
  } catch {
    return false;
  }
}

/** No line ends, no other control characters: a command is recorded, and printed on terminals. */
function isLine(text: string): boolean {
  return text.trim() !== '' && !/\p{Cc}|[\u2028\u2029]|\p{Cs}/u.test(text);
}
