import { describe, expect, test } from 'vitest';
import { labFileSchema } from './schema.ts';

interface Visited {
  readonly path: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

function visit(schema: unknown, path = ''): Visited[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const here = schema as Record<string, unknown>;
  const properties = Object.entries((here['properties'] ?? {}) as Record<string, unknown>);
  return [
    { path, schema: here },
    ...properties.flatMap(([name, child]) => visit(child, `${path}/${name}`)),
    ...Object.values((here['patternProperties'] ?? {}) as Record<string, unknown>).flatMap((child) => visit(child, `${path}/~`)),
    ...['items', 'additionalProperties'].flatMap((key) => visit(here[key], `${path}/*`)),
  ];
}

describe('the schema of lab files', () => {
  const all = visit(labFileSchema);

  test('says of every value what it means and what a message calls it', () => {
    const silent = all.filter(({ schema }) => typeof schema['description'] !== 'string' || typeof schema['title'] !== 'string');
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('is closed: no map takes keys it does not know, unless its keys are names', () => {
    const maps = all.filter(({ schema }) => 'properties' in schema);
    expect(maps.filter(({ schema }) => schema['additionalProperties'] !== false).map(({ path }) => path)).toEqual([]);
    expect(maps.length).toBeGreaterThan(15);
  });

  test('is plain JSON of draft-07, as editors read it', () => {
    expect(labFileSchema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(JSON.parse(JSON.stringify(labFileSchema))).toEqual(labFileSchema);
  });
});
