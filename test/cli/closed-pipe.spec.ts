/** A reader that goes away, as `| head` does when it has seen enough. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { HA_LAB, recorded } from './switchback.ts';

const data = recorded(HA_LAB);

interface Left {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a verb, reads one chunk of its result, and closes the pipe. */
async function readOnce(...args: readonly string[]): Promise<Left> {
  const child = spawn(process.execPath, ['dist/ts/cli/bin.js', ...args, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

describe('when the reader of a result goes away', () => {
  test('a capture ends at once: it never comes to its summary', async () => {
    expect(await readOnce('capture', 'ha-assigned-mac', '-w', '-')).toEqual({ code: 0, stderr: '' });
  });

  test.each(['table', 'csv', 'ndjson', 'json', 'timeline'])('events as %s end without an error', async (format) => {
    expect(await readOnce('events', 'ha-assigned-mac', '-f', format)).toEqual({ code: 0, stderr: '' });
  });
});
