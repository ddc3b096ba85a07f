/** The built command, as people run it: a process with arguments, two streams and an exit code. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { playsLab } from '../support/played.ts';

export const HA_LAB = 'labs/ha-assigned-mac.lab.yml';
export const TWO_HOSTS = 'test/cli/fixtures/two-hosts.lab.yml';
export const FAILING = 'test/cli/fixtures/failing.lab.yml';

const BIN = resolve('dist/ts/cli/bin.js');
const OUTPUT_BYTES_MAX = 64 << 20;

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What comes from standard input. */
  readonly input?: string;
}

/** Runs `switchback` with arguments. */
export function switchback(args: readonly string[], surroundings: Surroundings = {}): Ended {
  return node([BIN, ...args], surroundings);
}

/** Runs a built script of the command line, such as demo.js. */
export function node(args: readonly string[], { cwd = '.', env = {}, input }: Surroundings = {}): Ended {
  if (!existsSync(BIN)) throw new Error(`${BIN} is missing: run npm run build`);
  playsLab();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '', SWITCHBACK_DATA: '', ...env },
  });
  return { code: status, stdout, stderr };
}

/** Runs it for its JSON, which must be all that is on stdout. @throws with stderr when it is not. */
export function json<T>(args: readonly string[]): T {
  const { stdout, stderr } = switchback([...args, '-f', 'json']);
  if (!stdout.startsWith('{')) throw new Error(`no JSON on stdout; on stderr: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** One JSON value per line. */
export function ndjson<T>(args: readonly string[]): T[] {
  const { stdout } = switchback([...args, '-f', 'ndjson']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as T);
}

/** A new directory that goes when the tests of this file are done. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'switchback-cli-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Records a lab file in a new data directory, and answers the directory. */
export function recorded(file: string): string {
  const data = join(scratch(), 'data');
  const { code, stderr } = switchback(['run', file, '--data', data]);
  if (code !== 0) throw new Error(`${file} did not run: exit ${code}\n${stderr}`);
  return data;
}

/** One line of `events -f ndjson`. */
export interface PublishedEvent {
  readonly position: number;
  readonly atNs: number;
  readonly type: string;
  readonly kind: 'input' | 'outcome';
  readonly cause: number;
  readonly chain: string;
  readonly data: Readonly<Record<string, unknown>>;
}
