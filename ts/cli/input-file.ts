/** Files that people name on the command line; `-` is standard input. */
import { closeSync, openSync, readSync } from 'node:fs';
import { CliError, EXIT } from './errors.ts';

const STDIN = 0;
const CHUNK_BYTES = 64 * 1024;
/** How long to leave a writer alone that has nothing yet, ms. */
const EMPTY_PIPE_MS = 1;

/** What messages call a file. */
export function inputName(path: string): string {
  return path === '-' ? '<stdin>' : path;
}

/** Standard input can be read once, and a verb may ask twice. */
let standardInput: Buffer | null = null;

/**
 * The bytes of a file, and not many more than `bytesMax` of them: a device or a pipe may have no end.
 * @throws CliError when it cannot be read
 */
export function readInput(path: string, bytesMax = Number.POSITIVE_INFINITY): Buffer {
  try {
    if (path !== '-') return readFile(path, bytesMax);
    standardInput ??= readAll(STDIN, bytesMax);
    return standardInput;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readFile(path: string, bytesMax: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    return readAll(fd, bytesMax);
  } finally {
    closeSync(fd);
  }
}

function readAll(fd: number, bytesMax: number): Buffer {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= bytesMax; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const length = readChunk(fd, chunk);
    if (length === 0) break;
    size += length;
    chunks.push(chunk.subarray(0, length));
  }
  return Buffer.concat(chunks);
}

/** Bytes that were read; 0 at the end. Whoever shares standard input may have set it to not block. */
function readChunk(fd: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, chunk);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EMPTY_PIPE_MS);
    }
  }
}

/** What to throw where a file cannot be read. */
export function unreadable(path: string, error: unknown): CliError {
  const why = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such file' : String(error);
  return new CliError(EXIT.usage, `cannot read ${inputName(path)}: ${why}`, { cause: error });
}
