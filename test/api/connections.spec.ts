/**
 * Clients that send slowly, send what is no request, or never read. None of them closes its connection: both ends of a TCP connection
 * close by themselves, so it is the server that has to.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import type { ApiLimits } from '../../ts/api/limits.ts';
import { listen } from '../../ts/api/listen.ts';
import { TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';
import { dial, sendRaw } from './wire.ts';

const HOST = 'Host: localhost\r\n';
const POST = `POST /v1/labs/ha/commands HTTP/1.1\r\n${HOST}Authorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;

/** The times of the server, short enough for a test. */
const SHORT = { headersMsMax: 400, requestMsMax: 600, stalledMsMax: 400, idleMsMax: 1500, keepAliveMsMax: 300, lingerMs: 100 };
/** Every connection is closed after the longest of them, and what Node and a busy machine need to notice; hostile clients go on for ever. */
const CLOSED_WITHIN_MS = 20_000;

let app: FastifyInstance | undefined;
const sockets: Socket[] = [];
const drips: NodeJS.Timeout[] = [];

afterEach(async () => {
  for (const drip of drips.splice(0)) clearInterval(drip);
  for (const socket of sockets.splice(0)) socket.destroy();
  await app?.close();
});

function serve(service: FakeService, limits: Partial<ApiLimits>): Promise<string> {
  app = createApi(service, { token: TOKEN, limits });
  return listen(app, { host: '127.0.0.1', port: 0 });
}

/** A client that keeps its side open, whatever the server does. */
function open(url: string, sends: string, reads = true): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  sockets.push(socket.on('error', () => undefined));
  if (reads) socket.resume();
  else socket.pause();
  socket.write(sends);
  return socket;
}

/** One that goes on sending, a little at a time. */
function drip(url: string, sends: string, more: string): void {
  const socket = open(url, sends);
  drips.push(setInterval(() => socket.writable && socket.write(more), 100));
}

function connections(): Promise<number> {
  return new Promise((resolve, reject) =>
    app?.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}

async function withLines(count: number, length: number): Promise<FakeService> {
  const service = new FakeService();
  await service.append('ha', 'c1', ...Array.from({ length: count }, () => line('x'.repeat(length))));
  return service;
}

test('a client that resets its connection right after its request causes no defect', async () => {
  const service = new FakeService();
  await service.append('ha', 'c1', line('one'));
  const defects: string[] = [];
  app = createApi(service, { token: TOKEN, onDefect: (text) => defects.push(text) });
  const url = await listen(app, { host: '127.0.0.1', port: 0 });
  const socket = open(url, '');
  // The server has read the request, and nobody has asked for the client's address yet.
  app.server.prependOnceListener('request', () => socket.resetAndDestroy());
  socket.write(`${POST}Content-Length: 23\r\n\r\n{"command":"crash fw1"}`);
  await expect.poll(() => [...service.submitted, ...defects]).toHaveLength(1);
  expect(defects).toEqual([]);
});

describe('hostile clients', () => {
  const page = (path: string): string => `GET /v1/labs/ha/${path} HTTP/1.1\r\n${HOST}\r\n`;
  const kinds: readonly (readonly [name: string, count: number, begin: (url: string) => unknown])[] = [
    ['that send nothing', 130, (url) => open(url, '')],
    ['that send a header without an end', 130, (url) => drip(url, `GET / HTTP/1.1\r\n${HOST}`, 'X-More: yes\r\n')],
    ['that send a body without an end', 100, (url) => drip(url, `${POST}Content-Length: 100000\r\n\r\n{`, ' ')],
    ['that send what is no request', 100, (url) => open(url, 'EHLO switchback\r\n\r\n')],
    ['that keep a used connection', 20, (url) => open(url, `GET /healthz HTTP/1.1\r\n${HOST}\r\n`)],
    ['that never read their answer', 10, (url) => open(url, page('events?limit=10000'), false)],
    ['that never read their stream', 10, (url) => open(url, page('events/stream'), false)],
  ];
  const count = kinds.reduce((sum, [, of]) => sum + of, 0);

  test(`of every kind, ${count} at once, are all closed in the stated times`, async () => {
    const url = await serve(await withLines(6000, 2000), SHORT);
    const accepted = vi.fn();
    app?.server.on('connection', accepted);
    for (const [, of, begin] of kinds) for (let one = 0; one < of; one++) begin(url);
    await expect.poll(() => accepted).toHaveBeenCalledTimes(count);
    await expect.poll(connections, { timeout: CLOSED_WITHIN_MS }).toBe(0);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

test('a request that does not arrive in time is answered 408, and closed', async () => {
  const url = await serve(await withLines(1, 1), SHORT);
  const answer = await sendRaw(url, `${POST}Content-Length: 100\r\n\r\n{`);
  expect(answer).toMatch(/^HTTP\/1\.1 408 Refused\r\nContent-Type: application\/problem\+json\r\nConnection: close\r\n/);
  expect(answer).toContain('urn:switchback:problem:request-timeout');
});

test('connections beyond the most there may be are closed unanswered, until another has gone', async () => {
  const url = await serve(await withLines(1, 1), { connectionsMax: 3 });
  const request = `GET /healthz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;
  const held = [open(url, ''), open(url, ''), open(url, '')];
  await expect.poll(connections).toBe(3);
  const refused = dial(url).on('error', () => undefined);
  await once(refused, 'close');
  expect(refused.bytesRead).toBe(0);
  held[0]?.destroy();
  await expect.poll(connections).toBe(2);
  expect(
    await text(
      dial(url)
        .setEncoding('utf8')
        .on('connect', function (this: Socket) {
          this.write(request);
        }),
    ),
  ).toMatch(/^HTTP\/1\.1 200 /);
});

test('a request that waits for its lab is not taken for a client that does not read', async () => {
  const service = await withLines(1, 1);
  service.isAsleep = true;
  const url = await serve(service, { stalledMsMax: 100, headersMsMax: 100, requestMsMax: 200 });
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const asked = fetch(`${url}/v1/labs/ha/commands?wait=1`, { method: 'POST', headers, body: '{"command":"crash fw1"}' });
  expect((await asked).status).toBe(202);
});
