/**
 * The events are written once, in proto/switchback/v1/events.proto; everything else about them is generated from it. What is
 * generated is current, and a field or an event that is added to a copy of the proto is found in all of it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIELDS } from '../gen/proto/events.js';
import { rulesIn } from '../scripts/events/source.ts';
import { buildEvents, eventFiles } from '../scripts/events.ts';
import { loadProtos, messagesOf } from '../scripts/proto.ts';
import { EVENT_KINDS, type EventType } from '../ts/model/events/events.ts';
import { RULES } from '../ts/rules/rules.ts';

const PROTO = 'proto/switchback/v1/events.proto';
const root = loadProtos();
const messages = messagesOf(root);
const payloads = root.lookupType('switchback.v1.Body').fieldsArray.filter((field) => field.partOf?.name === 'payload');

describe('what is generated', () => {
  test('is current: gen/events/ and docs/events.md (npx tsx scripts/events.ts)', () => {
    for (const [path, text] of eventFiles()) expect([path, readFileSync(path, 'utf8')]).toEqual([path, text]);
  });

  test('knows the events in the order of their numbers', () => {
    const inOrder = [...payloads].sort((a, b) => a.id - b.id).map(({ type }) => type);
    expect(Object.keys(EVENT_KINDS)).toEqual(inOrder);
  });

  test.each(Object.keys(EVENT_KINDS) as EventType[])('says whether %s is an input or an outcome', (type) => {
    const kind: unknown = root.lookupType(`switchback.v1.${type}`).getOption('(kind)');
    expect(kind).toBe(`EVENT_KIND_${EVENT_KINDS[type].toUpperCase()}`);
  });

  test('names only rules that the rules page knows', () => {
    const known = new Set(RULES.map(({ id }) => id));
    expect(rulesIn(readFileSync(PROTO, 'utf8')).filter((id) => !known.has(id))).toEqual([]);
  });

  test('spells out a range of rules', () => {
    expect(rulesIn('rules IOM-02 to IOM-04, and MAC-09')).toEqual(['IOM-02', 'IOM-03', 'IOM-04', 'MAC-09']);
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

describe('in a copy of the proto', () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'switchback-events-'));
    cpSync('proto', join(copy, 'proto'), { recursive: true });
    // protobufjs and the sources that it is compiled against.
    symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
    symlinkSync(join(process.cwd(), 'ts'), join(copy, 'ts'));
    cpSync('scripts', join(copy, 'scripts'), { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  const read = (path: string): string => readFileSync(join(copy, path), 'utf8');

  /** Changes the copy's proto from what is written; each pair must be found. */
  function edit(...pairs: readonly (readonly [find: string, put: string])[]): void {
    let text = readFileSync(PROTO, 'utf8');
    for (const [find, put] of pairs) {
      expect(text.split(find)).toHaveLength(2);
      text = text.replace(find, () => put);
    }
    writeFileSync(join(copy, PROTO), text);
  }

  /** Runs the copy's own generator, as a developer would. */
  function generate(): void {
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/events.ts'], {
      cwd: copy,
      encoding: 'utf8',
    });
    expect([status, stderr.slice(0, 2000)]).toEqual([0, expect.any(String)]);
  }

  const NEW_FIELD = '  // Whether it has run before.\n  bool restarted = 3;\n}\n\n// An interface lost or got';
  const NEW_EVENT = `
// A session was made (rule VSW-06).
// Cause: the event that sent its first packet.
message SessionMade {
  option (kind) = EVENT_KIND_OUTCOME;
  option (subject) = SUBJECT_SESSION;
  string node = 1;
  // Which protocol.
  string protocol = 2 [
    (values) = "tcp",
    (values) = "udp"
  ];
  // Until it ends without a packet.
  uint64 timeout_ns = 3;
}
`;
  const ADDED = [
    ['}\n\n// An interface lost or got', NEW_FIELD],
    ['\n// A firewall decided which MAC', `${NEW_EVENT}\n// A firewall decided which MAC`],
    [
      '    VfLinkReported vf_link_reported = 117;',
      '    VfLinkReported vf_link_reported = 117;\n    SessionMade session_made = 199;',
    ],
  ] as const;

  describe('a new field and a new event are found in', () => {
    beforeAll(() => {
      edit(...ADDED);
      generate();
    });

    test('the types, which a program compiles against', () => {
      const use = `import type { EventData } from './gen/events/types.ts';
        import { EVENT_KINDS } from './gen/events/kinds.ts';
        import './gen/events/fields.ts';
        export const power: EventData['NodePowerChanged'] = { node: 'a', power: 'running', restarted: true };
        export const made: EventData['SessionMade'] = { node: 'a', protocol: 'tcp', timeoutNs: 1 };
        export const kind: 'outcome' = EVENT_KINDS.SessionMade;
        // @ts-expect-error a value that the proto does not list
        export const other: EventData['SessionMade'] = { node: 'a', protocol: 'icmp', timeoutNs: 1 };`;
      writeFileSync(join(copy, 'use.ts'), use);
      const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
      const args = [
        '--noEmit',
        '--strict',
        '--target',
        'es2022',
        '--module',
        'nodenext',
        '--allowImportingTsExtensions',
        '--types',
        '',
      ];
      const { stdout } = spawnSync(process.execPath, [tsc, ...args, 'use.ts'], { cwd: copy, encoding: 'utf8' });
      expect(stdout).toBe('');
    });

    test('the fields that checks know, with kind, values, unit and range', async () => {
      const { EVENT_FIELDS } = (await import(join(copy, 'gen/events/fields.ts'))) as { EVENT_FIELDS: Record<string, object> };
      expect(EVENT_FIELDS['NodePowerChanged']).toHaveProperty('restarted', { kind: 'boolean' });
      expect(EVENT_FIELDS['SessionMade']).toEqual({
        node: { kind: 'string', holds: 'node' },
        protocol: { kind: 'string', values: ['tcp', 'udp'] },
        timeoutNs: { kind: 'number', max: Number.MAX_SAFE_INTEGER, unit: 'ns' },
      });
    });

    test('the JSON Schemas, which refuse what is wrong', async () => {
      const { EVENT_DATA_SCHEMAS } = (await import(join(copy, 'gen/events/schemas.ts'))) as {
        EVENT_DATA_SCHEMAS: Record<string, object>;
      };
      const validate = new Ajv().compile(EVENT_DATA_SCHEMAS['SessionMade'] ?? {});
      expect(validate({ node: 'fw1', protocol: 'tcp', timeoutNs: 5 })).toBe(true);
      expect(validate({ node: 'fw1', protocol: 'icmp', timeoutNs: 5 })).toBe(false);
      expect(validate({ node: 'fw1', protocol: 'tcp' })).toBe(false);
      expect(EVENT_DATA_SCHEMAS['NodePowerChanged']).toHaveProperty('properties.restarted.type', 'boolean');
    });

    test('the names for completion', async () => {
      const { EVENT_NAMES } = (await import(join(copy, 'gen/events/names.ts'))) as { EVENT_NAMES: Record<string, string[]> };
      expect(EVENT_NAMES['NodePowerChanged']).toEqual(['node', 'power', 'restarted']);
      expect(EVENT_NAMES['SessionMade']).toEqual(['node', 'protocol', 'timeoutNs']);
    });

    test('docs/events.md, with when, cause, number, rules, units and values', () => {
      const page = read('docs/events.md');
      expect(page).toContain('| `restarted` | boolean |  | Whether it has run before. |');
      expect(page).toContain(
        '## SessionMade\n\nOutcome, number 199. A session was made (rule VSW-06).\n\nCause: the event that sent its first packet.\n\nRules: VSW-06.',
      );
      expect(page).toContain('| `protocol` | string |  | Which protocol. One of `tcp`, `udp`. |');
      expect(page).toContain('| `timeoutNs` | number | ns | Until it ends without a packet. |');
    });
  });

  test.each([
    [
      'a number outside the range of its subject',
      '= 199;',
      '= 239;',
      'number 239 is outside the range of session; expected 160 to 199',
    ],
    ['a number that is reserved, without a subject', '  option (subject) = SUBJECT_SESSION;\n', '', 'number 199 is reserved'],
    [
      'no kind',
      '  option (kind) = EVENT_KIND_OUTCOME;\n  option (subject) = SUBJECT_SESSION',
      '  option (subject) = SUBJECT_SESSION',
      'SessionMade: expected "option (kind)"',
    ],
    ['no cause', '// Cause: the event that sent its first packet.\n', '', 'SessionMade: expected a paragraph "Cause: …"'],
    ['a field that nobody explains', '  // Which protocol.\n', '', 'SessionMade.protocol: expected a comment'],
  ])('an event with %s is refused, and the place is named', async (_, find, put, message) => {
    // In what was added alone: the proto has other events of that subject.
    expect(ADDED.filter(([, text]) => text.includes(find))).toHaveLength(1);
    edit(...ADDED.map(([place, text]) => [place, text.replace(find, put)] as const));
    await expect(buildEvents(copy)).rejects.toThrow(message);
  });
});
