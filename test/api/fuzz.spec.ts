/** Whatever is sent, the answer is one that is described, never a defect, and the server goes on. */
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { listen } from '../../ts/api/listen.ts';
import { parseMoment } from '../../ts/api/moment.ts';
import { parsePace } from '../../ts/values/quantities.ts';
import { AUTHORIZED, checkAnswer, descriptionOf, type OpenApi, TOKEN } from './answers.ts';
import { FakeService } from './fake-service.ts';
import { recordTwoHosts, TWO_HOSTS } from './recorded-lab.ts';
import { exchange } from './wire.ts';

let app: FastifyInstance;
let description: OpenApi;
let url: string;
const defects: string[] = [];

beforeAll(async () => {
  const service = new FakeService();
  await recordTwoHosts(service.log);
  // A name with a meaning of its own.
  await recordTwoHosts(service.log, '__proto__');
  const limits = { readsPerMinuteMax: 1e9, changesPerMinuteMax: 1e9 };
  app = createApi(service, { token: TOKEN, limits, onDefect: (text) => defects.push(text) });
  url = await listen(app, { host: '127.0.0.1', port: 0 });
  description = await descriptionOf(app);
});
afterAll(() => app.close());

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'] as const;
/** An address cannot be made of half a character; one with dots is worked out by whoever asks, before it is sent. */
function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text) && text !== '.' && text !== '..';
}

const word = fc.oneof(
  fc.constantFrom('two-hosts', '__proto__', 'constructor', '', '98', '12.5s', '-1', '1e9', 'true', '9007199254740993', 'NaN'),
  fc.string({ unit: 'binary', maxLength: 100 }).filter(isWellFormed),
  fc.string({ maxLength: 20 }).filter(isWellFormed),
);
const path = fc
  .tuple(
    fc.constantFrom('', '/v1/labs', '/v1/labs', '/v1/labs/two-hosts', '/v1'),
    fc.array(fc.oneof(word, fc.constantFrom('state', 'events', 'commands', 'definition')), { maxLength: 3 }),
  )
  .map(([start, rest]) => [start, ...rest.map((part) => encodeURIComponent(part))].join('/') || '/');
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom('at', 'derived', 'from', 'limit', 'wait', 'pace', 'replace', 'forget', 'x', '__proto__', 'at[]'),
      word,
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&'));
const headers = fc.dictionary(
  fc.constantFrom('idempotency-key', 'accept', 'last-event-id', 'x-forwarded-for', 'range', 'if-match'),
  fc.string({ maxLength: 90 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')),
);
const body = fc.oneof(
  fc.record({ type: fc.constant('application/json'), text: fc.json() }),
  fc.record({
    type: fc.constant('application/json'),
    text: fc.record({ command: fc.string({ unit: 'binary', maxLength: 100 }) }).map((value) => JSON.stringify(value)),
  }),
  fc.record({
    type: fc.constantFrom('application/yaml', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '///'),
    text: fc.string(),
  }),
  fc.constant({ type: 'application/json', text: '' }),
);

async function checked(
  method: (typeof METHODS)[number],
  target: string,
  rest: { readonly headers?: Record<string, string>; readonly payload?: string },
): Promise<number> {
  const response = await app.inject({ method, url: target, ...rest, headers: { ...AUTHORIZED, ...rest.headers } });
  expect(defects).toEqual([]);
  checkAnswer(description, method, target.split('?')[0] ?? '', response);
  return response.statusCode;
}

test('any method, address, query, header and body is answered as described', async () => {
  const seen = new Map<number, number>();
  const request = fc.tuple(fc.constantFrom(...METHODS), path, query, headers, fc.option(body));
  await fc.assert(
    fc.asyncProperty(request, async ([method, where, asked, extra, sent]) => {
      // A stream has no end to check, and re-execution takes a worker each time.
      if (/\/events\/stream$/.test(where) || /derived=true/.test(asked)) return;
      const payload = sent === null || method === 'GET' || method === 'OPTIONS' ? {} : { payload: sent.text };
      const type: Record<string, string> = sent === null ? {} : { 'content-type': sent.type };
      const status = await checked(method, `${where}?${asked}`, { headers: { ...extra, ...type }, ...payload });
      seen.set(status, (seen.get(status) ?? 0) + 1);
      expect(status).not.toBe(500);
    }),
    { numRuns: 600 },
  );
  // It gets behind the first check often enough to be worth something.
  for (const status of [200, 400, 404, 415]) expect([...seen.keys()]).toContain(status);
});

describe('a lab file', () => {
  test('of any text is a lab or a list of mistakes', async () => {
    const mangled = fc.tuple(fc.nat(TWO_HOSTS.length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(mangled, async ([at, length, text]) => {
        const payload = TWO_HOSTS.slice(0, at) + text + TWO_HOSTS.slice(at + length);
        const status = await checked('PUT', '/v1/labs/two-hosts?replace=true', {
          payload,
          headers: { 'content-type': 'application/yaml' },
        });
        expect([201, 422]).toContain(status);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x]\n${[...'bcdefghij'].map((name, index) => `${name}: &${name} [${Array(8).fill(`*${'abcdefghij'[index]}`)}]`).join('\n')}\nname: *j`,
    ],
    ['maps in maps', `${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['lists in lists', '['.repeat(100_000)],
    [
      'names with meanings of their own',
      'name: two-hosts\n__proto__: { x: 1 }\nconstructor: 1\ntopology: { nodes: { __proto__: { kind: host } } }\n',
    ],
    ['tags that make things', 'name: !!js/function "function () {}"\n'],
    ['many keys', Array.from({ length: 2000 }, (_, index) => `k${index}: 1`).join('\n')],
  ])('with %s is refused soon', async (_, payload) => {
    const startedMs = performance.now();
    expect(await checked('PUT', '/v1/labs/two-hosts', { payload, headers: { 'content-type': 'application/yaml' } })).toBe(422);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

test.each([
  ['nothing but lists', `${'['.repeat(400_000)}${']'.repeat(400_000)}`],
  ['a command of lists', `{"command":${'['.repeat(400_000)}${']'.repeat(400_000)}}`],
  ['101 levels behind brackets that are text', `{"command":"[[[\\"[[","x":${'{"y":'.repeat(100)}1${'}'.repeat(100)}}`],
])('a JSON body of %s is refused, with the limit', async (_, payload) => {
  const headers = { ...AUTHORIZED, 'content-type': 'application/json' };
  const response = await app.inject({ method: 'POST', url: '/v1/labs/two-hosts/commands', payload, headers });
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ detail: 'expected at most 100 levels of nesting in a JSON body' });
  expect(defects).toEqual([]);
});

test('any bytes on a connection are answered with HTTP, or with nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (bytes) => {
      const answer = await exchange(url, `${bytes}\r\n\r\n`, 100);
      expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    }),
    { numRuns: 50 },
  );
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('moments and paces are what they say, or nothing', () => {
  expect([parseMoment('98'), parseMoment('12.5s'), parseMoment('400ms')]).toEqual([
    { position: 98 },
    { atNs: 12.5e9 },
    { atNs: 4e8 },
  ]);
  for (const text of ['0', '', '-1', '1.5', '9007199254740993', '1x', 's', '１']) expect(parseMoment(text)).toBeNull();
  expect([parsePace('1x'), parsePace('0.001x'), parsePace('1000x'), parsePace('2.50x')]).toEqual([1000, 1, 1_000_000, 2500]);
  for (const text of ['0x', '0.0001x', '1001x', '1', 'x', '-1x', '1e3x']) expect(parsePace(text)).toBeNull();
});
