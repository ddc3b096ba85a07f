/**
 * `switchback mcp`, asked by the protocol's own client over standard input and output.
 *
 * MCP_SEEDS says of how many labs with a planted fault the cause is looked for (3), MCP_FROM from which seed on (2101).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { schemaNamed } from '../../ts/schemas/index.ts';
import { type Planted, planted } from '../faults/planted.ts';
import { recordsOf, shippedLab } from '../support/recorded-lab.ts';
import { ask, connect, findCauses } from './find-cause.ts';

const { MCP_SEEDS: seeds = '3', MCP_FROM: from = '2101' } = process.env;
const LAB = 'ha-assigned-mac';

const dir = mkdtempSync(join(tmpdir(), 'switchback-mcp-'));
const served = join(dir, 'served');
const faulty = join(dir, 'faulty');
let client: Client;
let records: LogRecord[];

interface Answered<T = Record<string, unknown>> {
  readonly lab: string;
  readonly position: number;
  readonly chain: string;
  readonly answer: T;
}

async function record(store: string, labs: readonly (readonly [string, readonly LogRecord[]])[]): Promise<void> {
  const log = await openEmbeddedLog(store);
  for (const [lab, recorded] of labs) await log.append(lab, 0, recorded);
  await log.close();
}

const serverOver = (store: string): Promise<Client> => connect([process.execPath, 'dist/ts/cli/bin.js', 'mcp', '--data', store]);

beforeAll(async () => {
  records = recordsOf(shippedLab(LAB));
  await record(served, [[LAB, records]]);
  client = await serverOver(served);
});

afterAll(async () => {
  await client?.close();
  rmSync(dir, { recursive: true, force: true });
});

const chainAt = (position: number): string => toHex((records[position - 1] as LogRecord).chain);
const eventAt = (position: number) => decodeBody((records[position - 1] as LogRecord).body);
const positionOf = (type: string): number => records.findIndex(({ body }) => decodeBody(body).type === type) + 1;

async function refusal(name: string, asked: Record<string, unknown>): Promise<string> {
  const { isError, content } = await client.callTool({ name, arguments: asked });
  expect(isError, JSON.stringify(content).slice(0, 200)).toBe(true);
  return JSON.stringify(content);
}

test('offers at most eight tools, which only read', async () => {
  const { tools } = await client.listTools();
  expect(tools.length).toBeLessThanOrEqual(8);
  expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);
  expect(tools.every(({ description = '' }) => description.length > 40)).toBe(true);
});

test('lists labs with their ends, nodes and flows', async () => {
  const { labs } = await ask<{ readonly labs: readonly object[] }>(client, 'labs', {});
  expect(labs).toEqual([
    expect.objectContaining({
      lab: LAB,
      position: records.length,
      chain: chainAt(records.length),
      flows: expect.arrayContaining(['client1-down']),
      nodes: expect.arrayContaining([{ name: 'fw1', kind: 'firewall' }]),
    }),
  ]);
});

test.each([
  ['at', 'state', { at: '98' }, 98],
  ['explain', 'explain', { flow: 'client1-down' }, null],
  ['explain-why', 'explain', { why: 'neighbour: { node: client1, ip: 10.0.1.1 }, mac: fw2:eth1' }, null],
  ['mac', 'mac', { address: '00:50:56:aa:00:01' }, null],
  ['diff', 'diff', { at: '98', withAt: '120' }, 98],
  ['fork', 'fork', { at: '20s', run: ['crash fw2'] }, null],
] as const)('answers as the schema "%s" says, with position and chain', async (schema, tool, asked, position) => {
  const place = position ?? records.length;
  const { answer, ...placed } = await ask<Answered>(client, tool, { lab: LAB, ...asked });
  expect(placed).toEqual({ lab: LAB, position: place, chain: chainAt(place) });
  const { chainOfB, ...said } = answer;
  if (tool === 'diff') expect(chainOfB).toBe(chainAt(120));
  const ajv = new Ajv({ strict: false, validateFormats: false });
  expect(ajv.validate(await schemaNamed(schema), said), ajv.errorsText()).toBe(true);
});

test('reads events in pieces, and says where to go on', async () => {
  const first = await ask<Answered<{ readonly events: readonly { readonly position: number }[]; readonly next: number | null }>>(
    client,
    'events',
    { lab: LAB, to: '150', types: ['NeighbourUpdated'], nodes: ['client1'] },
  );
  const wanted = records.slice(0, 150).filter(({ body }) => {
    const event = decodeBody(body);
    return event.type === 'NeighbourUpdated' && event.data.node === 'client1';
  });
  expect(first.answer).toEqual({
    events: wanted.map(({ position }) => expect.objectContaining({ position, chain: chainAt(position) })),
    next: null,
  });
  expect(wanted.length).toBeGreaterThan(1);
});

test('a fork records nothing', async () => {
  await ask(client, 'fork', { lab: LAB, at: '20s', without: ['crash fw1'] });
  const { labs } = await ask<{ readonly labs: readonly object[] }>(client, 'labs', {});
  expect(labs).toEqual([expect.objectContaining({ lab: LAB, position: records.length })]);
});

test('a true citation is confirmed, with the way back to what began it', async () => {
  const position = positionOf('HaStateChanged') + 6;
  const { cause, type } = eventAt(position);
  const { answer } = await ask<Answered<{ readonly confirmed: boolean; readonly causes: readonly number[] }>>(client, 'cite', {
    lab: LAB,
    position,
    type,
    chain: chainAt(position),
    ...(cause === 0 ? {} : { causedBy: cause }),
  });
  expect(answer).toEqual(expect.objectContaining({ confirmed: true, refused: [] }));
  expect(answer.causes[0] ?? 0).toBe(cause);
});

test('a false citation is refused, and the record is quoted', async () => {
  const position = positionOf('NeighbourUpdated');
  const at = { lab: LAB, position };
  expect(await refusal('cite', { ...at, type: 'HaStateChanged' })).toContain(
    `#${position} is NeighbourUpdated, not HaStateChanged`,
  );
  expect(await refusal('cite', { ...at, chain: '0'.repeat(64) })).toContain(`is ${chainAt(position)}, not 000`);
  expect(await refusal('cite', { ...at, fields: { node: 'nobody' } })).toContain('not \\\\\\"nobody\\\\\\"');
  expect(await refusal('cite', { ...at, fields: { colour: 'red' } })).toContain('has no field colour');
  expect(await refusal('cite', { ...at, causedBy: position })).toContain(`#${position} is not among them`);
  expect(await refusal('cite', { ...at, position: records.length + 1 })).toContain(`has no position ${records.length + 1}`);
});

test('what cannot be answered is told in a sentence', async () => {
  expect(await refusal('state', { lab: 'nowhere' })).toContain(`there is no lab nowhere; recorded labs: ${LAB}`);
  expect(await refusal('state', { lab: LAB, at: 'soon' })).toContain('is no moment');
  expect(await refusal('state', { lab: LAB, at: '9999s' })).toContain('nothing is recorded at 9999');
  expect(await refusal('explain', { lab: LAB })).toContain('expected one of flow, event, frame and why');
  expect(await refusal('explain', { lab: LAB, flow: 'no-such' })).toContain('no-such');
  expect(await refusal('mac', { lab: LAB, address: 'x' })).toContain('is not a MAC address');
  expect(await refusal('events', { lab: LAB, nodes: ['fw9'] })).toContain('has no node');
  expect(await refusal('events', { lab: LAB, unknown: 1 })).toContain('additional properties');
});

/** Of ten labs one may be missed. */
test(`an assistant that knows no lab names the planted cause (seeds ${from} to ${Number(from) + Number(seeds) - 1})`, {
  timeout: 600_000,
}, async () => {
  const labs = Array.from({ length: Number(seeds) }, (_, index): Planted => planted(Number(from) + index));
  await record(
    faulty,
    labs.map(({ seed, file }) => [`lab-${seed}`, recordsOf(file)] as const),
  );
  const assistant = await serverOver(faulty);
  try {
    const found = new Map((await findCauses(assistant)).map((one) => [one.lab, one.cause]));
    const missed = labs.filter(({ seed, named }) => !found.get(`lab-${seed}`)?.includes(named));
    const told = missed.map(({ seed, kind, named }) => `${seed}, ${kind}: expected ${named}, named ${found.get(`lab-${seed}`)}`);
    expect(missed.length, told.join('\n')).toBeLessThanOrEqual(Math.floor(labs.length / 10));
  } finally {
    await assistant.close();
  }
});
