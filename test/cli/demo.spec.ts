import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { node, scratch } from './switchback.ts';

const DEMO = resolve('dist/ts/cli/demo.js');

test('the demo tells, looks back, proves and captures, twice in the same place, in seconds', () => {
  const cwd = scratch();
  for (let round = 0; round < 2; round++) {
    const startMs = performance.now();
    const { code, stdout, stderr } = node([DEMO], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(stdout).toMatch(/HA passive -> active/);
    expect(stdout).toMatch(/at #\d+: client1 has 10\.0\.1\.1 at 00:50:56:aa:00:01, which is fw1:eth1/);
    expect(stdout).toMatch(/at #\d+: client1 has 10\.0\.1\.1 at 00:50:56:bb:00:01, which is fw2:eth1/);
    expect(stdout).toContain('verified: ');
    expect(stdout).toContain('npx switchback events ha-assigned-mac');
  }
  const capture = join(cwd, '.switchback', 'demo', 'failover.pcapng');
  expect(existsSync(capture)).toBe(true);
  expect(readFileSync(capture).readUInt32BE(0)).toBe(0x0a0d0d0a);
});
