/**
 * A server that runs living labs, for the verbs that ask it: found beside the data (server.json), or named. What it refuses
 * ends as the same errors and exit codes as if the verb had done the work itself.
 */
import { randomUUID } from 'node:crypto';
import type { Operations } from '../../gen/api/operations.ts';
import { type ProblemKind, problemKind } from '../api/problem.ts';
import type { CommandOutcome } from '../services/living/lab-commands.ts';
import { formatFinding } from '../topology/draft/finding.ts';
import { type Answer, type Asked, type CallOptions, call, type Json, type OperationId, type SuccessOf } from './api-call.ts';
import { CliError, EXIT, type ExitCode } from './errors.ts';
import { note } from './output.ts';
import { startedAfter } from './process-start.ts';
import { outcomeOf, refusalOf, type Settled, textOf } from './remote-outcome.ts';
import { readServerFile, type ServerFile } from './server-file.ts';

export interface FindServer {
  /** Named on the command line, or in SWITCHBACK_SERVER. */
  readonly server?: string;
  readonly data: string;
}

export interface AskOptions {
  /** Of the command; the same one twice has one effect. */
  readonly id?: string;
  /** Until the lab has settled; for ever unless given. */
  readonly waitSeconds?: number;
}

export interface RemoteDeploy extends AskOptions {
  readonly lab: string;
  /** The lab file, as it was read. */
  readonly text: string;
  /** Its name, for what is wrong with it. */
  readonly path: string;
  /** Virtual time per wall time, in thousandths; 0: time moves by `step` alone. */
  readonly pacePermille: number;
  readonly replace: boolean;
}

/** A server answers its probe in milliseconds, even when it is busy. */
const PROBE_MS = 3000;
/** One request waits this long for a lab, seconds; then the same is asked again, with the same id. */
const ROUND_SECONDS = 30;
/** HTTP status of what was handed over, and is not recorded yet. */
const PENDING = 202;

/** The server to ask; null when this process should open the store itself. @throws CliError when a named one is none. */
export async function findServer({ server = process.env['SWITCHBACK_SERVER'], data }: FindServer): Promise<RemoteServer | null> {
  const token = process.env['SWITCHBACK_TOKEN'] ?? '';
  if (server !== undefined && server !== '') return new RemoteServer(baseOf(server), token);
  const found = await serverOn(data);
  return found === null ? null : new RemoteServer(found.url, found.token);
}

/**
 * The server that runs on a data directory; null when none does, whatever file one has left there.
 * @throws CliError when it is there and does not answer: opening the store behind its back would be wrong.
 */
export async function serverOn(data: string): Promise<ServerFile | null> {
  const file = readServerFile(data);
  if (file === null || !isAlive(file.pid) || startedAfter(file.pid, file.startedAtMs)) return null;
  try {
    await fetch(`${file.url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS), redirect: 'error' });
    return file;
  } catch (error) {
    // The number of a dead server may be another process's by now; only a server would listen there.
    if (codeOf(error) === 'ECONNREFUSED') return null;
    throw silent(data, file, error);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href.replace(/\/+$/, '');
  throw new CliError(EXIT.usage, `--server: "${text}" is not an address; expected one such as http://127.0.0.1:7788`);
}

export class RemoteServer {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  /** Begins a lab. @throws CliError; what is wrong with the file was printed then */
  deploy({ lab, text, path, pacePermille, replace, ...options }: RemoteDeploy): Promise<CommandOutcome> {
    const pace = pacePermille === 0 ? {} : { pace: `${pacePermille / 1000}x` };
    const body = { type: 'application/yaml', value: text } as const;
    return this.#change('deployLab', { path: { lab }, query: { ...pace, replace }, body }, options, path);
  }

  /** Gives a lab a command, or lets its time pass. */
  execute(lab: string, command: string, options: AskOptions = {}): Promise<CommandOutcome> {
    return this.#change('sendCommand', { path: { lab }, body: { type: 'application/json', value: { command } } }, options);
  }

  /** Ends what a lab is at. False when nothing was under way there. */
  async cancel(lab: string): Promise<boolean> {
    return (await this.#ask('cancelCommand', { path: { lab } }, lab)).cancelled;
  }

  /** Ends a lab; `forget`: and its history. */
  destroy(lab: string, forget: boolean, options: AskOptions = {}): Promise<CommandOutcome> {
    return this.#change('destroyLab', { path: { lab }, query: { forget } }, options);
  }

  /** Forks a lab, which `name` is to be. @returns what "fork -f json" prints */
  fork(lab: string, name: string, order: ForkOrder, id?: string): Promise<Json> {
    return this.#make('forkLab', { path: { lab }, body: { type: 'application/json', value: order } }, name, id);
  }

  /** Records the lab of a bundle. @returns what "import -f json" prints */
  import(
    bundle: Uint8Array<ArrayBuffer>,
    { name, replace }: { readonly name?: string; readonly replace: boolean },
    id?: string,
  ): Promise<Json> {
    const query = { ...(name === undefined ? {} : { name }), replace };
    return this.#make(
      'addLab',
      { path: {}, query, body: { type: 'application/gzip', value: bundle } },
      name ?? 'of the bundle',
      id,
    );
  }

  /** All labs, as `inspect -f json` prints them. */
  labs(): Promise<SuccessOf<'listLabs'>> {
    return this.#ask('listLabs', { path: {} }, '');
  }

  /** One lab at its end: what `inspect LAB -f json` prints, and more. */
  lab(lab: string): Promise<SuccessOf<'showLab'>> {
    return this.#ask('showLab', { path: { lab } }, '');
  }

  async #ask<O extends OperationId>(operation: O, asked: Asked<O>, lab: string): Promise<SuccessOf<O>> {
    const answer = await this.#send(operation, asked, {});
    if (answer.ok) return answer.json;
    throw this.#errorOf(answer.status, answer.json, lab);
  }

  /** Asks until the lab has settled, or the time is over; with one id, so that asking again changes nothing. */
  async #change<O extends Changing>(
    operation: O,
    asked: Asked<O>,
    { id = randomUUID(), waitSeconds = Number.POSITIVE_INFINITY }: AskOptions,
    file?: string,
  ): Promise<CommandOutcome> {
    const deadlineMs = performance.now() + waitSeconds * 1000;
    for (let isFirst = true; ; isFirst = false) {
      const leftSeconds = Math.max(0, (deadlineMs - performance.now()) / 1000);
      const wait = Math.min(leftSeconds, ROUND_SECONDS).toFixed(3);
      const answer = await this.#send(operation, asked, { id, wait });
      const outcome = answer.ok ? outcomeOf(id, answer.json as Settled) : this.#refused(asked, { id, isFirst, file }, answer);
      if (outcome.status !== 'pending' || performance.now() >= deadlineMs) return outcome;
    }
  }

  /** What a problem means for a change. @throws CliError where it is none of the outcomes */
  #refused(
    asked: { readonly path: { readonly lab: string }; readonly query?: object },
    { id, isFirst, file }: { readonly id: string; readonly isFirst: boolean; readonly file: string | undefined },
    { status, json }: { readonly status: number; readonly json: Json },
  ): CommandOutcome {
    const { lab } = asked.path;
    const kind = problemKind(json['type']);
    if (kind === 'command-refused') return refusalOf(id, json);
    // A lab that was to be forgotten, and is gone when asked again, was forgotten.
    const isForgotten = asked.query !== undefined && 'forget' in asked.query && asked.query.forget === true;
    if (kind === 'no-such-lab' && isForgotten && !isFirst) return { status: 'forgotten', id };
    if (kind === 'invalid-lab-file') throw invalidFile(file ?? lab, json, 'deployed');
    throw this.#errorOf(status, json, lab);
  }

  /** Makes a whole lab; asks again, with the same id, until all of it is recorded. */
  async #make<O extends 'forkLab' | 'addLab'>(
    operation: O,
    asked: Asked<O>,
    lab: string,
    id: string = randomUUID(),
  ): Promise<Json> {
    for (;;) {
      const { ok, status, json } = await this.#send(operation, asked, { id, wait: String(ROUND_SECONDS) });
      if (status === PENDING) continue;
      if (ok) return json as Json;
      if (problemKind(json['type']) === 'invalid-lab-file') throw invalidFile('--file', json, 'forked');
      throw this.#errorOf(status, json, lab);
    }
  }

  async #send<O extends OperationId>(operation: O, asked: Asked<O>, options: Omit<CallOptions, 'token'>): Promise<Answer<O>> {
    try {
      return await call(this.url, operation, asked, { token: this.#token, ...options });
    } catch (error) {
      throw unreachable(this.url, error);
    }
  }

  #errorOf(status: number, json: Json, lab: string): CliError {
    const kind = problemKind(json['type']);
    const detail = textOf(json['detail']);
    if (kind === null) return new CliError(EXIT.usage, `${this.url} answered ${status}, but not as a Switchback server does`);
    if (kind === 'token-missing') {
      return new CliError(EXIT.usage, `${this.url} requires its token: set SWITCHBACK_TOKEN to the one it printed at start`);
    }
    if (kind === 'lab-exists') return new CliError(EXIT.usage, `lab ${lab} exists already; --replace forgets it and its history`);
    if (kind === 'invalid-command') return new CliError(EXIT.usage, detail);
    return new CliError(EXITS[kind] ?? EXIT.usage, `${this.url}: ${detail}`);
  }
}

/** Operations that a lab settles after. */
type Changing = 'deployLab' | 'sendCommand' | 'destroyLab';
type ForkOrder = Operations['forkLab']['body']['application/json'];

/** Where it is not "usage error or not found". */
const EXITS: { readonly [K in ProblemKind]?: ExitCode } = {
  'store-damaged': EXIT.damaged,
  'invalid-bundle': EXIT.damaged,
  defect: EXIT.defect,
};

function invalidFile(path: string, json: Json, undone: string): CliError {
  for (const error of Array.isArray(json['errors']) ? (json['errors'] as Json[]) : []) {
    const { line, column, message, rule, remedy } = error;
    const more = {
      ...(rule === undefined ? {} : { rule: textOf(rule) }),
      ...(remedy === undefined ? {} : { remedy: textOf(remedy) }),
    };
    const place = { file: path, line: Number(line ?? 1), column: Number(column ?? 1) };
    note(formatFinding({ ...place, severity: 'error', message: textOf(message), ...more }));
  }
  return new CliError(EXIT.failed, `${path} is invalid; nothing was ${undone}`);
}

/** The system's own word for what went wrong, which `fetch` wraps. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  return textOf(cause?.code ?? code);
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  ECONNRESET: 'the server closed the connection',
  UND_ERR_SOCKET: 'the server closed the connection',
};

function silent(data: string, { pid, url }: ServerFile, cause: unknown): CliError {
  const message = `the server on ${data}, process ${pid}, does not answer at ${url}: ${reasonOf(cause)}`;
  return new CliError(EXIT.usage, message, { cause });
}

function unreachable(url: string, cause: unknown): CliError {
  return new CliError(EXIT.usage, `cannot reach the server at ${url}: ${reasonOf(cause)}`, { cause });
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { readonly cause?: Error };
  if (name === 'TimeoutError') return 'no answer in time';
  return REASONS[codeOf(error)] ?? cause?.message ?? message;
}
