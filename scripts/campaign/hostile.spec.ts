import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { readCapture } from '../../ts/capture/pcap.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { BrokerProxy } from './broker-proxy.ts';
import { hostileCapture, soundPcap, soundPcapng } from './hostile-bytes.ts';
import { hostileCall, type OpenApi } from './hostile-calls.ts';
import { hostileLab, LARGE } from './hostile-text.ts';
import { Random } from './random.ts';

const LAB = readFileSync('labs/uplink-team.lab.yml', 'utf8');

function many<T>(count: number, make: (random: Random) => T): T[] {
  return Array.from({ length: count }, (_, attempt) => make(Random.of(1, 'spec', attempt)));
}

describe('hostile inputs', () => {
  test('lab files are repeated by their seed, differ, and are sometimes valid and mostly not', () => {
    const texts = many(12, (random) => hostileLab(random, [LAB]));
    expect(many(12, (random) => hostileLab(random, [LAB]))).toEqual(texts);
    expect(new Set(texts).size).toBeGreaterThan(9);
    const valid = texts.filter((text) => readLabFile(text, 'x').ok).length;
    expect(valid).toBeGreaterThan(0);
    expect(valid).toBeLessThan(10);
  });

  test('large texts are about as long as asked', () => {
    for (const [name, make] of Object.entries(LARGE))
      expect([name, Math.abs(make(6000).length / 6000 - 1) < 0.2]).toEqual([name, true]);
  });

  test('captures are made of sound ones, of which every frame can be read', () => {
    for (const sound of [soundPcap, soundPcapng]) {
      const { frames, problem } = readCapture(sound(new Random(3)));
      expect([frames.length, problem]).toEqual([12, null]);
    }
    const damaged = many(60, hostileCapture).map((bytes) => readCapture(bytes).problem !== null);
    expect(damaged).toContain(true);
    expect(damaged).toContain(false);
  });

  test('calls fill the parameters of the document, and leave its addresses now and then', () => {
    const parameters = [
      { in: 'path', name: 'lab', schema: { type: 'string' } },
      { in: 'query', name: 'wait', schema: { type: 'number' } },
    ];
    const body = { content: { 'application/json': { schema: { type: 'object', properties: { command: { type: 'string' } } } } } };
    const api: OpenApi = {
      paths: { '/v1/labs/{lab}/commands': { post: { parameters, requestBody: body, responses: { 200: {} } } } },
    };
    const calls = many(200, (random) => hostileCall(random, api, [LAB]));
    expect(calls.filter(({ path }) => /^\/v1\/labs\/h1\/commands/.test(path)).length).toBeGreaterThan(5);
    expect(calls.filter(({ body: text }) => text === '{"command":"step 1s"}').length).toBeGreaterThan(1);
    expect(new Set(calls.map(({ documented }) => documented?.join() ?? ''))).toEqual(new Set(['', '200']));
  });
});

/** `once` would fail with the reset that ends most of them. */
function closing(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve));
}

test('a proxy passes, delays, swallows and cuts what goes through it', async () => {
  const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  const proxy = await BrokerProxy.listen(() => (address !== null && typeof address === 'object' ? address.port : 0));
  const dial = async () => {
    const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const client = await dial();
  client.write('a');
  expect(String((await once(client, 'data'))[0])).toBe('a');
  proxy.disturb({ kind: 'delay', ms: 100 });
  const sentMs = performance.now();
  client.write('b');
  expect(String((await once(client, 'data'))[0])).toBe('b');
  expect(performance.now() - sentMs).toBeGreaterThan(180);
  proxy.disturb({ kind: 'silence' });
  let heard = false;
  client.on('data', () => {
    heard = true;
  });
  client.write('c');
  const closed = closing(client);
  proxy.disturb({ kind: 'cut' });
  await closed;
  expect(heard).toBe(false);
  const refused = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  await closing(refused);
  proxy.close();
  echo.close();
});
