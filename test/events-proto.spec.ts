/**
 * The events are written twice: as protobuf messages and as TypeScript. This compares the two, from their sources.
 */
import { readFileSync } from 'node:fs';
import type protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { FIELDS } from '../gen/proto/events.js';
import { loadProtos, messagesOf } from '../scripts/proto.ts';
import { EVENT_KINDS, type EventType } from '../ts/model/events/events.ts';

const root = await loadProtos();
const messages = messagesOf(root);
const payloads = root.lookupType('switchback.v1.Body').fieldsArray.filter((field) => field.partOf?.name === 'payload');

/** What TypeScript calls the type of a field. */
function typeScriptOf(field: protobuf.Field): string {
  const scalars: Record<string, string> = {
    string: 'string',
    bool: 'boolean',
    uint32: 'number',
    uint64: 'number',
    bytes: 'Uint8Array',
  };
  const type = scalars[field.type] ?? field.type;
  return field.repeated ? `readonly ${type}[]` : type;
}

function fieldsInProto(message: string): Record<string, string> {
  const type = root.lookupType(`switchback.v1.${message}`);
  return Object.fromEntries(type.fieldsArray.map((field) => [field.name, typeScriptOf(field)]));
}

/** The fields of one interface or one entry of EventData, as events.ts spells them. */
function fieldsInTypeScript(source: string): Record<string, string> {
  return Object.fromEntries([...source.matchAll(/readonly (\w+): ([^;}]+?)\s*[;}]/g)].map(([, name, type]) => [name, type]));
}

describe('ts/model/events/events.ts and the protos agree on', () => {
  const source = readFileSync('ts/model/events/events.ts', 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '');
  const body = /export interface EventData \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? '';
  const events = new Map([...body.matchAll(/^ {2}(\w+): \{([\s\S]*?)\};$/gm)].map(([, name = '', fields = '']) => [name, fields]));

  test('the events, in the order of their numbers', () => {
    const inOrder = [...payloads].sort((a, b) => a.id - b.id).map(({ type }) => type);
    expect(Object.keys(EVENT_KINDS)).toEqual(inOrder);
    expect([...events.keys()].sort()).toEqual([...inOrder].sort());
  });

  test.each(Object.keys(EVENT_KINDS))('the fields of %s and their types', (type) => {
    expect(fieldsInTypeScript(`${events.get(type)};`)).toEqual(fieldsInProto(type));
  });

  test('the fields of a received frame', () => {
    const fields = /export interface ReceivedFrame \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? '';
    expect(fieldsInTypeScript(fields)).toEqual(fieldsInProto('ReceivedFrame'));
  });

  test.each(Object.keys(EVENT_KINDS) as EventType[])('whether %s is an input or an outcome', (type) => {
    const kind: unknown = root.lookupType(`switchback.v1.${type}`).getOption('(kind)');
    expect(kind).toBe(`EVENT_KIND_${EVENT_KINDS[type].toUpperCase()}`);
  });
});

describe('the protos', () => {
  test('name each payload after its message', () => {
    expect(payloads.map(({ name }) => name)).toEqual(payloads.map(({ type }) => type.charAt(0).toLowerCase() + type.slice(1)));
  });

  test.each(messages.map(({ name }) => name))('use each field number and each name of %s once, from 1 or as written', (name) => {
    const { fieldsArray, reserved } = root.lookupType(`switchback.v1.${name}`);
    const ids = fieldsArray.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(fieldsArray.map((field) => field.name.toLowerCase())).size).toBe(ids.length);
    for (const id of ids)
      expect((reserved ?? []).some((range) => Array.isArray(range) && (range[0] ?? 0) <= id && id <= (range[1] ?? 0))).toBe(false);
    if (name !== 'Body') expect([...ids].sort((a, b) => a - b)).toEqual(ids.map((_, index) => index + 1 + (reserved ?? []).length));
  });

  test('mark every payload, and nothing else, as input or outcome', () => {
    const marked = messages.filter((message) => message.getOption('(kind)') !== undefined).map(({ name }) => name);
    expect(marked.sort()).toEqual(payloads.map(({ type }) => type).sort());
  });

  test('are what gen/proto was generated from', () => {
    const fresh = messages.map(({ name, fieldsArray }) => [
      name,
      Object.fromEntries(fieldsArray.map((field) => [field.name, field.repeated ? `${field.type}[]` : field.type])),
    ]);
    expect(FIELDS, 'run: npx tsx scripts/proto.ts').toEqual(Object.fromEntries(fresh));
  });
});
