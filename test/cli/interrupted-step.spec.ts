/** Ctrl-C in the middle of a step: what was recorded stays, and the lab can be told so. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { scratch, switchback, TWO_HOSTS } from './switchback.ts';

test('Ctrl-C ends exec in the middle of a step with exit 130, and the lab can still be forgotten', {
  timeout: 60_000,
}, async () => {
  const data = scratch();
  switchback(['deploy', TWO_HOSTS, '--data', data]);
  const child = spawn(process.execPath, [resolve('dist/ts/cli/bin.js'), 'exec', 'two-hosts', 'step', '2000h', '--data', data]);
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const recorded = (): number => switchback(['events', 'two-hosts', '--data', data, '-f', 'csv']).stdout.split('\n').length;
  const begun = recorded();
  while (recorded() <= begun && child.exitCode === null);
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([130, null]);
  expect(stderr).toContain('two-hosts: interrupted; what was recorded stays');
  expect(recorded()).toBeGreaterThan(begun);
  expect(switchback(['destroy', 'two-hosts', '--cleanup', '--data', data])).toMatchObject({ code: 0 });
});
