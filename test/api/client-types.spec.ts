/** The types of the command line's client are made from /openapi.json: they say what it says, and they are those in gen/. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { operationsText, typeOf } from '../../scripts/api-client.ts';
import { createApi } from '../../ts/api/api.ts';
import { TOKEN } from './answers.ts';
import { FakeService } from './fake-service.ts';

const app = createApi(new FakeService(), { token: TOKEN });
afterAll(() => app.close());

test('the generated types are those of the document', async () => {
  const { body } = await app.inject('/openapi.json');
  expect(readFileSync('gen/api/operations.ts', 'utf8')).toBe(operationsText(JSON.parse(body)));
});

describe('a schema becomes a type:', () => {
  test.each([
    [{ type: 'string' }, 'string'],
    [{ type: ['integer', 'null'], minimum: 0 }, 'number | null'],
    [{ const: 'done' }, '"done"'],
    [{ enum: ['up', 'down'] }, '"up" | "down"'],
    [{ $ref: '#/components/schemas/Flow' }, "Schemas['Flow']"],
    [{ type: 'array', items: { enum: [1, 2] } }, 'readonly (1 | 2)[]'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string | null'],
    [
      { type: 'object', required: ['lab'], properties: { lab: { type: 'string' }, 'at-ns': { type: 'integer' } } },
      '{ readonly "lab": string; readonly "at-ns"?: number; }',
    ],
    [
      { allOf: [{ $ref: '#/components/schemas/A' }], properties: { b: { type: 'boolean' } } },
      '(Schemas[\'A\']) & ({ readonly "b"?: boolean; })',
    ],
    [{ type: 'object' }, 'Readonly<Record<string, unknown>>'],
    [{}, 'unknown'],
  ])('%j', (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });
});
