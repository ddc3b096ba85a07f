/** Who may ask, seen from the wire. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { hostName } from '../../ts/api/guard.ts';
import { isLoopback, listen, parseListen } from '../../ts/api/listen.ts';
import { newToken } from '../../ts/api/token.ts';
import { AUTHORIZED, checkAnswer, descriptionOf, type OpenApi, TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';
import { send, sendRaw, type WireAnswer } from './wire.ts';

let service: FakeService;
let app: FastifyInstance;
let url: string;
let description: OpenApi;

beforeAll(async () => {
  service = new FakeService();
  await service.append('ha', 'c1', line('one'));
  app = createApi(service, { token: TOKEN, hosts: ['Lab.Example'], limits: { bodyBytesMax: 1000 } });
  url = await listen(app, { host: '127.0.0.1', port: 0 });
  description = await descriptionOf(app);
});
afterAll(() => app.close());
beforeEach(() => {
  service.submitted.length = 0;
});

async function get(headers: Record<string, string>, path = '/v1/labs'): Promise<WireAnswer> {
  const answer = await send(`${url}${path}`, { headers });
  checkAnswer(description, 'GET', path, answer);
  return answer;
}

async function post(headers: Record<string, string>, body = '{"command":"crash fw1"}'): Promise<WireAnswer> {
  const path = '/v1/labs/ha/commands';
  const answer = await send(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }, body);
  checkAnswer(description, 'POST', path, answer);
  return answer;
}

function typeOf({ body }: WireAnswer): string {
  return (JSON.parse(body) as { type: string }).type.replace('urn:switchback:problem:', '');
}

describe('the name by which the server is called', () => {
  test.each(['localhost', 'localhost:7788', 'LOCALHOST.', '127.0.0.1:1', '[::1]:7788', 'lab.example', 'LAB.example:80'])(
    'may be %s',
    async (host) => {
      expect((await get({ host })).statusCode).toBe(200);
    },
  );

  test.each([
    'attacker.example',
    'localhost.attacker.example',
    'localhost@attacker.example',
    'attacker.example:7788',
    '10.0.0.1',
    '127.0.0.1.nip.example',
    '[::2]',
    'localhost/x',
  ])('may not be %j, which a name server could point here', async (host) => {
    const answer = await get({ host });
    expect([answer.statusCode, typeOf(answer)]).toEqual([421, 'host-not-served']);
    expect(answer.body).not.toContain('"ha"');
  });

  test('must be said', async () => {
    expect(await sendRaw(url, 'GET /v1/labs HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
    expect(await sendRaw(url, 'GET /v1/labs HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
    const unnamed = await sendRaw(url, 'GET /v1/labs HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(unnamed).toMatch(/^HTTP\/1\.1 400 /);
    expect(unnamed).toContain('names the server in a Host header');
  });

  test('counts for changes too, token or not', async () => {
    expect((await post({ ...AUTHORIZED, host: 'attacker.example' })).statusCode).toBe(421);
    expect(service.submitted).toEqual([]);
  });
});

describe('a page that asks', () => {
  test('may be of this very address', async () => {
    const { host } = new URL(url);
    expect((await get({ origin: url, 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200);
    expect((await post({ ...AUTHORIZED, origin: `http://${host}` })).statusCode).toBe(200);
  });

  test.each(['https://attacker.example', 'null', 'http://localhost:1', 'http://127.0.0.1', 'file://'])(
    'may not be of %s, and is given no permission to read',
    async (origin) => {
      for (const answer of [await get({ origin }), await post({ ...AUTHORIZED, origin })]) {
        expect([answer.statusCode, typeOf(answer)]).toEqual([403, 'foreign-origin']);
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      }
      expect(service.submitted).toEqual([]);
    },
  );

  test.each(['cross-site', 'same-site'])('may not make a browser fetch things %s without saying so', async (site) => {
    const answer = await get({ 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' });
    expect([answer.statusCode, typeOf(answer)]).toEqual([403, 'foreign-origin']);
  });

  test('may link to here', async () => {
    expect((await get({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).statusCode).toBe(200);
  });

  test('is told by every answer what it may not do', async () => {
    for (const { headers } of [await get({}), await get({}, '/v1/labs/nowhere'), await get({ host: 'attacker.example' })]) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringMatching(/^default-src 'none';/),
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
    }
  });
});

describe('a change', () => {
  const wrong: readonly (readonly [what: string, headers: Record<string, string>])[] = [
    ['no token', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another one', { authorization: `Bearer ${TOKEN}x` }],
    ['a part of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['it under another name', { authorization: `Basic ${TOKEN}` }],
    ['it without a name', { authorization: TOKEN }],
    ['it as a cookie', { cookie: `token=${TOKEN}` }],
  ];
  test.each(wrong)('is not made with %s', async (_, headers) => {
    const answer = await post(headers);
    expect([answer.statusCode, typeOf(answer)]).toEqual([401, 'token-missing']);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="switchback"');
    expect(answer.body).not.toContain(TOKEN);
    expect(service.submitted).toEqual([]);
  });

  test('is made with the token', async () => {
    expect((await post(AUTHORIZED)).statusCode).toBe(200);
    expect((await post({ authorization: `bearer  ${TOKEN}` })).statusCode).toBe(200);
  });

  test('of any kind needs it', async () => {
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
      expect((await send(`${url}/v1/labs/ha`, { method })).statusCode).toBe(401);
    }
    expect((await service.log.head('ha'))?.position).toBeGreaterThan(0);
  });

  test('has a body that is not too large', async () => {
    const answer = await post(AUTHORIZED, JSON.stringify({ command: 'x'.repeat(1000) }));
    expect([answer.statusCode, typeOf(answer)]).toEqual([413, 'too-large']);
    expect(service.submitted).toEqual([]);
  });

  test('cannot be smuggled in behind a body that ends earlier than it says', async () => {
    const smuggled =
      'POST /v1/labs/ha/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await sendRaw(url, smuggled)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('what Node refuses by itself is answered with a problem that every operation describes:', () => {
  const GET = 'GET /healthz HTTP/1.1\r\n';
  const HOST = 'Host: localhost\r\nConnection: close\r\n';
  const POST = `POST /v1/labs/ha/commands HTTP/1.1\r\n${HOST}Authorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
  const requests = [
    ['what is no HTTP', 'EHLO switchback\r\n\r\n', 400],
    ['another version', `GET /healthz HTTP/3.7\r\n${HOST}\r\n`, 400],
    ['a method that is none', `LOOK /healthz HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['no Host header', `${GET}Connection: close\r\n\r\n`, 400],
    ['a length that is no number', `${POST}Content-Length: ten\r\n\r\n`, 400],
    ['a transfer coding that is none', `${POST}Transfer-Encoding: sent\r\n\r\n`, 400],
    ['chunks with long extensions', `${POST}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`, 400],
    ['an address that is too long', `GET /v1/labs/${'x'.repeat(400)} HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['a header that is too long', `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  ] as const;

  test.each(requests)('%s', async (_, bytes, status) => {
    const [head = '', body = ''] = (await sendRaw(url, bytes)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/\r\ncontent-type: application\/problem\+json/i);
    expect(head).toContain("require-trusted-types-for 'script'");
    expect(JSON.parse(body)).toMatchObject({ status });
    const { paths } = (await app.inject('/openapi.json')).json<{ readonly paths: Record<string, Record<string, object>> }>();
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    for (const operation of operations) expect(operation).toHaveProperty(['responses', String(status)]);
  });
});

test('an expectation that the server does not know is left out of account', async () => {
  const answer = await sendRaw(url, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

describe('an address that asks too often', () => {
  test('waits, for reading and for changing each on its own, and the probes answer all the same', async () => {
    const small = createApi(service, { token: TOKEN, limits: { readsPerMinuteMax: 3, changesPerMinuteMax: 2 } });
    const reads: number[] = [];
    for (let read = 0; read < 4; read++) reads.push((await small.inject('/v1/labs')).statusCode);
    expect(reads).toEqual([200, 200, 200, 429]);
    const asked = { method: 'POST', url: '/v1/labs/ha/commands', headers: AUTHORIZED, payload: { command: 'crash fw1' } } as const;
    const changes = [await small.inject(asked), await small.inject(asked), await small.inject(asked)];
    expect(changes.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    const refused = changes[2];
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused?.json()).toMatchObject({ type: 'urn:switchback:problem:too-many-requests' });
    expect((await small.inject('/healthz')).statusCode).toBe(200);
    await small.close();
  });

  test('cannot guess the token faster', async () => {
    const small = createApi(service, { token: TOKEN, limits: { changesPerMinuteMax: 2 } });
    const guess = { method: 'DELETE', url: '/v1/labs/ha', headers: { authorization: 'Bearer guess' } } as const;
    const statuses = [await small.inject(guess), await small.inject(guess), await small.inject(guess)].map(
      ({ statusCode }) => statusCode,
    );
    expect(statuses).toEqual([401, 401, 429]);
    await small.close();
  });
});

test('a token is as long as nobody can guess, and another each time', () => {
  const [one, other] = [newToken(), newToken()];
  expect(Buffer.from(one, 'base64url')).toHaveLength(32);
  expect(one).not.toBe(other);
});

test('addresses to listen at are read as people write them', () => {
  expect(parseListen('127.0.0.1:7788')).toEqual({ host: '127.0.0.1', port: 7788 });
  expect(parseListen('[::1]:0')).toEqual({ host: '::1', port: 0 });
  expect(parseListen('lab.example:80')).toEqual({ host: 'lab.example', port: 80 });
  for (const bad of ['', '7788', ':7788', '127.0.0.1', '::1:7788', 'localhost:65536', 'a b:1']) expect(parseListen(bad)).toBeNull();
});

test('only loopback is loopback', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1']) expect(isLoopback(host)).toBe(true);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.attacker.example'])
    expect(isLoopback(host)).toBe(false);
});

test('hosts are names without ports, brackets and last dots', () => {
  expect(['a.B:1', '[::1]:2', 'localhost.', '1.2.3.4'].map(hostName)).toEqual(['a.b', '::1', 'localhost', '1.2.3.4']);
  expect(['', 'a b', 'a@b', 'a/b', '[::1', 'a:b:c'].map(hostName)).toEqual([null, null, null, null, null, null]);
});

describe('reading, where the server has a token for it', () => {
  const READ = 'a-token-for-readers';
  let guarded: FastifyInstance;

  beforeAll(() => {
    guarded = createApi(service, { token: TOKEN, readToken: READ });
  });
  afterAll(() => guarded.close());

  const status = async (at: string, headers: Record<string, string> = {}): Promise<number> =>
    (await guarded.inject({ url: at, headers })).statusCode;
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  test('tells nothing of labs without it', async () => {
    for (const at of [
      '/v1/labs',
      '/v1/labs/ha',
      '/v1/labs/ha/events',
      '/v1/labs/ha/events/stream',
      '/metrics',
      '/v1/labs/ha/layout',
      '/x',
    ]) {
      const answer = await guarded.inject({ url: at });
      expect([at, answer.statusCode, answer.json<{ type: string }>().type]).toEqual([
        at,
        401,
        'urn:switchback:problem:token-missing',
      ]);
      expect(answer.body).not.toContain(READ);
    }
    expect(await status('/v1/labs', bearer(`${READ}x`))).toBe(401);
    expect(await status('/v1/labs', { cookie: `switchback-reader=${READ}` })).toBe(401);
  });

  test('answers with this token, and with the one for changes', async () => {
    expect(await status('/v1/labs', bearer(READ))).toBe(200);
    expect(await status('/v1/labs', bearer(TOKEN))).toBe(200);
  });

  test('answers probes and the page without', async () => {
    expect(await status('/healthz')).toBe(200);
    // 404 where the page is not built.
    expect(await status('/page/index.html')).not.toBe(401);
  });

  test('answers a browser with the cookie that it gets for the token, and no script sees the cookie', async () => {
    const given = await guarded.inject({ method: 'POST', url: '/v1/session', headers: bearer(READ) });
    const cookie = String(given.headers['set-cookie']);
    expect([given.statusCode, cookie]).toEqual([
      204,
      expect.stringMatching(/^switchback-reader=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    expect(await status('/v1/labs', { cookie: `other=1; ${cookie.split(';')[0]}` })).toBe(200);
    expect((await guarded.inject({ method: 'POST', url: '/v1/session', headers: bearer('x') })).statusCode).toBe(401);
  });

  test('changes nothing: that takes the other token', async () => {
    expect((await guarded.inject({ method: 'DELETE', url: '/v1/labs/ha', headers: bearer(READ) })).statusCode).toBe(401);
  });
});
