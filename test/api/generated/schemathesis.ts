/** schemathesis, in an environment of Python of its own below node_modules/.cache: installed once, where Python and a package index are there. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const VERSION = '4.32.5';
export const FOLDER = resolve(`node_modules/.cache/schemathesis-${VERSION}`);

export function toolIn(folder: string): string {
  return join(folder, 'bin/schemathesis');
}

/** What is missing, and how to get it. */
export interface Missing {
  readonly missing: string;
  readonly remedy: string;
}

/**
 * Installs it, unless it is there. What was begun and not finished, or was moved since, is begun anew.
 * @param env of pip, such as PIP_INDEX_URL
 * @returns null once it is there
 */
export function install(folder: string = FOLDER, env: Readonly<Record<string, string>> = {}): Missing | null {
  const done = join(folder, 'installed');
  if (existsSync(done) && spawnSync(toolIn(folder), ['--version']).status === 0) return null;
  const run = (command: string, ...args: readonly string[]) =>
    spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (run('python3', '-m', 'venv', '--clear', folder).status !== 0) {
    return { missing: 'python3 makes no environments', remedy: 'apt-get install python3-venv' };
  }
  const pip = run(join(folder, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--retries', '1', `schemathesis==${VERSION}`);
  if (pip.status !== 0) {
    const why = pip.stderr.trim().split('\n').at(-1) ?? '';
    return { missing: `pip installs no schemathesis ${VERSION}: ${why}`, remedy: 'pip config get global.index-url' };
  }
  writeFileSync(done, '');
  return null;
}
