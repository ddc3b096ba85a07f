/** The verb `serve`, as a process with signals, files and an exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findServer } from '../../ts/cli/remote.ts';
import { readServerFile } from '../../ts/cli/server-file.ts';
import { TWO_HOSTS } from './recorded-lab.ts';

/** Nobody has the address that its frames are for: every virtual second has something to record. */
const LOSING = `
name: losing
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24, mtu: 9000 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["a:eth0", "b:eth0"] } ]
flows: { dying: { from: a:eth0, to: 10.0.0.2, rate: 10, size: 9000 } }
duration: 10s
`;
const CHILD = 'test/api/serve-child.ts';

class Serve {
  readonly process: ChildProcess;
  told = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const without = { SWITCHBACK_TOKEN: '', SWITCHBACK_LISTEN: '', SWITCHBACK_KAFKA: '', SWITCHBACK_DATA: '' };
    this.process = spawn(process.execPath, ['--import', 'tsx', CHILD, 'serve', '--workers', '1', ...args], {
      env: { ...process.env, ...without, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.told += text;
      });
    }
  }

  async listening(): Promise<string> {
    await expect.poll(() => this.told).toMatch(/listening on http:\S+\n/);
    return /listening on (http:\S+)\n/.exec(this.told)?.[1] ?? '';
  }

  async ended(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }
}

let data: string;
const started: Serve[] = [];

function serve(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Serve {
  const server = new Serve(['--data', data, '--listen', '127.0.0.1:0', ...args], env);
  started.push(server);
  return server;
}

beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'switchback-serve-')), 'data');
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.process.kill('SIGKILL');
    await server.ended();
  }
  rmSync(join(data, '..'), { recursive: true, force: true });
});

test('a server says where it listens, keeps its file while it runs, and goes when it is told to', async () => {
  const server = serve();
  const url = await server.listening();
  const token = /^token (\S{43})$/m.exec(server.told)?.[1];
  expect(readServerFile(data)).toMatchObject({ url, token, pid: server.process.pid });
  expect(statSync(join(data, 'server.json')).mode & 0o777).toBe(0o600);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  server.process.kill('SIGTERM');
  expect(await server.ended()).toBe(0);
  expect(existsSync(join(data, 'server.json'))).toBe(false);
  expect(server.told).not.toContain('warning');
});

test('a token that is given is not printed, and is the one that counts', async () => {
  const server = serve([], { SWITCHBACK_TOKEN: 'the-token-of-the-house' });
  const url = await server.listening();
  expect(server.told).not.toContain('token');
  const remove = (token: string) =>
    fetch(`${url}/v1/labs/nowhere`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  expect((await remove('another')).status).toBe(401);
  expect((await remove('the-token-of-the-house')).status).toBe(404);
});

test('a lab lives on the server that is found beside the data, and outlives it', async () => {
  const server = serve();
  await server.listening();
  const remote = await findServer({ data });
  const file = { lab: 'two-hosts', text: TWO_HOSTS, path: 'two.lab.yml', pacePermille: 0, replace: false };
  expect(await remote?.deploy(file)).toMatchObject({ status: 'done' });
  const stepped = await remote?.execute('two-hosts', 'step 1s');
  const types = stepped?.status === 'done' ? stepped.events.map(({ type }) => type) : [];
  expect(types).toEqual(['TimeAdvanced', 'NeighbourUpdated', 'NeighbourUpdated']);
  const before = await remote?.labs();
  server.process.kill('SIGINT');
  expect(await server.ended()).toBe(0);
  await serve().listening();
  expect(await (await findServer({ data }))?.labs()).toEqual(before);
});

test('a step of hours is cancelled over HTTP, and one does not keep the server from ending in good order', async () => {
  const server = serve();
  await server.listening();
  const remote = await findServer({ data });
  if (remote === null) throw new Error('no server was found');
  const end = async () => Number((await remote.lab('losing'))['position']);
  const more = (than: number) => expect.poll(end).toBeGreaterThan(than);
  await remote.deploy({ lab: 'losing', text: LOSING, path: 'losing.lab.yml', pacePermille: 0, replace: false });
  const begun = await end();
  const step = remote.execute('losing', 'step 2000h').catch((error: unknown) => error);
  await more(begun);
  expect(await remote.cancel('losing')).toBe(true);
  expect(await step).toMatchObject({ message: expect.stringContaining('what lab losing was at was cancelled') });
  expect(await remote.cancel('losing')).toBe(false);

  const cut = await end();
  const again = remote.execute('losing', 'step 1s').catch((error: unknown) => error);
  await more(cut);
  server.process.kill('SIGTERM');
  expect(await server.ended()).toBe(0);
  expect(await again).toBeInstanceOf(Error);
  await serve().listening();
  expect(await (await findServer({ data }))?.lab('losing')).toMatchObject({ ended: '' });
});

test('a second server on the same data is refused', async () => {
  await serve().listening();
  const second = serve();
  expect(await second.ended()).toBe(2);
  expect(second.told).toMatch(/a server already runs on .*: http:\S+, process \d+/);
  expect(readServerFile(data)?.pid).toBe(started[0]?.process.pid);
});

test('a server that was killed does not keep the next one away', async () => {
  const killed = serve();
  await killed.listening();
  killed.process.kill('SIGKILL');
  await killed.ended();
  expect(existsSync(join(data, 'server.json'))).toBe(true);
  const next = serve();
  await next.listening();
  expect(readServerFile(data)?.pid).toBe(next.process.pid);
});

test('an address that is taken is said so, and nothing is left behind', async () => {
  const url = await serve().listening();
  const other = new Serve(['--data', `${data}-2`, '--listen', new URL(url).host]);
  started.push(other);
  expect(await other.ended()).toBe(2);
  expect(other.told).toContain('EADDRINUSE');
  expect(existsSync(`${data}-2/server.json`)).toBe(false);
});

test('a server beyond loopback warns, and is called by the names that were allowed', async () => {
  const server = serve(['--listen', '0.0.0.0:0', '--allow-host', 'lab.example', 'other.example']);
  const url = await server.listening();
  expect(server.told).toContain('warning: other machines can reach 0.0.0.0');
  const { send } = await import('./wire.ts');
  const statuses: number[] = [];
  for (const host of ['lab.example', 'other.example:7788', '127.0.0.1', 'attacker.example']) {
    statuses.push((await send(`${url}/v1/labs`, { headers: { host } })).statusCode);
  }
  expect(statuses).toEqual([200, 200, 200, 421]);
});

test('the second signal ends a server at once', async () => {
  const server = serve();
  const url = await server.listening();
  const token = readServerFile(data)?.token ?? '';
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/yaml' };
  await fetch(`${url}/v1/labs/two-hosts`, { method: 'PUT', headers, body: TWO_HOSTS });
  const step = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: '{"command":"step 90m"}' };
  // It is under way for a while, and closing waits for it.
  const cutOff = fetch(`${url}/v1/labs/two-hosts/commands?wait=60`, step).catch(() => null);
  await expect.poll(async () => (await fetch(`${url}/metrics`)).text()).toContain('switchback_commands_total 2');
  server.process.kill('SIGTERM');
  await expect.poll(() => server.told).toContain('closing; a second signal ends the process at once');
  server.process.kill('SIGTERM');
  expect(await server.ended()).toBe(143);
  expect(existsSync(join(data, 'server.json'))).toBe(false);
  await cutOff;
});

describe('bad usage ends with exit code 2, and names what was expected', () => {
  const bad: readonly (readonly [args: readonly string[], text: string])[] = [
    [['--listen', '7788'], '--listen: "7788" is not an address; expected one such as 127.0.0.1:7788'],
    [['--role', 'reader'], '--role reader needs --kafka'],
    [['--kafka', 'localhost'], '--kafka: "localhost" is not a broker; expected HOST:PORT'],
    [['--kafka', 'localhost:1', '--partitions', '0'], '--partitions: "0" is not a whole number from 1 to 1000'],
    [['--workers', 'many'], '--workers: "many" is not a whole number from 1 to 64'],
  ];
  test.each(bad)('%j', async (args, text) => {
    const server = serve(args);
    expect(await server.ended()).toBe(2);
    expect(server.told).toContain(text);
    expect(existsSync(data)).toBe(false);
  });
});
