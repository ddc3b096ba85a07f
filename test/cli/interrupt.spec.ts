/**
 * A run that is ended by Ctrl-C: what was decided is recorded, told, and verified up to there. The lab is a ring of switches, in which
 * a storm rages: a second of it takes half a minute.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../ts/services/living/run-lab.ts';
import { playsLab } from '../support/played.ts';
import { json, ndjson, scratch } from './switchback.ts';

const LOOPED = 'test/cli/fixtures/looped.lab.yml';

interface Interrupted {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the lab until it tells its storm, then sends SIGINT. */
async function interrupted(data: string, ...flags: readonly string[]): Promise<Interrupted> {
  playsLab();
  const child = spawn(process.execPath, [resolve('dist/ts/cli/bin.js'), 'run', LOOPED, '--data', data, ...flags]);
  const ended = { stdout: '', stderr: '' };
  let isAsked = false;
  child.stdout.on('data', (text: Buffer) => {
    ended.stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    ended.stderr += text.toString();
    if (isAsked || !ended.stderr.includes('Ctrl-C')) return;
    isAsked = true;
    child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...ended };
}

describe('Ctrl-C in a storm', () => {
  test('HST-01: a storm is told while it rages, and what was recorded stays and is told (exit 130)', async () => {
    const data = scratch();
    const { code, stdout, stderr } = await interrupted(data);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/storm at s\d since [\d.]+ ms: [\d,]+ flooded frames per second/);
    const recorded = Number(/(\d+) events recorded/.exec(stderr)?.[1]);
    const events = ndjson<{ type: string }>(['events', 'looped', '--data', data]);
    expect(events).toHaveLength(recorded);
    expect(events.map(({ type }) => type)).toContain('StormDetected');
  });

  test('run -f json reports how far it came, and verify re-executes to the last record, not to the end the run never reached', async () => {
    const data = scratch();
    const { code, stdout } = await interrupted(data, '-f', 'json');
    expect(code).toBe(130);
    const report = JSON.parse(stdout) as RunReport;
    expect(report).toMatchObject({ lab: 'looped', interrupted: true, checks: [], frames: { holds: true } });
    expect(report.virtualTimeNs).toBeLessThan(60e9);
    const { chain, position: positions } = report;
    const verdict = json(['verify', 'looped', '--data', data]);
    expect(verdict).toMatchObject({ verified: true, positions, chain, cutOff: true, unrecorded: 0 });
  });
});

test('HST-01: validate names the ring', () => {
  const { files } = json<{ files: { findings: { rule: string; message: string }[] }[] }>(['validate', LOOPED]);
  expect(files[0]?.findings).toMatchObject([{ rule: 'HST-01', message: expect.stringContaining('s3:p2 to s1:p2') }]);
});
