/**
 * What a person sees who runs a lab on a terminal: a sign at once, progress by wall time, and an end by Ctrl-C. Python's pty gives
 * the command a terminal, and Ctrl-C is the key: the line discipline makes signals of it, one for each process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from '../needs.ts';
import { playsLab } from '../support/played.ts';
import { scratch } from './switchback.ts';

const LOOPED = 'test/cli/fixtures/looped.lab.yml';
const BIN = resolve('dist/ts/cli/bin.js');
const ON_A_PTY = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
const CTRL_C = '\u0003';
/** To the start of the line, and clear it (ECMA-48 8.3.41): what the progress line begins with. */
const CLEAR = '\r\u001b[K';
/** Promised is a second. Machines under load take longer, so the test only refuses what no load explains. */
const FIRST_SIGN_MS_MAX = 10_000;

interface Shown {
  readonly code: number | null;
  readonly text: string;
  readonly firstMs: number;
}

/** Runs the command on a terminal; Ctrl-C is typed once the text so far matches. */
async function onTerminal(args: readonly string[], typeAt: RegExp): Promise<Shown> {
  playsLab();
  const startMs = performance.now();
  const child = spawn('python3', ['-c', ON_A_PTY, process.execPath, BIN, ...args]);
  let text = '';
  let firstMs = Number.POSITIVE_INFINITY;
  let isTyped = false;
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    firstMs = Math.min(firstMs, performance.now() - startMs);
    if (isTyped || !typeAt.test(text)) return;
    isTyped = true;
    child.stdin.write(CTRL_C);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text, firstMs };
}

/** A line of progress once time has passed: the first ones may stand at 0. */
const SHOWS_BOTH = /[\d.]+ [mun]?s of 60 s of virtual time, [1-9][\d,]* frames, [\d,]+ per second/;

needs('terminal')('on a terminal', () => {
  test('HST-01: a run of a ring of switches shows at once that it began, then virtual time and frames, long before it ends', async () => {
    const { code, text, firstMs } = await onTerminal(['run', LOOPED, '--data', scratch()], SHOWS_BOTH);
    console.log(`first sign of a run on a terminal after ${Math.round(firstMs)} ms`);
    expect(firstMs).toBeLessThan(FIRST_SIGN_MS_MAX);
    expect(code).toBe(130);
    expect(text.startsWith(`${CLEAR}run ${LOOPED}`)).toBe(true);
    expect(text.split(CLEAR)).toContainEqual(expect.stringMatching(SHOWS_BOTH));
    expect(text).toContain('looped: interrupted at');
    expect(text).not.toContain('every frame accounted for');
  });

  test('HST-01: switchback test shows progress and tells a storm too', async () => {
    const { text } = await onTerminal(['test', LOOPED], /storm at s\d since/);
    expect(text.split(CLEAR)).toContainEqual(expect.stringMatching(/^[\d.]+ [mun]?s of 60 s of virtual time/));
    expect(text).toContain('Ctrl-C ends the test');
  });
});
