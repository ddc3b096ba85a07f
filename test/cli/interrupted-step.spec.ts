/** Ctrl-C in the middle of a step: what was recorded stays, and the lab can be told so. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { readServerFile } from '../../ts/cli/server-file.ts';
import { scratch, switchback, TWO_HOSTS } from './switchback.ts';

const BIN = resolve('dist/ts/cli/bin.js');
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

test('Ctrl-C ends exec in the middle of a step with exit 130, and the lab can still be forgotten', async () => {
  const data = scratch();
  switchback(['deploy', TWO_HOSTS, '--data', data]);
  // Where the lab ends. Asked before the step begins, which makes two records at once and no third. To read its events would take the
  // longer, the further the step comes.
  const recorded = (): number =>
    (JSON.parse(switchback(['inspect', '--data', data, '-f', 'json']).stdout) as { labs: { position: number }[] }).labs[0]
      ?.position ?? 0;
  const begun = recorded();
  const child = spawn(process.execPath, [resolve('dist/ts/cli/bin.js'), 'exec', 'two-hosts', 'step', '2000h', '--data', data]);
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  while (recorded() <= begun) {
    await setImmediate();
    expect(child.exitCode).toBeNull();
  }
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([130, null]);
  expect(stderr).toContain('two-hosts: interrupted; what was recorded stays');
  expect(recorded()).toBeGreaterThan(begun);
  expect(switchback(['destroy', 'two-hosts', '--cleanup', '--data', data])).toMatchObject({ code: 0 });
});

test('Ctrl-C of exec through a server cuts the step off there, and says so', async () => {
  const data = scratch();
  switchback(['deploy', TWO_HOSTS, '--data', data]);
  const server = spawn(process.execPath, [BIN, 'serve', '--data', data, '--listen', '127.0.0.1:0'], { stdio: 'pipe' });
  started.push(server);
  let said = '';
  server.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  await expect.poll(() => said).toContain('listening on');
  const { url = '', token = '' } = readServerFile(data) ?? {};
  const begun = await position(url);
  const exec = spawn(process.execPath, [BIN, 'exec', 'two-hosts', 'step', '2000h', '--data', data]);
  started.push(exec);
  let stderr = '';
  exec.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  while ((await position(url)) <= begun) expect(exec.exitCode).toBeNull();
  exec.kill('SIGINT');
  expect(await once(exec, 'close')).toEqual([130, null]);
  expect(stderr).toContain("two-hosts: interrupted; what was recorded stays, and the lab's next command finishes the step");
  const cancel = await fetch(`${url}/v1/labs/two-hosts/commands/current`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await cancel.json()).toEqual({ lab: 'two-hosts', cancelled: false });
});

async function position(url: string): Promise<number> {
  const lab = (await (await fetch(`${url}/v1/labs/two-hosts`)).json()) as { readonly position: number };
  return lab.position;
}
