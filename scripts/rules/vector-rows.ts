/**
 * Vectors are rows that a test must agree with. Here every row of every file of test/vectors/ is matched with the tests that take it up: one
 * that none takes up is a fault, unless it is listed with the subject it waits for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestIndex } from './report.ts';

/** A table of a vector file, which is an array, or an object whose keys are rows. */
export interface VectorTable {
  readonly file: string;
  /** Keys that lead to it: "scenarios", "max_vfs", "grounded.ovs_to_dpdk". */
  readonly at: string;
  /** What a row is called, with its fields in braces: "{id}"; {key} and {value} of an object's rows, {index} of an array's. */
  readonly row?: string;
  /** Places of the tests that take up every row, with its fields in braces. */
  readonly tests?: readonly string[];
  /** Rows that other tests take up. */
  readonly except?: Readonly<Record<string, readonly string[]>>;
  /** Rows that no test takes up yet, by name, or "*": with the subject that they wait for. */
  readonly waits?: Readonly<Record<string, string>>;
  /** Of what is no table of rows: what it is. */
  readonly says?: string;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Everything that is wrong with the tables of test/rules/vector-rows.json; empty when every row is taken up. */
export function vectorFaults(folder: string, tables: readonly VectorTable[], tests: TestIndex | null): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().flatMap((file) => {
    const vectors = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, Json>;
    const own = tables.filter((table) => table.file === file);
    return [...unlisted(file, vectors, own), ...own.flatMap((table) => tableFaults(table, valueAt(vectors, table.at), tests))];
  });
}

/** Parts of a file that no table is about. Texts and numbers at the top are remarks. */
function unlisted(file: string, vectors: Record<string, Json>, tables: readonly VectorTable[]): readonly string[] {
  const parts = Object.entries(vectors).filter(([, value]) => typeof value === 'object' && value !== null);
  return parts.flatMap(([key, value]) => {
    if (tables.some(({ at }) => at === key)) return [];
    const isInside = tables.some(({ at }) => at.startsWith(`${key}.`));
    if (!isInside) return [`${file}#${key}: is in no table of test/rules/vector-rows.json`];
    return unlistedInside(`${file}#${key}`, key, value as Record<string, Json>, tables);
  });
}

function unlistedInside(
  place: string,
  key: string,
  value: Record<string, Json>,
  tables: readonly VectorTable[],
): readonly string[] {
  const inner = Object.entries(value).filter(([, one]) => typeof one === 'object' && one !== null);
  return inner
    .filter(([name]) => !tables.some(({ at }) => at === `${key}.${name}`))
    .map(([name]) => `${place}.${name}: is in no table of test/rules/vector-rows.json`);
}

function valueAt(vectors: Json, at: string): Json | undefined {
  let value: Json | undefined = vectors;
  for (const key of at.split('.')) value = (value as Record<string, Json> | undefined)?.[key];
  return value;
}

function tableFaults(table: VectorTable, value: Json | undefined, tests: TestIndex | null): readonly string[] {
  const place = `${table.file}#${table.at}`;
  if (value === undefined || value === null || typeof value !== 'object') return [`${place}: there is no such table`];
  if (table.says !== undefined) return [];
  const rows = rowsOf(value).map((fields) => ({ fields, name: fill(table.row ?? '{index}', fields) }));
  const names = new Set(rows.map(({ name }) => name));
  const lost = [...Object.keys(table.except ?? {}), ...Object.keys(table.waits ?? {})].filter(
    (name) => name !== '*' && !names.has(name),
  );
  return [...lost.map((name) => `${place}: has no row ${name}`), ...rows.flatMap((row) => rowFaults(table, row, tests))];
}

function rowFaults(
  table: VectorTable,
  row: { readonly fields: Fields; readonly name: string },
  tests: TestIndex | null,
): readonly string[] {
  const { name, fields } = row;
  if (table.waits?.[name] !== undefined || table.waits?.['*'] !== undefined) return [];
  const place = `${table.file}#${table.at} ${name}`;
  const wanted = table.except?.[name] ?? table.tests ?? [];
  if (wanted.length === 0) return [`${place}: no test takes it up`];
  if (tests === null) return [];
  return wanted
    .map((test) => fill(test, fields))
    .flatMap((test) => (tests.at(test).length > 0 ? [] : [`${place}: no such test: ${test}`]));
}

type Fields = Readonly<Record<string, Json>>;

function rowsOf(value: readonly Json[] | { readonly [key: string]: Json }): readonly Fields[] {
  const rows: readonly (readonly [string, Json])[] = Object.entries(value);
  return rows.map(([key, row]) => {
    const own = typeof row === 'object' && row !== null && !Array.isArray(row) ? (row as Fields) : { value: row };
    return { key, index: key, ...own };
  });
}

function fill(template: string, fields: Fields): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => (fields[name] === undefined ? '' : String(fields[name])));
}
