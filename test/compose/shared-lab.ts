/** The shared lab of compose.yaml as its users meet it: docker, compose, and HTTP. */
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { sleep } from './daemon.ts';

const PROJECT = 'switchback-test';
const URL = 'http://127.0.0.1:7788';
const TOKEN = randomBytes(24).toString('hex');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line of this machine, pointed at the shared lab as docs/compose.md says. */
export function switchback(...args: readonly string[]): string {
  return must(process.execPath, ['dist/ts/cli/bin.js', ...args], { SWITCHBACK_SERVER: URL });
}

/** An example of the repository, as whoever reads it runs it. */
export function example(name: string, ...args: readonly string[]): string {
  return must(`examples/${name}`, args);
}

/** @throws Error with what it printed, when it fails. */
export function docker(...args: readonly string[]): string {
  return must('docker', args);
}

export function compose(...args: readonly string[]): string {
  return must('docker-compose', [...COMPOSE, ...args]);
}

/** No .env of whoever runs the test. */
const COMPOSE = ['--env-file', 'test/compose/stand-in/empty.env', '--project-name', PROJECT];

export function composeWithout(variable: string, ...args: readonly string[]): Ended {
  return run('docker-compose', [...COMPOSE, ...args], { [variable]: undefined });
}

function must(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = run(command, args, env);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stdout}\n${stderr}`.slice(-16_000));
  return stdout;
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>): Ended {
  const surroundings = { ...process.env, SWITCHBACK_TOKEN: TOKEN, ...env };
  return spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20, env: surroundings });
}

/** Containers of a service, running or not. */
export function containers(service: string): readonly string[] {
  return lines(docker('ps', '--all', '--quiet', '--no-trunc', ...labels(service)));
}

export function runningContainers(service: string): readonly string[] {
  return lines(docker('ps', '--quiet', '--no-trunc', ...labels(service)));
}

function labels(service: string): readonly string[] {
  const label = 'label=com.docker.compose';
  return ['--filter', `${label}.project=${PROJECT}`, '--filter', `${label}.service=${service}`];
}

export function onlyContainer(service: string): string {
  const [first, ...more] = containers(service);
  if (first === undefined || more.length > 0) throw new Error(`${service} has ${more.length + 1} containers`);
  return first;
}

export function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** A figure of one process, from its own /metrics; 0 while it does not answer. */
export function figure(container: string, name: string): number {
  const print = "fetch('http://127.0.0.1:7788/metrics').then((r) => r.text()).then((t) => process.stdout.write(t))";
  const { stdout } = run('docker', ['exec', container, 'node', '-e', print], {});
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(stdout)?.[1] ?? 0);
}

// ── HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export async function get<T>(path: string): Promise<T> {
  const { status, body } = await ask<T>('GET', path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

export interface Done {
  readonly status: string;
  readonly position: number;
  readonly events: readonly { readonly position: number; readonly type: string }[];
}

/** A command, carried out. Asked again with the same id while nobody can carry it out, as any user would. */
export async function command(lab: string, text: string, withinMs: number): Promise<Done> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  for (const end = Date.now() + withinMs; ; await sleep(200)) {
    const wait = Math.max(1, Math.floor((end - Date.now()) / 1000));
    const path = `/v1/labs/${lab}/commands?wait=${Math.min(wait, 60)}`;
    const { status, body } = await ask<Done>('POST', path, { headers, body: JSON.stringify({ command: text }) });
    if (status === 200) return body;
    if (Date.now() > end || (status !== 503 && status !== 202)) throw new Error(`${text}: ${status} ${JSON.stringify(body)}`);
  }
}

export async function ask<T>(method: string, path: string, init: RequestInit = {}): Promise<Answer<T>> {
  const headers = new Headers(init.headers);
  // While docker is waited for, nobody here would notice that the server has closed an idle connection.
  headers.set('connection', 'close');
  const response = await fetch(`${URL}${path}`, { ...init, headers, method, signal: AbortSignal.timeout(70_000) });
  return { status: response.status, body: (await response.json()) as T };
}
