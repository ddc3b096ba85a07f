/** The server itself, and its description. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { PROBLEMS } from '../../ts/api/problem.ts';
import { EVENT_KINDS } from '../../ts/model/events/events.ts';
import { AUTHORIZED, ask, descriptionOf, type OpenApi, type Operation, TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';

let service: FakeService;
let app: FastifyInstance;
let description: OpenApi;

beforeAll(async () => {
  service = new FakeService();
  await service.append('<b>&"\'', 'c1', line('a name that is no HTML'));
  app = createApi(service, { token: TOKEN, version: '1.2.3' });
  description = await descriptionOf(app);
});
afterAll(() => app.close());

describe('probes', () => {
  test('say that all is well', async () => {
    for (const url of ['/healthz', '/readyz']) {
      const response = await ask(app, { url });
      expect(response.statusCode).toBe(200);
      expect(response.json()).toEqual({ live: true, ready: true, troubles: [], roles: ['controller', 'reader'] });
    }
  });

  test('tell troubles, which are no reason to restart', async () => {
    service.troubles = ['mirror: partition 3 is 120 records behind'];
    const ready = await ask(app, { url: '/readyz' });
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ ready: false, troubles: service.troubles });
    expect((await ask(app, { url: '/healthz' })).statusCode).toBe(200);
    service.troubles = [];
  });

  test('say when the process should be restarted', async () => {
    service.live = false;
    expect((await ask(app, { url: '/healthz' })).statusCode).toBe(503);
    expect((await ask(app, { url: '/readyz' })).statusCode).toBe(503);
    service.live = true;
  });
});

test('the figures are those of the service and of the requests', async () => {
  await app.inject('/v1/labs');
  await app.inject('/v1/labs/nowhere');
  const { body, headers } = await ask(app, { url: '/metrics' });
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const figure of [
    'switchback_labs_loaded 3',
    'switchback_partitions_owned 7',
    'switchback_commands_total 0',
    'switchback_events_appended_total 42',
    'switchback_labs_halted_total 1',
    'switchback_event_streams 0',
    'switchback_ready 1',
    'switchback_http_request_duration_seconds_count{method="GET",route="/v1/labs",status="200"} 1',
    'switchback_http_request_duration_seconds_count{method="GET",route="/v1/labs/:lab",status="404"} 1',
  ]) {
    expect(body.split('\n')).toContain(figure);
  }
  expect(body).toMatch(/^process_cpu_seconds_total /m);
  // A second look is no second count.
  expect((await app.inject('/metrics')).body.split('\n')).toContain('switchback_events_appended_total 42');
});

/** Routes of docs/page.md: a file of the page, the page in one file, the layout of a lab's picture, and the cookie for reading. They are no operations. */
const PAGE_ROUTES = 4;

test('the page names the labs, has no scripts, and takes no name for HTML', async () => {
  const { body, headers } = await ask(app, { url: '/' });
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(body).toContain('<a href="/openapi.json">');
  expect(body).toContain('&lt;b&gt;&amp;&quot;&#39;</a>');
  expect(body).not.toMatch(/<b>|<script|javascript:/);
});

describe('the description', () => {
  const operations = (): [string, Operation][] =>
    Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method.toUpperCase()} ${path}`, operation]),
    );

  test('lists every route', () => {
    expect(
      operations()
        .map(([route]) => route)
        .sort(),
    ).toEqual([
      'DELETE /v1/labs/{lab}',
      'DELETE /v1/labs/{lab}/commands/current',
      'GET /',
      'GET /healthz',
      'GET /metrics',
      'GET /openapi.json',
      'GET /readyz',
      'GET /v1/labs',
      'GET /v1/labs/{lab}',
      'GET /v1/labs/{lab}/bisect',
      'GET /v1/labs/{lab}/bundle',
      'GET /v1/labs/{lab}/capture',
      'GET /v1/labs/{lab}/definition',
      'GET /v1/labs/{lab}/diff',
      'GET /v1/labs/{lab}/events',
      'GET /v1/labs/{lab}/events/stream',
      'GET /v1/labs/{lab}/explain',
      'GET /v1/labs/{lab}/graph',
      'GET /v1/labs/{lab}/mac/{address}',
      'GET /v1/labs/{lab}/state',
      'GET /v1/labs/{lab}/verification',
      'POST /v1/labs',
      'POST /v1/labs/{lab}/commands',
      'POST /v1/labs/{lab}/fork',
      'PUT /v1/labs/{lab}',
      'PUT /v1/labs/{lab}/clock',
    ]);
    // What fastify knows and the description does not would be hidden from both lists.
    const routes = app.printRoutes({ commonPrefix: false });
    expect(routes.match(/\((?!HEAD)[^)]+\)/g)).toHaveLength(23 + PAGE_ROUTES);
  });

  test('is OpenAPI 3.1, with names that programs can be made from', () => {
    expect(description).toMatchObject({ openapi: '3.1.0', info: { title: 'Switchback', version: '1.2.3' } });
    const ids = operations().map(([, { operationId }]) => operationId ?? '');
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  test.each(['path', 'response', 'security'])('is complete: %s', (what) => {
    for (const [route, operation] of operations()) {
      if (what === 'path') {
        const named = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
        expect([route, declared]).toEqual([route, named]);
      }
      if (what === 'response') {
        expect(Object.keys(operation.responses)).toEqual(
          expect.arrayContaining(['400', '403', '408', '421', '429', '431', '500', '503']),
        );
        for (const { description: text, content } of Object.values(operation.responses)) {
          expect(text).not.toBe('Default Response');
          expect(Object.keys(content ?? {})).not.toEqual([]);
        }
      }
      if (what === 'security') {
        expect([route, operation.security ?? []]).toEqual([route, route.startsWith('GET') ? [] : [{ token: [] }]]);
      }
    }
  });

  test('refers to nothing that is not there, and to no other JSON Schema', async () => {
    const { body: text } = await app.inject('/openapi.json');
    expect(text).not.toContain('$schema');
    const refers = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, to = '']) => to);
    const kinds = ['schemas', 'parameters', 'responses'] as const;
    const there = kinds.flatMap((kind) => Object.keys(description.components[kind]).map((name) => `#/components/${kind}/${name}`));
    expect([...new Set(refers)].sort()).toEqual(there.sort());
  });

  test('names every kind of problem somewhere, but for what is no request at one of its addresses', () => {
    const text = JSON.stringify(description);
    const unnamed = Object.keys(PROBLEMS).filter((kind) => !text.includes(`urn:switchback:problem:${kind}"`));
    expect(unnamed.sort()).toEqual(['method-not-allowed', 'no-such-route']);
  });
});

test('there is nothing elsewhere', async () => {
  for (const url of ['/nowhere', '/v1', '/v1/labs/x/y', '/V1/labs', '/v1//labs', '/%2e%2e/etc/passwd']) {
    const response = await ask(app, { url });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ type: 'urn:switchback:problem:no-such-route' });
  }
});

test.each([
  ['PATCH', '/v1/labs', 'GET, HEAD, POST'],
  ['POST', '/v1/labs/x', 'DELETE, GET, HEAD, PUT'],
  ['DELETE', '/v1/labs/x/events', 'GET, HEAD'],
  ['HEAD', '/v1/labs/x/events/stream', 'GET'],
  ['OPTIONS', '/metrics', 'GET, HEAD'],
  ['QUERY', '/v1/labs', 'GET, HEAD, POST'],
  ['PUT', '/v1/labs/x/commands/current?wait=1', 'DELETE'],
] as const)('%s %s is not allowed, and the answer says what is', async (method, url, allow) => {
  // The types know no QUERY; the server does.
  const response = await app.inject({ method: method as 'PATCH', url, headers: AUTHORIZED });
  expect([response.statusCode, response.headers['allow']]).toEqual([405, allow]);
  if (method === 'HEAD') return;
  const detail = `${url.split('?')[0]} takes ${allow}, not ${method}`;
  expect(response.json()).toMatchObject({ type: 'urn:switchback:problem:method-not-allowed', status: 405, detail });
});

test('an address that cannot be read is refused as such', async () => {
  const response = await app.inject('/v1/labs/%zz');
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ type: 'urn:switchback:problem:invalid-request' });
});

test('HEAD is answered as GET is, without a body', async () => {
  const response = await app.inject({ method: 'HEAD', url: '/v1/labs' });
  expect([response.statusCode, response.body]).toEqual([200, '']);
});

describe('an event in the description', () => {
  const event = (type: string, kind: string, data: object): object => ({ position: 1, atNs: 0, type, kind, cause: 0, data });

  test.each([
    ['has the data of its type', event('NodePowerChanged', 'outcome', { node: 'fw1', power: 'crashed' }), true],
    ['has no data of another type', event('NodePowerChanged', 'outcome', { node: 'fw1', running: true }), false],
    ['has no field besides', event('NodePowerChanged', 'outcome', { node: 'fw1', power: 'crashed', why: '' }), false],
    ['has no value that is never recorded', event('NodePowerChanged', 'outcome', { node: 'fw1', power: 'off' }), false],
    ['is what its type is, input or outcome', event('NodePowerChanged', 'input', { node: 'fw1', power: 'crashed' }), false],
  ])('%s', async (_, value, isValid) => {
    const { components } = await descriptionOf(app);
    const validate = new Ajv2020({ strict: false }).compile({ $ref: '#/components/schemas/UnchainedEvent', components });
    expect(validate(value)).toBe(isValid);
  });

  test('is described once: the whole description stays below 120 kB', async () => {
    const { body } = await app.inject('/openapi.json');
    expect(body.length).toBeLessThan(120_000);
    const { oneOf } = description.components.schemas['EventTypes'] as { readonly oneOf: readonly object[] };
    for (const type of Object.keys(EVENT_KINDS)) expect([type, JSON.stringify(oneOf).split(`"${type}"`).length]).toEqual([type, 2]);
  });
});
