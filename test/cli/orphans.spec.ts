/** What processes leave behind that were killed with -9: no orphans, and nothing that makes the next command hang. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const BIN = resolve('dist/ts/cli/bin.js');
const READER = 'test/cli/fixtures/orphaned-reader.mjs';
const BEGIN_ORPHANED = './test/cli/fixtures/begin-orphaned.mjs';

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function hasEnded(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || / Z /.test(readFileSync(stat, 'utf8'));
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

describe.runIf(existsSync(`/proc/${process.pid}/task/${process.pid}/children`))('a supervised child', () => {
  test('ends with the process that supervises it, even when that is killed with -9 in the middle of a step', async () => {
    const data = scratch();
    switchback(['deploy', TWO_HOSTS, '--data', data]);
    const parent = spawn(process.execPath, [BIN, 'exec', 'two-hosts', 'step', '2000h', '--data', data], { stdio: 'ignore' });
    const { pid = 0 } = parent;
    await until(() => childrenOf(pid).length > 0);
    const [child = 0] = childrenOf(pid);
    // It has its store open.
    await until(() => readFileSync(`/proc/${child}/maps`, 'utf8').includes('lmdb'));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(() => hasEnded(child));
  });

  test('records nothing when that process was killed before the store was open', async () => {
    const data = scratch();
    const args = ['--import', BEGIN_ORPHANED, BIN, 'run', TWO_HOSTS, '--data', data];
    const parent = spawn(process.execPath, args, { stdio: 'ignore' });
    const { pid = 0 } = parent;
    await until(() => childrenOf(pid).length > 0);
    const [child = 0] = childrenOf(pid);
    parent.kill('SIGKILL');
    await until(() => hasEnded(child));
    expect(existsSync(join(data, 'data.mdb'))).toBe(false);
  });
});

test('a child whose supervisor was killed while it reads ends without a word', async () => {
  const supervisor = spawn(process.execPath, [READER, recorded(TWO_HOSTS)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  supervisor.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  await once(supervisor.stdout, 'data');
  supervisor.kill('SIGKILL');
  // Its streams are open for as long as the child lives.
  await once(supervisor, 'close');
  expect(stderr).toBe('');
});

test('exec ends with exit 4 when the store cannot be opened, and does not hang', () => {
  const data = recorded(TWO_HOSTS);
  const path = join(data, 'data.mdb');
  const bytes = readFileSync(path);
  // Both meta pages, so that neither shows the way to the tree.
  bytes.fill(0xa5, 0, 8192);
  writeFileSync(path, bytes);
  const { code, stderr } = switchback(['exec', 'two-hosts', 'step', '4s', '--data', data]);
  expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('store damaged') });
});

test('every verb that opens a store ends with exit 4 on a damaged batch', () => {
  const data = recorded(TWO_HOSTS);
  const path = join(data, 'data.mdb');
  const bytes = readFileSync(path);
  // Where the name of the lab's first record lies: its batch fails its checksum from then on.
  for (let at = bytes.indexOf('SB1'); at >= 0; at = bytes.indexOf('SB1', at + 1)) bytes[at + 20] = (bytes[at + 20] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  for (const verb of [
    ['exec', 'two-hosts', 'step', '1s'],
    ['exec', 'two-hosts', 'step', '1s', '--id', 'x'],
    ['inspect', 'two-hosts'],
  ]) {
    const { code, stderr } = switchback([...verb, '--data', data]);
    expect({ verb, code, stderr }).toEqual({ verb, code: 4, stderr: expect.stringContaining('store damaged') });
  }
});
