/**
 * `<data>/server.json`: which server runs on this directory, and the token for it. Whoever may read the directory's owner's files
 * may change the owner's labs, and nobody else: mode 0600.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'server.json';

export interface ServerFile {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** Wall clock, ms since 1970. */
  readonly startedAtMs: number;
}

/** Writes it, whole or not at all. */
export function writeServerFile(dir: string, file: ServerFile): void {
  const temporary = join(dir, `.${NAME}.${process.pid}.tmp`);
  rmSync(temporary, { force: true });
  // A new file, so that it never has another mode than this.
  writeFileSync(temporary, `${JSON.stringify(file)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, join(dir, NAME));
}

/** Null when there is none, or none that can be read. */
export function readServerFile(dir: string): ServerFile | null {
  try {
    const { url, token, pid, startedAtMs } = JSON.parse(readFileSync(join(dir, NAME), 'utf8')) as Partial<ServerFile>;
    if (typeof url !== 'string' || typeof token !== 'string' || typeof pid !== 'number') return null;
    return Number.isSafeInteger(pid) && pid > 0 ? { url, token, pid, startedAtMs: Number(startedAtMs) } : null;
  } catch {
    return null;
  }
}

/** Removes this process's own; another's stays. */
export function removeServerFile(dir: string): void {
  if (readServerFile(dir)?.pid === process.pid) rmSync(join(dir, NAME), { force: true });
}
