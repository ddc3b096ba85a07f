/** Event streams over real connections. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { eventStream } from '../../ts/api/event-stream.ts';
import type { ApiLimits } from '../../ts/api/limits.ts';
import { listen } from '../../ts/api/listen.ts';
import { seen } from '../support/seen.ts';
import { TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';
import { dial } from './wire.ts';

interface Message {
  readonly id: number;
  readonly event: string;
  readonly data: { readonly position: number; readonly data: { readonly text: string }; readonly reason?: string };
}

/** A reader of one stream, as EventSource is one. */
class Reader {
  readonly messages: Message[] = [];
  readonly comments: string[] = [];
  readonly response: Response;
  readonly #controller: AbortController;
  isEnded = false;

  private constructor(response: Response, controller: AbortController) {
    this.response = response;
    this.#controller = controller;
    void this.#read().catch(() => undefined);
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
    const controller = new AbortController();
    return new Reader(await fetch(url, { headers, signal: controller.signal }), controller);
  }

  leave(): void {
    this.#controller.abort();
  }

  get positions(): readonly number[] {
    return this.messages.map(({ id }) => id);
  }

  async #read(): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body as unknown as AsyncIterable<Uint8Array>) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
    this.isEnded = true;
  }

  #take(block: string): void {
    if (block.startsWith(':')) return void this.comments.push(block);
    const fields = Object.fromEntries(block.split('\n').map((text) => text.split(/: (.*)/s)));
    if (fields['data'] === undefined) return;
    this.messages.push({ id: Number(fields['id'] ?? 0), event: fields['event'] ?? 'message', data: JSON.parse(fields['data']) });
  }
}

let app: FastifyInstance | undefined;
const readers: Reader[] = [];

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.leave();
  await app?.close();
});

function serve(service: FakeService, limits: Partial<ApiLimits> = {}): Promise<string> {
  app = createApi(service, { token: TOKEN, limits });
  return listen(app, { host: '127.0.0.1', port: 0 });
}

async function open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
  const reader = await Reader.open(url, headers);
  readers.push(reader);
  return reader;
}

async function withLines(count: number): Promise<FakeService> {
  const service = new FakeService();
  await service.append('ha', 'c1', ...Array.from({ length: count }, (_, index) => line(`line ${index + 1}`)));
  return service;
}

describe('a stream', () => {
  test('brings what is stored, then what is to come', async () => {
    const service = await withLines(3);
    const reader = await open(`${await serve(service)}/v1/labs/ha/events/stream`);
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream');
    await expect.poll(() => reader.positions).toEqual([1, 2, 3]);
    await service.append('ha', 'c2', line('news'));
    await expect.poll(() => reader.positions).toEqual([1, 2, 3, 4]);
    expect(reader.messages[3]?.data).toMatchObject({ position: 4, type: 'SystemLog', data: { text: 'news' } });
    expect(reader.messages[3]?.data).toEqual(
      (await app?.inject('/v1/labs/ha/events?from=4'))?.json<{ events: unknown[] }>().events[0],
    );
  });

  test('begins where it is asked to', async () => {
    const reader = await open(`${await serve(await withLines(5))}/v1/labs/ha/events/stream?from=4`);
    await expect.poll(() => reader.positions).toEqual([4, 5]);
  });

  test('goes on behind the last event that was read, whatever it was asked at first', async () => {
    const reader = await open(`${await serve(await withLines(5))}/v1/labs/ha/events/stream?from=1`, { 'last-event-id': '3' });
    await expect.poll(() => reader.positions).toEqual([4, 5]);
  });

  test('that was cut off and resumed again and again misses nothing and repeats nothing', async () => {
    const service = await withLines(1);
    const url = `${await serve(service)}/v1/labs/ha/events/stream`;
    const seen: number[] = [];
    for (let round = 0; round < 5; round++) {
      await service.append('ha', `r${round}`, line('a'), line('b'), line('c'));
      const reader = await open(url, seen.length === 0 ? {} : { 'last-event-id': String(seen.at(-1)) });
      await expect.poll(() => reader.positions.at(-1)).toBe(4 + 3 * round);
      seen.push(...reader.positions);
      reader.leave();
    }
    expect(seen).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  });

  test('without events shows that it lives', async () => {
    const reader = await open(`${await serve(await withLines(1), { heartbeatMs: 20 })}/v1/labs/ha/events/stream`);
    await expect.poll(() => reader.comments.length).toBeGreaterThan(2);
    expect(reader.positions).toEqual([1]);
  });

  test('says so when the lab is removed, and ends', async () => {
    const service = await withLines(2);
    const reader = await open(`${await serve(service)}/v1/labs/ha/events/stream`);
    await expect.poll(() => reader.positions).toEqual([1, 2]);
    await service.log.remove('ha');
    await expect.poll(() => reader.isEnded).toBe(true);
    expect(reader.messages.at(-1)).toMatchObject({ event: 'end', data: { reason: 'removed' } });
  });

  test('of a lab that is not there is a problem, and takes no place', async () => {
    const url = await serve(await withLines(1), { streamsMax: 1 });
    expect((await fetch(`${url}/v1/labs/nowhere/events/stream`)).status).toBe(404);
    const reader = await open(`${url}/v1/labs/ha/events/stream`);
    expect(reader.response.status).toBe(200);
  });

  test('of which all places are taken is refused until one is free', async () => {
    const url = `${await serve(await withLines(1), { streamsMax: 2 })}/v1/labs/ha/events/stream`;
    const [first] = [await open(url), await open(url)];
    const refused = await fetch(url);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refused.json()).toMatchObject({ type: 'urn:switchback:problem:too-many-streams' });
    first?.leave();
    await seen(async () => {
      const reader = await open(url);
      expect(reader.response.status).toBe(200);
    });
  });

  test('is counted while it is open, and no longer', async () => {
    const url = await serve(await withLines(1));
    const streams = async (): Promise<string | undefined> =>
      /^switchback_event_streams (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
    const reader = await open(`${url}/v1/labs/ha/events/stream`);
    expect(await streams()).toBe('1');
    reader.leave();
    await expect.poll(streams).toBe('0');
  });
});

describe('a reader that does not read', () => {
  const RECORDS = 10_000;
  const TEXT = 'x'.repeat(2000);

  /** A history of about 22 MB, and how far it was read for streams. */
  async function long(): Promise<{ readonly service: FakeService; readonly read: () => number }> {
    const service = new FakeService();
    await service.append('ha', 'c1', ...Array.from({ length: RECORDS }, () => line(TEXT)));
    let position = 0;
    const { read } = service.log;
    service.log.read = async function* (...range) {
      for await (const batch of read.apply(service.log, range)) {
        position = batch.at(-1)?.position ?? position;
        yield batch;
      }
    };
    return { service, read: () => position };
  }

  async function stall(url: string): Promise<Socket> {
    const socket = dial(url);
    socket.pause();
    socket.write('GET /v1/labs/ha/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'connect');
    return socket;
  }

  test('is waited for, and nothing is read from the log meanwhile; then it gets everything', async () => {
    const { service, read } = await long();
    const socket = await stall(await serve(service));
    await expect.poll(read).toBeGreaterThan(0);
    let before = -1;
    // What the system's own buffers take is taken at once; after that nothing moves.
    await seen(() => {
      const now = read();
      const hasMoved = now !== before;
      before = now;
      expect(hasMoved).toBe(false);
    }, 300);
    expect(before).toBeLessThan(RECORDS);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.resume();
    await expect.poll(() => text).toContain(`id: ${RECORDS}\n`);
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toHaveLength(RECORDS);
    expect(ids.every((id, index) => id === index + 1)).toBe(true);
    socket.destroy();
  });

  test('for too long is given up, and its place is free again', async () => {
    const { service } = await long();
    const url = await serve(service, { stalledMsMax: 300, streamsMax: 1 });
    const socket = await stall(url);
    socket.on('error', () => undefined);
    await expect.poll(async () => (await fetch(`${url}/v1/labs/ha/events/stream`)).status).toBe(503);
    await seen(async () => {
      const reader = await open(`${url}/v1/labs/ha/events/stream`);
      expect(reader.response.status).toBe(200);
    });
    socket.destroy();
  });

  test('keeps nobody else waiting', async () => {
    const { service } = await long();
    const url = await serve(service);
    const socket = await stall(url);
    const reader = await open(`${url}/v1/labs/ha/events/stream?from=${RECORDS}`);
    await expect.poll(() => reader.positions).toEqual([RECORDS]);
    socket.destroy();
  });
});

test('a damaged record ends the stream; it is not passed over', async () => {
  const service = await withLines(3);
  const [first, second, third] = service.store.labs.get('ha') ?? [];
  if (first === undefined || second === undefined || third === undefined) throw new Error('nothing was appended');
  service.store.labs.set('ha', [first, { ...second, chain: first.chain }, third]);
  const text: string[] = [];
  const { signal } = new AbortController();
  const stream = eventStream({ log: service.log, lab: 'ha', from: 1, signal, turn: (work) => work() });
  await expect(
    (async () => {
      for await (const chunk of stream) text.push(chunk);
    })(),
  ).rejects.toThrow('position 2');
  expect(text.join('')).not.toContain('id: 3');
});

/** Longer than a test may last. */
const LONG_MS = 600_000;
/** As long as a request may wait for its lab, s. */
const WAIT_S = 60;

describe('a server that closes', () => {
  test('ends its streams without calling the lab gone', async () => {
    const reader = await open(`${await serve(await withLines(1))}/v1/labs/ha/events/stream`);
    await expect.poll(() => reader.positions).toEqual([1]);
    await app?.close();
    await expect.poll(() => reader.isEnded).toBe(true);
    expect(reader.messages).toHaveLength(1);
  });

  test('finishes what is under way, and takes nothing new', async () => {
    const service = await withLines(1);
    service.isAsleep = true;
    const url = await serve(service);
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const asked = fetch(`${url}/v1/labs/ha/commands`, { method: 'POST', headers, body: '{"command":"crash fw1"}' });
    await expect.poll(() => service.submitted).toHaveLength(1);
    const closed = app?.close();
    await expect.poll(() => app?.server.listening).toBe(false);
    await expect(fetch(`${url}/v1/labs`)).rejects.toThrow();
    const [pending] = service.submitted;
    if (pending !== undefined) await service.carryOut(pending);
    expect((await asked).status).toBe(200);
    await closed;
  });

  test('does not wait for ever for a reader that does not read', async () => {
    const service = new FakeService();
    await service.append('ha', 'c1', ...Array.from({ length: 5000 }, () => line('x'.repeat(2000))));
    // It is given up because the server closes, and not because it does not read.
    const url = await serve(service, { closeGraceMs: 100, stalledMsMax: LONG_MS });
    const socket = dial(url);
    socket.on('error', () => undefined).pause();
    socket.write('GET /v1/labs/ha/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await expect.poll(async () => (await fetch(`${url}/metrics`)).text()).toContain('switchback_event_streams 1');
    await app?.close();
    socket.destroy();
  });

  test('does not wait for connections that nobody has used yet', async () => {
    const socket = dial(await serve(await withLines(1), { closeGraceMs: LONG_MS }));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    await app?.close();
  });

  test('does not wait for ever for a lab that does not settle', async () => {
    const service = await withLines(1);
    service.isAsleep = true;
    const url = await serve(service, { closeGraceMs: 100 });
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const asked = fetch(`${url}/v1/labs/ha/commands?wait=${WAIT_S}`, { method: 'POST', headers, body: '{"command":"crash fw1"}' });
    await expect.poll(() => service.submitted).toHaveLength(1);
    const startedMs = performance.now();
    await app?.close();
    expect((await asked).status).toBe(202);
    expect(performance.now() - startedMs).toBeLessThan((WAIT_S * 1000) / 2);
  });
});
