/** Requests that read a log: how many at once, what becomes of the others, and what one of them holds while its client takes nothing. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { API_LIMITS, type ApiLimits } from '../../ts/api/limits.ts';
import { listen } from '../../ts/api/listen.ts';
import { Reads } from '../../ts/api/reads.ts';
import { seen } from '../support/seen.ts';
import { TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';
import { dial } from './wire.ts';

const EVENTS = 10_000;
const PAGE = `/v1/labs/ha/events?limit=${EVENTS}`;

/** Its lab has more than the system's own buffers take. */
const long = new FakeService();
beforeAll(() => long.append('ha', 'c1', ...Array.from({ length: EVENTS }, () => line('x'.repeat(2000)))));

let app: FastifyInstance | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app?.close();
});

async function serve(limits: Partial<ApiLimits> = {}): Promise<{ readonly url: string; readonly service: FakeService }> {
  const service = new FakeService();
  service.store.labs.set('ha', [...(long.store.labs.get('ha') ?? [])]);
  app = createApi(service, { token: TOKEN, limits });
  return { url: await listen(app, { host: '127.0.0.1', port: 0 }), service };
}

/** Asks for the longest page, and takes nothing of it. */
function stall(url: string): Socket {
  const socket = dial(url);
  sockets.push(socket.on('error', () => undefined));
  socket.pause().write(`GET ${PAGE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  return socket;
}

test('more readers than there are places are told to come again, and may when one has gone', async () => {
  const { url } = await serve({ readersMax: 2 });
  const stalled = [stall(url), stall(url)];
  await expect.poll(async () => (await fetch(`${url}/v1/labs/ha`)).status).toBe(503);
  for (const path of ['', '/state', '/definition', '/events', '/state?derived=true']) {
    const refused = await fetch(`${url}/v1/labs/ha${path}`);
    expect([path, refused.status, refused.headers.get('retry-after')]).toEqual([path, 503, '2']);
    expect(await refused.json()).toMatchObject({ type: 'urn:switchback:problem:too-much-work' });
  }
  expect((await fetch(`${url}/v1/labs`)).status).toBe(503);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  stalled[0]?.destroy();
  await expect.poll(async () => (await fetch(`${url}/v1/labs/ha/events?limit=1`)).status).toBe(200);
});

test('a page is read from the log as the client takes it', async () => {
  const { url, service } = await serve();
  let position = 0;
  const { read } = service.log;
  service.log.read = async function* (...range) {
    for await (const batch of read.apply(service.log, range)) {
      position = Math.max(position, batch.at(-1)?.position ?? 0);
      yield batch;
    }
  };
  const socket = stall(url);
  let before = -1;
  // What the system's own buffers take is taken at once; after that nothing moves.
  await seen(() => {
    const hasMoved = position === 0 || position !== before;
    before = position;
    expect(hasMoved).toBe(false);
  }, 300);
  expect(before).toBeLessThan(EVENTS);
  const answer = await text(socket);
  expect(answer).toMatch(/\]\}\r\n0\r\n\r\n$/);
  const ids = [...answer.matchAll(/"position":(\d+)/g)].map(([, id]) => Number(id));
  expect(ids).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
});

test('a lab that is replaced in the middle of a page breaks it off: no page has events of two labs', async () => {
  const { url, service } = await serve();
  const answer = await fetch(`${url}${PAGE}`);
  await service.log.remove('ha');
  await service.append('ha', 'c2', ...Array.from({ length: EVENTS }, () => line('another')));
  await expect(answer.text()).rejects.toThrow();
});

test('what clients have not taken is bounded, too', () => {
  const reads = new Reads({ ...API_LIMITS, unsentBytesMax: 1000 });
  const stuck = Object.assign(new EventEmitter(), { writableLength: 0 });
  const enter = (raw: EventEmitter): void => reads.enter({ raw } as unknown as FastifyReply);
  enter(stuck);
  stuck.writableLength = 1001;
  expect(() => enter(new EventEmitter())).toThrow('clients have not taken');
  stuck.emit('close');
  expect(() => enter(new EventEmitter())).not.toThrow();
});

test('pieces of work are done so many at once, and in the order in which they came', async () => {
  const reads = new Reads({ ...API_LIMITS, readsAtOnce: 2 });
  let [working, most] = [0, 0];
  const done: number[] = [];
  const work = async (number: number): Promise<void> => {
    most = Math.max(most, ++working);
    await new Promise((resolve) => setImmediate(resolve));
    working--;
    done.push(number);
    if (number === 3) throw new Error('one that fails keeps nobody waiting');
  };
  const turns = Array.from({ length: 20 }, (_, number) => reads.turn(() => work(number)).catch(() => undefined));
  await Promise.all(turns);
  expect(most).toBe(2);
  expect(done).toEqual(Array.from({ length: 20 }, (_, number) => number));
});
