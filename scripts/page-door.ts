/**
 * The page's door to the data plane: a table for ts/page/codec/door.ts, which stands in the place of gen/dataplane/dataplane.js in a page.
 * jco's code for 130 functions would be a twentieth of a page's scripts. What the table is made of is asm/wit/dataplane.wit.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DoorTable } from '../ts/page/codec/door.ts';

/** Where the page's bundler finds what reads the table. */
const READER = './ts/page/codec/door.ts';
const WIT = fileURLToPath(new URL('../asm/wit/dataplane.wit', import.meta.url));

/** One letter for each type of number that the control door has. */
const NUMBERS: Readonly<Record<string, string>> = { u32: 'i', u64: 'l', s32: 's', bool: 'b' };
const FALLIBLE = 'result<_, error-code>';

/** Source text of a module that exports `instantiate` as gen/dataplane/dataplane.js does. */
export function doorModule(): string {
  const table = JSON.stringify(doorTable());
  return `import { instantiateOf } from '${READER}';\nexport const instantiate = instantiateOf(${table});\n`;
}

/** The control door's functions and records. @throws Error naming a line of the WIT that has a type which `instantiateOf` does not read */
export function doorTable(wit: string = readFileSync(WIT, 'utf8')): DoorTable {
  const text = wit.replaceAll(/\/\/.*$/gm, '');
  const errors = /enum error-code \{([^}]*)\}/.exec(text)?.[1] ?? '';
  const records = [...text.matchAll(/record ([\w-]+) \{([^}]*)\}/g)].map(([, name = '', fields = '']) => {
    return [camel(name), partsOf(fields).map(([field, type]) => `${camel(field)}:${numberOf(type)}`)] as const;
  });
  const names = new Set(records.map(([name]) => name));
  const functions = [...text.matchAll(/([\w-]+): func\(([^)]*)\)(?: -> ([^;]+))?;/g)].map(([, name = '', given = '', result]) => {
    return `${camel(name)} ${givenOf(given, names)} ${resultOf(result, names)}`;
  });
  return {
    errors: partsOf(errors)
      .map(([name]) => name)
      .join(),
    records: Object.fromEntries(records.map(([name, fields]) => [name, fields.join().replaceAll(':i', '')])),
    functions: functions.join(),
  };
}

/** Letters of the numbers, or the record that is the only thing given. */
function givenOf(given: string, records: ReadonlySet<string>): string {
  const types = partsOf(given).map(([, type]) => type);
  const [first = ''] = types;
  return types.length === 1 && records.has(camel(first)) ? camel(first) : types.map(numberOf).join('');
}

/** Empty for a function that may be refused, "-" for one that gives nothing back; a list begins with "*". */
function resultOf(result: string | undefined, records: ReadonlySet<string>): string {
  if (result === undefined) return '-';
  if (result === FALLIBLE) return '';
  const [, member] = /^list<(.+)>$/.exec(result) ?? [];
  const name = camel(member ?? result);
  return `${member === undefined ? '' : '*'}${records.has(name) ? name : numberOf(member ?? result)}`;
}

function partsOf(text: string): (readonly [name: string, type: string])[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').map((part) => [part.split(':')[0] ?? '', (part.split(':')[1] ?? '').trim()] as const);
}

function numberOf(type: string): string {
  const letter = NUMBERS[type];
  if (letter === undefined) throw new Error(`${WIT}: ts/page/codec/door.ts reads no ${type}`);
  return letter;
}

function camel(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
