import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { node } from './switchback.ts';

const SUPERVISE = 'test/cli/fixtures/supervise.mjs';
const env = { SWITCHBACK_STORE_TIMEOUT_MS: '500' };

describe('the supervisor', () => {
  test('passes on an exit code', () => {
    expect(node([SUPERVISE, 'three'])).toEqual({ code: 3, stdout: '', stderr: '' });
  });

  test('turns a crash into a damaged store, with the place that was being read', () => {
    const { code, stdout, stderr } = node([SUPERVISE, 'abort']);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('switchback: store damaged: lab ha, position 7: the process that read it was killed by SIGABRT\n');
  });

  test('ends a read that does not come back', () => {
    const { code, stderr } = node([SUPERVISE, 'hang'], { env });
    expect(code).toBe(4);
    expect(stderr).toContain('store damaged: lab ha, position 7: reading it does not return');
  });

  test('ends a read that does not come back while another one did', () => {
    const { code, stderr } = node([SUPERVISE, 'nested'], { env });
    expect(code).toBe(4);
    expect(stderr).toContain('store damaged: lab ha, position 9: reading it does not return');
  });

  test('lets work outside the store take its time', () => {
    expect(node([SUPERVISE, 'slow'], { env })).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([[['-f', 'json']], [['--format=json']], [['-fjson']], [['--format', 'json']]])(
    'answers verify %j with JSON',
    (format) => {
      const { code, stdout } = node([SUPERVISE, 'verify', 'abort', ...format]);
      expect(code).toBe(4);
      expect(JSON.parse(stdout)).toEqual({ verified: false, position: 7, reason: expect.stringMatching(/^store damaged: lab ha/) });
    },
  );

  test('is ended together with its child, by the same signal', async () => {
    const both = spawn(process.execPath, [SUPERVISE, 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(both.stdout, 'data');
    both.kill('SIGTERM');
    expect(await once(both, 'exit')).toEqual([null, 'SIGTERM']);
  });
});
