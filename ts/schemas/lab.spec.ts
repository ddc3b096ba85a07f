/** What an editor makes of the schema of lab files: asked through the language service of VS Code. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { getLanguageService, TextDocument } from 'vscode-json-languageservice';
import { parse } from 'yaml';
import { KIND_PROPERTIES } from '../topology/schema/node.ts';
import { labSchema } from './lab.ts';

const service = getLanguageService({});
service.configure({ schemas: [{ uri: 'lab', fileMatch: ['*'], schema: labSchema }] });

const labOf = (part: string, nodes: string): string => `{ "name": "x", "topology": { "${part}": ${nodes} } }`;

/** What is suggested where the text has a bar. */
async function suggested(text: string): Promise<readonly string[]> {
  const document = TextDocument.create('file:///x.json', 'json', 1, text.replace('|', ''));
  const position = document.positionAt(text.indexOf('|'));
  const list = await service.doComplete(document, position, service.parseJSONDocument(document));
  return (list?.items ?? []).map(({ label }) => label).sort();
}

/** What is underlined. */
async function underlined(text: string): Promise<readonly string[]> {
  const document = TextDocument.create('file:///x.json', 'json', 1, text);
  const found = await service.doValidation(document, service.parseJSONDocument(document));
  return found.map(({ message }) => String(message));
}

describe.each(Object.entries(KIND_PROPERTIES))('of a %s', (kind, properties) => {
  const expected = ['group', ...properties].sort();

  test('an editor suggests its properties alone', async () => {
    expect(await suggested(labOf('nodes', `{ "n": { "kind": "${kind}", | } }`))).toEqual(expected);
    expect(await suggested(labOf('groups', `{ "g": { "kind": "${kind}", | } }`))).toEqual(expected);
    expect(await suggested(labOf('kinds', `{ "${kind}": { | } }`))).toEqual(['kind', ...expected].sort());
  });

  test('an editor underlines what belongs to another kind', async () => {
    const stranger = kind === 'nic' ? 'platform' : 'vfs';
    expect(await underlined(labOf('nodes', `{ "n": { "kind": "${kind}", "${stranger}": 1 } }`))).toEqual([
      `Property ${stranger} is not allowed.`,
    ]);
  });
});

test('a node that takes its kind from elsewhere may have any property', async () => {
  const all = new Set(Object.values(KIND_PROPERTIES).flat());
  expect(await suggested(labOf('nodes', '{ "n": { | } }'))).toEqual(['kind', 'group', ...all].sort());
});

test('a kind that does not exist is underlined', async () => {
  expect(await underlined(labOf('nodes', '{ "n": { "kind": "swich" } }'))).toHaveLength(1);
});

test('every shipped lab fits', () => {
  const fits = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(labSchema);
  const labs = readdirSync('labs').filter((file) => file.endsWith('.lab.yml'));
  expect(labs.length).toBeGreaterThan(40);
  const wrong = labs.filter((file) => !fits(parse(readFileSync(`labs/${file}`, 'utf8'), { merge: true })));
  expect(wrong).toEqual([]);
});
