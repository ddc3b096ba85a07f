/**
 * The debugger over HTTP: the answers of its commands, from one service behind both; bundles and forks as labs of a server.
 *
 * Each answer takes a worker. API_DEBUG=all asks every question, as `npm run test:long` does; else one of each kind is asked.
 */
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { listen } from '../../ts/api/listen.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { captureLab } from '../../ts/services/ask/capture-lab.ts';
import { lifeOfMac } from '../../ts/services/ask/explain-lab.ts';
import { bisectLab } from '../../ts/services/debug/bisect-lab.ts';
import { diffLabs } from '../../ts/services/debug/diff-labs.ts';
import { explainLab, publishExplanation, type WhatToExplain } from '../../ts/services/debug/explanation.ts';
import { publishBisected, publishDifference } from '../../ts/services/debug/publish-difference.ts';
import { parseMac } from '../../ts/values/mac.ts';
import { recordsOf, switchedHosts } from '../support/recorded-lab.ts';
import { ask, change, TOKEN } from './answers.ts';
import { FakeService } from './fake-service.ts';

const LAB = 'cut';
const URL = `/v1/labs/${LAB}`;
/** A lab that loses frames: a cable is pulled for a while. */
const SCRIPT = `steps:
  - { at: 300ms, run: link down b:eth0 }
  - { at: 500ms, run: link up b:eth0 }
duration: 1s
`;

const ASKS_ALL = process.env['API_DEBUG'] === 'all';

/** All cases, or as many as always run. */
function some<T>(cases: readonly T[], count: number): readonly T[] {
  return ASKS_ALL ? cases : cases.slice(0, count);
}

let service: FakeService;
let app: FastifyInstance;

beforeAll(async () => {
  service = new FakeService();
  await service.log.append(LAB, 0, recordsOf(switchedHosts(SCRIPT)));
  await service.log.append('calm', 0, recordsOf(switchedHosts('duration: 1s\n')));
  app = createApi(service, { token: TOKEN });
});
afterAll(() => app.close());

async function json(url: string): Promise<unknown> {
  const response = await ask(app, { url });
  expect([url, response.statusCode]).toEqual([url, 200]);
  return response.json();
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('the debugger answers over HTTP what its commands print:', () => {
  const down = 'event: InterfaceLinkChanged, count: 0';
  const questions: readonly [query: string, what: WhatToExplain][] = [
    ['flow=web', { of: 'flow', flow: 'web' }],
    ['drop=4', { of: 'event', position: 4 }],
    ['frame=b:eth0@100ms', { of: 'frame', place: { at: 'b:eth0', which: { atNs: 1e8 } } }],
    [`why=${encodeURIComponent(down)}&at=400ms`, { of: 'why', check: down, until: { atNs: 4e8 } }],
  ];

  test.each(some(questions, 1))('explain, %s', async (query, what) => {
    const expected = publishExplanation(LAB, await explainLab(service.log, LAB, what));
    expect(await json(`${URL}/explain?${query}`)).toEqual(asJson(expected));
    if (what.of !== 'flow') return;
    expect(JSON.stringify(expected)).toContain('"text":"link down b:eth0"');
  });

  test('diff, of two labs and of two moments of one', async () => {
    const [a, b] = [
      { lab: LAB, until: { atNs: 4e8 } },
      { lab: 'calm', until: null },
    ];
    expect(await json(`${URL}/diff?at=400ms&with=calm`)).toEqual(asJson(publishDifference(await diffLabs(service.log, a, b))));
    if (ASKS_ALL) expect(await json(`${URL}/diff?at=100ms&withAt=100ms`)).toMatchObject({ same: true });
  });

  test('bisect and mac', async () => {
    const found = publishBisected(await bisectLab(service.log, LAB, down));
    expect(found).toMatchObject({ status: 'turned' });
    expect(await json(`${URL}/bisect?check=${encodeURIComponent(down)}`)).toEqual(asJson(found));
    const { interfaces } = (await json(URL)) as { readonly interfaces: readonly { readonly effectiveMac: string }[] };
    if (!ASKS_ALL) return;
    const mac = parseMac(interfaces[0]?.effectiveMac ?? '');
    if (mac === null) throw new Error('the first interface has no MAC');
    expect(await json(`${URL}/mac/${mac}`)).toEqual(asJson({ lab: LAB, ...(await lifeOfMac(service.log, LAB, mac)) }));
  });

  test('capture, as pcapng and as what is printed of it', async () => {
    const pieces: Uint8Array[] = [];
    const request = { interfaces: ['b:eth0'], fromNs: 2e8, toNs: 4e8, dropsOnly: false };
    const summary = await captureLab(service.log, LAB, request, (piece) => pieces.push(piece));
    const url = `${URL}/capture?interfaces=b:eth0&from=200ms&to=400ms`;
    const { rawPayload, headers } = await ask(app, { url });
    expect(headers['content-type']).toBe('application/x-pcapng');
    expect(rawPayload.equals(Buffer.concat(pieces))).toBe(true);
    if (!ASKS_ALL) return;
    const told = await ask(app, { url, headers: { accept: 'application/json' } });
    expect(told.json()).toEqual({ lab: LAB, file: `${LAB}.pcapng`, ...summary });
  });
});

describe('a question that does not fit the lab is refused with its place:', () => {
  // These need no worker, and of the log no more than the definition.
  const malformed = [
    ['explain?frame=a:eth0', 400, 'invalid-request', 'frame', 'expected NODE:INTERFACE@TIME'],
    ['explain?flow=web&at=1s', 400, 'invalid-request', 'at', 'only "why" is asked at a moment'],
    ['bisect', 400, 'invalid-request', 'check', '"check" is missing'],
    ['mac/nobody', 400, 'invalid-request', 'address', 'is not a MAC address'],
    ['diff?withAt=9m', 400, 'invalid-request', 'withAt', 'nothing is recorded at'],
    ['capture?from=900ms&to=1ms', 400, 'invalid-request', 'from', 'is after'],
    ['capture?from=7', 400, 'invalid-request', 'from', 'is not a time'],
    ['bisect?check=nonsense', 422, 'unanswerable', 'check', ''],
    ['explain?why=ha:%20a', 422, 'unanswerable', 'why', '"ha" needs "state"'],
  ] as const;
  const strange = [
    ['explain?flow=nobody', 404, 'no-such-part', 'flow', 'no flow nobody in this lab'],
    ['explain?drop=9999', 422, 'unanswerable', 'drop', 'it has no position 9999'],
    ['explain?frame=a:eth9@1s', 422, 'unanswerable', 'frame', 'there is no interface a:eth9'],
    ['capture?interfaces=a:eth9', 404, 'no-such-part', 'interfaces', 'no interface a:eth9'],
  ] as const;

  test.each([...malformed, ...some(strange, 2)])('%s', async (rest, status, kind, name, message) => {
    const response = await ask(app, { url: `${URL}/${rest}` });
    expect([response.statusCode, response.body]).toEqual([status, expect.stringContaining(`urn:switchback:problem:${kind}"`)]);
    expect(response.json()).toMatchObject({ errors: [{ name, message: expect.stringContaining(message) }] });
  });

  test.each(['bisect?check=nonsense', 'explain?why=nonsense'])('%s: at once, while no worker has time', async (rest) => {
    const busy = createApi(service, { token: TOKEN, limits: { reExecutionsWaitingMax: -1 } });
    expect((await ask(busy, { url: `${URL}/explain?flow=web` })).statusCode).toBe(503);
    expect((await ask(busy, { url: `${URL}/${rest}` })).statusCode).toBe(422);
    await busy.close();
  });

  test.each(['explain', 'explain?flow=web&drop=3'])('one of four questions is expected: %s', async (rest) => {
    expect((await ask(app, { url: `${URL}/${rest}` })).json()).toMatchObject({
      detail: 'expected one of flow, drop, frame and why',
    });
  });

  test.each(['explain?flow=web', 'bisect?check=x', 'diff', 'capture', 'mac/02:00:00:00:00:01'])('no such lab: %s', async (rest) => {
    expect((await ask(app, { url: `/v1/labs/nobody/${rest}` })).statusCode).toBe(404);
  });
});

describe('a fork', () => {
  const fork = (payload: object, more: Partial<InjectOptions> = {}) =>
    change(app, { method: 'POST', url: `${URL}/fork`, payload, ...more });

  test('is a lab of the server, with the report that the command prints', async () => {
    const response = await fork({ at: '100ms', without: ['link down b:eth0'], name: 'uncut' });
    expect([response.statusCode, response.headers.location]).toEqual([201, '/v1/labs/uncut']);
    const report = response.json<{
      readonly position: number;
      readonly chain: string;
      readonly difference: { readonly flows: object[] };
    }>();
    expect(report).toMatchObject({ lab: LAB, fork: 'uncut', changes: [{ kind: 'without', text: 'link down b:eth0' }] });
    expect(report.difference.flows).toMatchObject([{ name: 'web', lost: 0 }]);
    const head = await service.log.head('uncut');
    expect([head?.position, toHex(head?.chain ?? new Uint8Array())]).toEqual([report.position, report.chain]);
    expect(await json('/v1/labs/uncut/verification')).toMatchObject({ verified: true });
  });

  test('takes the place of no other, and a repeated request has no second effect', async () => {
    const headers = { 'idempotency-key': 'fork-1' };
    const first = await fork({ run: ['link down a:eth0'], at: '400ms' }, { headers });
    expect(first.statusCode).toBe(201);
    expect((await fork({ run: ['link down a:eth0'], at: '400ms' })).statusCode).toBe(409);
    if (!ASKS_ALL) return;
    const again = await fork({ run: ['link down a:eth0'], at: '400ms' }, { headers });
    expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
    expect((await fork({ at: '400ms', replace: true })).statusCode).toBe(201);
  });

  const refused: readonly [body: object, status: number, name: string | undefined][] = [
    [{ name: LAB }, 400, 'name'],
    [{ set: ['b=1'] }, 400, 'set/0'],
    [{ at: '9m' }, 400, 'at'],
    [{ without: ['crash a'], name: 'x1' }, 422, undefined],
    [{ set: ['a.arp-profile=static'], name: 'x2' }, 422, undefined],
  ];
  test.each(some(refused, 3))('that cannot be is refused: %j', async (body, status, name) => {
    const response = await fork(body);
    expect([response.statusCode, response.json<{ errors: { name?: string }[] }>().errors[0]?.name]).toEqual([status, name]);
  });

  test('needs the token', async () => {
    expect((await ask(app, { method: 'POST', url: `${URL}/fork`, payload: {} })).statusCode).toBe(401);
  });
});

describe('a bundle', () => {
  const GZIP = { 'content-type': 'application/gzip' };
  const bundle = async (): Promise<Buffer> => (await ask(app, { url: `${URL}/bundle` })).rawPayload;
  const post = (payload: Buffer, query = '', headers: Record<string, string> = {}) =>
    change(app, { method: 'POST', url: `/v1/labs${query}`, payload, headers: { ...GZIP, ...headers } });

  test('is recorded as import does, under its name or another', async () => {
    const response = await post(await bundle(), '?name=copy');
    expect([response.statusCode, response.headers.location]).toEqual([201, '/v1/labs/copy']);
    const head = await service.log.head(LAB);
    expect(response.json()).toEqual({ lab: 'copy', positions: head?.position, chain: toHex(head?.chain ?? new Uint8Array()) });
    expect((await ask(app, { url: '/v1/labs/copy/bundle' })).statusCode).toBe(200);
  });

  test('takes the place of no other, unless it is to; a repeated request has no second effect', async () => {
    const file = await bundle();
    expect((await post(file, '', { 'idempotency-key': 'one' })).statusCode).toBe(409);
    expect((await post(file, '?name=again', { 'idempotency-key': 'one' })).statusCode).toBe(201);
    expect((await post(file, '?name=again', { 'idempotency-key': 'one' })).statusCode).toBe(201);
    expect((await post(file, '?name=again')).statusCode).toBe(409);
    expect((await post(file, '?name=again&replace=true')).statusCode).toBe(201);
  });

  test('that is damaged is refused with what is wrong and where, and nothing is recorded', async () => {
    const file = await bundle();
    const damaged: readonly [Buffer, RegExp][] = [
      [file.subarray(0, file.length - 9), /byte \d+ of the file: expected gzip/],
      [Buffer.from('no bundle'), /expected gzip/],
      [Buffer.alloc(0), /./],
    ];
    for (const [bytes, message] of damaged) {
      const response = await post(bytes, '?name=broken');
      expect([response.statusCode, response.json()]).toEqual([
        422,
        expect.objectContaining({ type: 'urn:switchback:problem:invalid-bundle', detail: expect.stringMatching(message) }),
      ]);
    }
    expect(await service.log.head('broken')).toBeNull();
  });

  test('needs the token, its media type, and has a limit', async () => {
    const payload = await bundle();
    expect((await ask(app, { method: 'POST', url: '/v1/labs', payload, headers: GZIP })).statusCode).toBe(401);
    expect((await post(payload, '', { 'content-type': 'image/png' })).statusCode).toBe(415);
    const large = await post(Buffer.alloc((16 << 20) + 1), '?name=large');
    expect([large.statusCode, large.json()]).toEqual([
      413,
      expect.objectContaining({ detail: 'the body may have at most 16 MiB' }),
    ]);
  });
});

async function* silence(): AsyncGenerator<never> {
  await new Promise(() => undefined);
}

test('a client that goes takes its question with it: the next one need not wait for it', async () => {
  const slow = createApi(service, { token: TOKEN, limits: { reExecutionsWaitingMax: 0, reExecutionMsMax: 600_000 } });
  const url = await listen(slow, { host: '127.0.0.1', port: 0 });
  const gone = new AbortController();
  // A question that would never be answered.
  const read = vi.spyOn(service.log, 'read').mockImplementation(silence);
  const given = fetch(`${url}${URL}/explain?flow=web`, { signal: gone.signal });
  await expect.poll(() => read).toHaveBeenCalled();
  // It holds the only place: another one is sent away.
  await expect.poll(() => slow.inject(`${URL}/explain?flow=nobody`).then(({ statusCode }) => statusCode)).toBe(503);
  gone.abort();
  await expect(given).rejects.toThrow('abort');
  read.mockRestore();
  // The one that asks in vain would have taken the place itself.
  await expect.poll(() => slow.inject(`${URL}/diff?at=1&withAt=1`).then(({ statusCode }) => statusCode)).toBe(200);
  await slow.close();
});
