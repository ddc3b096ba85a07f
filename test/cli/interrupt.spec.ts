/** A run that is ended by Ctrl-C: what was recorded stays, and is told. The lab is a ring of switches, in which a storm rages. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { json, ndjson, scratch } from './switchback.ts';

const LOOPED = 'test/cli/fixtures/looped.lab.yml';

test('HST-01: a storm is told while it rages, and Ctrl-C keeps and reports what was recorded (exit 130)', {
  timeout: 60_000,
}, async () => {
  const data = scratch();
  const child = spawn(process.execPath, [resolve('dist/ts/cli/bin.js'), 'run', LOOPED, '--data', data]);
  let stderr = '';
  let isAsked = false;
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
    if (isAsked || !stderr.includes('Ctrl-C')) return;
    isAsked = true;
    child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(130);
  expect(stderr).toMatch(/storm at s\d since [\d.]+ ms: [\d,]+ flooded frames per second/);
  const recorded = Number(/(\d+) events recorded/.exec(stderr)?.[1]);
  expect(recorded).toBeGreaterThan(3);
  const events = ndjson<{ type: string }>(['events', 'looped', '--data', data]);
  expect(events).toHaveLength(recorded);
  expect(events.map(({ type }) => type)).toContain('StormDetected');
});

test('HST-01: validate names the ring', () => {
  const { files } = json<{ files: { findings: { rule: string; message: string }[] }[] }>(['validate', LOOPED]);
  expect(files[0]?.findings).toMatchObject([{ rule: 'HST-01', message: expect.stringContaining('s3:p2 to s1:p2') }]);
});
