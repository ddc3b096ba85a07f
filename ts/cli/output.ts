/**
 * Where words go: results to stdout, everything else to stderr; colours only where a person looks. Every text on its way out
 * passes `visible` here.
 */

import { writeSync } from 'node:fs';
import { EXIT } from './errors.ts';
import { coloured, visible } from './visible.ts';

export { count, counted, span } from '../services/publish/words.ts';

const STDOUT = 1;

/** Prints a result, with a line end. */
export function print(text: string): void {
  writeText(`${text}\n`);
}

/** Writes text to stdout. */
export function writeText(text: string): void {
  writeResult(visible(text));
}

/** How long to leave a reader alone whose pipe is full, ms. */
const FULL_PIPE_MS = 1;

/**
 * Writes a part of a result, unchanged, to stdout: all of it before this returns, so that a slow reader slows the work and nothing gathers
 * in memory. Ends the process when nobody reads any more: the stream of Node would tell that by an event, which synchronous
 * work such as a re-execution sees only at its end.
 */
export function writeResult(chunk: string | Uint8Array): void {
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(STDOUT, bytes, at);
    } catch (error) {
      if (!isFull(error)) endUnread(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
    }
  }
}

/** Whoever shares the pipe may have set it to not block. */
function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

/**
 * `| head` closes its end when it has seen enough: that is no error. A verdict that is known already stays the exit code.
 * @throws the error itself, when it is another one.
 */
function endUnread(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
  throw error;
}

/**
 * What is written through Node's streams: help to stdout, notes to stderr. Without a reader of stderr the work goes on, and its
 * exit code still says what came of it.
 */
export function watchReaders(): void {
  process.stdout.on('error', endUnread);
  process.stderr.on('error', () => undefined);
}

/** Tells the person at the terminal something that is no result. */
export function note(text: string): void {
  writeNote(`${text}\n`);
}

/** Writes text to stderr. */
export function writeNote(text: string): void {
  process.stderr.write(visible(text));
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'bad' | 'warn' | 'accent';

const CODES: Readonly<Record<Exclude<Tone, 'plain'>, number>> = { strong: 1, dim: 2, good: 32, bad: 31, warn: 33, accent: 36 };

/** NO_COLOR (any value but the empty one) forbids colours, FORCE_COLOR asks for them; else they are for terminals. */
export function hasColours(stream: NodeJS.WriteStream = process.stdout): boolean {
  if ((process.env['NO_COLOR'] ?? '') !== '') return false;
  const forced = process.env['FORCE_COLOR'] ?? '';
  return forced === '' ? stream.isTTY === true : forced !== '0';
}

export function paint(tone: Tone, text: string): string {
  return tone === 'plain' || text === '' || !hasColours() ? text : coloured(CODES[tone], text);
}
