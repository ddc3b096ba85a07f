/** Files that people name on the command line. */
import { readFileSync } from 'node:fs';
import { CliError, EXIT } from './errors.ts';

/** The bytes of a file. @throws CliError when it cannot be read. */
export function readInput(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CliError {
  const why = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such file' : String(error);
  return new CliError(EXIT.usage, `cannot read ${path}: ${why}`, { cause: error });
}
