/** The command line's side of the API. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { listen } from '../../ts/api/listen.ts';
import { CliError, EXIT } from '../../ts/cli/errors.ts';
import { findServer, RemoteServer, serverOn } from '../../ts/cli/remote.ts';
import { readServerFile, removeServerFile, writeServerFile } from '../../ts/cli/server-file.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { ask } from '../../ts/services/living/lab-commands.ts';
import { readAll } from '../contract/records.ts';
import { TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';
import { TWO_HOSTS } from './recorded-lab.ts';

let service: FakeService;
let app: FastifyInstance;
let server: RemoteServer;
let told: string;
const dir = mkdtempSync(join(tmpdir(), 'switchback-remote-'));

beforeAll(() => {
  for (const name of ['SWITCHBACK_SERVER', 'SWITCHBACK_TOKEN']) vi.stubEnv(name, '');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  service = new FakeService();
  app = createApi(service, { token: TOKEN });
  server = new RemoteServer(await listen(app, { host: '127.0.0.1', port: 0 }), TOKEN);
  told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await app.close();
});

const DEPLOY = { lab: 'two-hosts', text: TWO_HOSTS, path: 'two.lab.yml', pacePermille: 0, replace: false } as const;

/** Something else that listens, and its address. */
async function elsewhere(listener: RequestListener): Promise<{ readonly other: Server; readonly url: string }> {
  const other = createServer(listener).listen(0, '127.0.0.1');
  await once(other, 'listening');
  return { other, url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` };
}

/** An address at which nobody listens any more. */
async function nowhere(): Promise<string> {
  const { other, url } = await elsewhere(() => undefined);
  other.close();
  await once(other, 'close');
  return url;
}

/** The error that a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<CliError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof CliError) return error;
  throw new Error(`no CliError: ${String(error)}`);
}

describe('a command through the server comes to the same as one without', () => {
  test('when it is carried out, event by event', async () => {
    const deployed = await server.deploy(DEPLOY);
    const [first] = await readAll(service.log, 'two-hosts');
    expect(deployed).toMatchObject({ status: 'done', position: 1, id: service.submitted[0]?.id });
    expect(deployed.status === 'done' ? deployed.events : []).toEqual([decodeBody(first?.body ?? new Uint8Array())]);
    const executed = await server.execute('two-hosts', 'crash a', { id: 'k1' });
    expect(executed).toEqual(await ask(service, 'two-hosts', { verb: 'execute', text: 'crash a' }, { id: 'k1' }));
    expect(service.submitted).toHaveLength(2);
  });

  test('with its bytes', async () => {
    await service.append('ha', 'c1', line('one'));
    const head = new Uint8Array([0, 1, 254, 255]);
    const drop = {
      node: 'sw',
      interface: 'p1',
      reason: 'no-route',
      frame: 1,
      src: 'a',
      dst: 'b',
      etherType: 1,
      vlan: 0,
      length: 4,
      expected: [],
    };
    const frames = [{ afterNs: 1, bytes: head }];
    service.carryOut = ({ lab, id }) =>
      service.append(
        lab,
        id,
        { type: 'FramesReceived', data: { node: 'sw', interface: 'p1', frames } },
        { type: 'FrameDropped', data: { ...drop, head } },
      );
    const outcome = await server.execute('ha', 'crash fw1');
    expect(outcome).toMatchObject({ events: [{ data: { frames: [{ bytes: head }] } }, { data: { head } }] });
  });

  test('when it is refused', async () => {
    await server.deploy(DEPLOY);
    const outcome = await server.execute('two-hosts', 'crash nobody', { id: 'k2' });
    expect(outcome).toEqual(await ask(service, 'two-hosts', { verb: 'execute', text: 'crash nobody' }, { id: 'k2' }));
    expect(outcome).toMatchObject({ status: 'refused', reasons: ['there is no node of that name', 'and it is asleep'] });
  });

  test('when the lab ends, or is forgotten', async () => {
    await server.deploy(DEPLOY);
    expect(await server.destroy('two-hosts', false)).toMatchObject({ status: 'done', events: [{ type: 'RecordingStopped' }] });
    expect(await server.destroy('two-hosts', true, { id: 'k3' })).toEqual({ status: 'forgotten', id: 'k3' });
  });
});

test('a lab that does not settle in time is pending, and waiting longer asks again with the same id', async () => {
  await server.deploy(DEPLOY);
  service.isAsleep = true;
  expect(await server.execute('two-hosts', 'crash a', { id: 'k4', waitSeconds: 0.1 })).toEqual({ status: 'pending', id: 'k4' });
  const [, pending] = service.submitted;
  setTimeout(() => pending !== undefined && void service.carryOut(pending), 100);
  expect(await server.execute('two-hosts', 'crash a', { id: 'k4' })).toMatchObject({ status: 'done', id: 'k4' });
  expect(new Set(service.submitted.slice(1).map(({ id }) => id))).toEqual(new Set(['k4']));
});

test('labs are read as they are', async () => {
  await server.deploy(DEPLOY);
  expect(await server.labs()).toMatchObject({ labs: [{ lab: 'two-hosts', position: 1 }] });
  expect(await server.lab('two-hosts')).toMatchObject({ lab: 'two-hosts', nodes: [{ node: 'a' }, { node: 'b' }, { node: 'sw' }] });
});

describe('what is refused ends as a verb ends', () => {
  test('an invalid file: with all that is wrong, as "validate" writes it', async () => {
    const text = 'name: two-hosts\ntopology:\n  nodes:\n    a: { kind: hots }\n    b: { kind: host, colour: red }\n';
    const { exit, message } = await failure(server.deploy({ ...DEPLOY, text }));
    expect([exit, message]).toEqual([EXIT.failed, 'two.lab.yml is invalid; nothing was deployed']);
    expect(told).toMatch(/^two\.lab\.yml:4:16: error: "hots" .*\ntwo\.lab\.yml:5:\d+: error: .*"colour"/);
  });

  test('a lab that exists', async () => {
    await server.deploy(DEPLOY);
    const { exit, message } = await failure(server.deploy(DEPLOY));
    expect([exit, message]).toEqual([EXIT.usage, 'lab two-hosts exists already; --replace forgets it and its history']);
    expect(await server.deploy({ ...DEPLOY, replace: true })).toMatchObject({ status: 'done' });
  });

  test('a lab that is not there', async () => {
    await server.deploy(DEPLOY);
    const { exit, message } = await failure(server.execute('nowhere', 'crash a'));
    expect(exit).toBe(EXIT.usage);
    expect(message).toMatch(/there is no lab nowhere: there are two-hosts$/);
  });

  test('a line that is no command', async () => {
    await server.deploy(DEPLOY);
    expect(await failure(server.execute('two-hosts', 'crsh a'))).toMatchObject({
      exit: EXIT.usage,
      message: '"crsh a" is not a command: did you mean "crash"? (see: switchback exec LAB help)',
    });
  });

  test('a token that is wrong, or missing', async () => {
    for (const token of ['guess', '']) {
      const { exit, message } = await failure(new RemoteServer(server.url, token).execute('two-hosts', 'crash a'));
      expect(exit).toBe(EXIT.usage);
      expect(message).toContain('set SWITCHBACK_TOKEN');
    }
  });

  test('a damaged store', async () => {
    service.log.head = () => Promise.reject(Object.assign(new Error(), {}));
    expect((await failure(server.execute('two-hosts', 'crash a'))).exit).toBe(EXIT.defect);
    const { LogDamaged } = await import('../../ts/log/event-log.ts');
    service.log.head = () => Promise.reject(new LogDamaged('two-hosts', 7, 'a bit flipped'));
    const { exit, message } = await failure(server.execute('two-hosts', 'crash a'));
    expect(exit).toBe(EXIT.damaged);
    expect(message).toContain('position 7: a bit flipped');
  });

  test('nobody there', async () => {
    const url = await nowhere();
    const { exit, message } = await failure(new RemoteServer(url, TOKEN).labs());
    expect([exit, message]).toEqual([EXIT.usage, `cannot reach the server at ${url}: connection refused`]);
  });

  test('somebody else there', async () => {
    const { other, url } = await elsewhere((_, response) => response.writeHead(404).end('<h1>Not found</h1>'));
    const { message } = await failure(new RemoteServer(url, TOKEN).labs());
    expect(message).toMatch(/answered 404, but not as a Switchback server does$/);
    other.close();
  });

  test('somebody who would have the token sent elsewhere', async () => {
    const headers = { location: `${server.url}/v1/labs` };
    const { other, url } = await elsewhere((_, response) => response.writeHead(307, headers).end());
    expect((await failure(new RemoteServer(url, TOKEN).labs())).message).toContain('cannot reach');
    other.close();
  });
});

describe('the server is', () => {
  const startedAtMs = Date.now();
  const file = () => ({ url: server.url, token: TOKEN, pid: process.pid, startedAtMs });

  test('the one that is named', async () => {
    expect((await findServer({ server: `${server.url}/`, data: dir }))?.url).toBe(server.url);
    expect((await failure(findServer({ server: 'localhost:7788', data: dir }))).message).toContain('is not an address');
  });

  test('else the one on the directory, with its token', async () => {
    expect(await findServer({ data: dir })).toBeNull();
    writeServerFile(dir, file());
    const found = await findServer({ data: dir });
    expect(await found?.deploy(DEPLOY)).toMatchObject({ status: 'done' });
    expect(statSync(join(dir, 'server.json')).mode & 0o777).toBe(0o600);
  });

  test('none when the one that left its file is dead', async () => {
    writeServerFile(dir, { ...file(), pid: 4_000_000 });
    expect(await serverOn(dir)).toBeNull();
    writeServerFile(dir, { ...file(), url: await nowhere() });
    expect(await serverOn(dir)).toBeNull();
  });

  test('not passed over when it does not answer', async () => {
    const { other: mute, url } = await elsewhere(() => undefined);
    writeServerFile(dir, { ...file(), url });
    expect((await failure(serverOn(dir))).message).toMatch(/process \d+, does not answer at .*: no answer in time$/);
    mute.closeAllConnections();
    mute.close();
  });

  test('known by a file that is whole', () => {
    writeServerFile(dir, file());
    expect(readServerFile(dir)).toEqual(file());
    for (const text of ['', '{', 'null', '{"url":1}', '{"url":"x","token":"y","pid":-1}']) {
      writeFileSync(join(dir, 'server.json'), text);
      expect(readServerFile(dir)).toBeNull();
    }
  });

  test('forgotten by itself alone', () => {
    writeServerFile(dir, { ...file(), pid: 1 });
    removeServerFile(dir);
    expect(readServerFile(dir)?.pid).toBe(1);
    writeServerFile(dir, file());
    removeServerFile(dir);
    expect(readServerFile(dir)).toBeNull();
  });
});
