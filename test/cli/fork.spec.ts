import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { json, recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const data = recorded(TWO_HOSTS);
const dir = scratch();
const run = (...args: string[]) => switchback([...args, '--data', data]);

interface Forked {
  readonly chain: string;
  readonly fromStart: boolean;
  readonly openLoop: { readonly frames: number };
  readonly difference: { readonly flows: readonly { readonly name: string; readonly lost: number; readonly gained: number }[] };
  readonly checks: readonly { readonly before: { readonly pass: boolean }; readonly after: { readonly pass: boolean } }[];
}

test('fork records a lab of its own, reports what it lost, and writes the lab file that runs alike', () => {
  const output = join(dir, 'shut.lab.yml');
  const args = ['--run', 'link down b:eth0', '-n', 'shut', '--file', TWO_HOSTS, '-o', output];
  const forked = json<Forked>(['fork', 'two-hosts@1s', ...args, '--data', data, '-f', 'json']);
  const [flow] = forked.difference.flows;
  expect([flow?.name, flow?.gained]).toEqual(['web', 0]);
  expect(flow?.lost).toBeGreaterThan(90);
  expect(forked.checks).toMatchObject([{ before: { pass: true }, after: { pass: false } }]);
  expect(readFileSync(output, 'utf8')).toContain('# The smallest lab with traffic');
  expect(json<Forked>(['run', output, '--data', scratch(), '-f', 'json']).chain).toBe(forked.chain);
  expect(run('verify', 'shut', '--expect-chain', forked.chain).code).toBe(0);
  expect(run('at', 'shut@1.5s', '--recorded').code).toBe(0);
});

test('diff exits with 1 where there is a difference, and shows where the labs part', () => {
  expect(run('diff', 'two-hosts@1s', 'two-hosts@1s')).toMatchObject({ code: 0 });
  const { code, stdout } = run('diff', 'two-hosts', 'shut');
  expect(code).toBe(1);
  expect(stdout).toContain('first divergence');
  expect(stdout).toMatch(/\+ #\d+ {2}1\.000000000 {2}CommandReceived .*link down b:eth0/);
});

test('frames from outside are played as they were recorded, and the report says so', () => {
  const frames = join(dir, 'frames.pcap');
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(60, 8);
  record.writeUInt32LE(60, 12);
  writeFileSync(frames, Buffer.concat([header, record, Buffer.alloc(60, 2)]));
  expect(run('inject', 'two-hosts', 'sw:p1', frames).code).toBe(0);
  const { stdout, code } = run('fork', 'two-hosts@1s', '--run', 'link down b:eth0', '-n', 'outside');
  expect(code).toBe(0);
  expect(stdout).toContain('1 frame from outside, in 1 input, were played as recorded: they do not react');
});

test('bisect names the event that turned an expectation', () => {
  const { code, stdout } = run('bisect', 'shut', '--check', 'event: InterfaceLinkChanged, count: 0');
  expect(code).toBe(0);
  expect(stdout).toMatch(/false with\n {2}#\d+ {2}1\.000000000 {2}InterfaceLinkChanged/);
  expect(run('bisect', 'shut', '--check', 'flow: web, lost: { max: 1000000 }').code).toBe(1);
});

test.each([
  [['fork', 'two-hosts@1s', '--without', 'crash a'], 'there is no step "crash a"'],
  [['fork', 'two-hosts', '--set', 'sw=1'], 'expected NODE.PROPERTY=VALUE'],
  [['fork', 'two-hosts', '--set', 'a.arp-profile=static'], 'it needs the lab file'],
  [['fork', 'two-hosts', '--set', 'sw.nothing=9'], 'switch sw has no property "nothing"'],
  [['fork', 'two-hosts@9m', '--run', 'crash a'], 'ends at'],
  [['fork', 'two-hosts', '-n', 'shut'], 'lab shut exists already'],
  [['fork', 'nobody'], 'there is no lab nobody'],
  [['diff', 'two-hosts', 'nobody'], 'there is no lab nobody'],
  [['bisect', 'two-hosts', '--check', 'ha: a, state: active, at: 1s'], '--check: "at" asks for a time of its own'],
])('a usage error says what was expected: %j', (args, message) => {
  const { code, stderr } = run(...args);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});
