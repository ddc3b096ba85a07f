/** A file that appears whole or not at all: written beside its place, and renamed into it at the end. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Calls `work` with a way to write; whatever it throws leaves nothing behind. */
export async function writeAtomically<T>(path: string, work: (write: (chunk: Uint8Array) => void) => Promise<T>): Promise<T> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const file = openSync(temporary, 'w');
  const abandon = (): void => rmSync(temporary, { force: true });
  // A signal that ends the process must not leave half a file either.
  process.on('exit', abandon);
  try {
    const result = await work((chunk) => writeAll(file, chunk));
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, path);
    return result;
  } catch (error) {
    closeQuietly(file);
    throw error;
  } finally {
    abandon();
    process.off('exit', abandon);
  }
}

/** Writes every byte, however many calls it takes. */
function writeAll(file: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // It was closed before the rename failed.
  }
}
