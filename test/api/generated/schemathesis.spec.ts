import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { install } from './schemathesis.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchback-schemathesis-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hasVenv = spawnSync('python3', ['-c', 'import ensurepip']).status === 0;

/** Nothing listens at port 9 of this machine. */
const NO_INDEX = { PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_EXTRA_INDEX_URL: '', PIP_NO_CACHE_DIR: '1', PIP_FIND_LINKS: '' };

test('where pip reaches no index, schemathesis is missing and nothing is thrown', { timeout: 120_000 }, () => {
  const missing = install(join(folder, 'environment'), NO_INDEX);
  expect(missing?.missing).toMatch(hasVenv ? /^pip installs no schemathesis 4\.\d+\.\d+: ERROR/ : 'python3 makes no environments');
  expect(missing?.remedy).not.toBe('');
});
