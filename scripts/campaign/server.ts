/** `switchback serve` as campaigns see it: a process that is killed, and an address that answers. */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Running, type StartOptions, switchback } from './processes.ts';

export const TOKEN = 'campaign-token-campaign-token-campaign';
const START_MS = 60_000;
const STOP_MS = 30_000;
const POLL_MS = 10;
const CALL_MS = 5000;
const BODY_CHARACTERS_MAX = 8 << 20;

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** This end of the connection, in 127.0.0.0/8: the server counts requests by address. */
  readonly from?: string;
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export class Server {
  readonly running: Running;
  readonly #spawn: () => Running;
  #url = '';

  private constructor(start: () => Running) {
    this.#spawn = start;
    this.running = start();
  }

  /** Starts one and waits until it listens. `args`: those of `serve`, such as ["--data", "folder"]. */
  static start(args: readonly string[], { env = {}, ...rest }: StartOptions = {}): Promise<Server> {
    const all = ['serve', '--listen', '127.0.0.1:0', '--workers', '1', ...args];
    return Server.of(() => switchback(all, { env: { SWITCHBACK_TOKEN: TOKEN, ...env }, ...rest }));
  }

  /** One that is started in another way. @throws Error with what it printed when it does not listen. */
  static async of(start: () => Running): Promise<Server> {
    const server = new Server(start);
    const endMs = performance.now() + START_MS;
    for (;;) {
      server.#url = /listening on (http:\/\/\S+)/.exec(server.running.stderr)?.[1] ?? '';
      if (server.#url !== '') return server;
      if (server.running.hasEnded || performance.now() > endMs) {
        await server.running.kill();
        throw new Error(`the server did not start: ${server.running.stderr}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** The same again, on the same data. */
  again(): Promise<Server> {
    return Server.of(this.#spawn);
  }

  async ready(): Promise<void> {
    const endMs = performance.now() + START_MS;
    for (;;) {
      const answer = await this.call({ path: '/readyz' }).catch(() => null);
      if (answer?.status === 200) return;
      if (performance.now() > endMs) throw new Error(`the server did not become ready: ${answer?.body} ${this.running.stderr}`);
      await sleep(5 * POLL_MS);
    }
  }

  /** Ends it as an operator would. Whether it ended by itself, in time and with exit code 0. */
  async stop(): Promise<boolean> {
    this.running.sample();
    this.running.signal('SIGTERM');
    const late = setTimeout(() => this.running.killAll(), STOP_MS);
    const { code } = await this.running.ended;
    clearTimeout(late);
    return code === 0;
  }

  /** @throws Error when no whole answer comes. */
  call(call: Call): Promise<Answer> {
    return callAt(this.#url, call);
  }
}

/** One request on a connection of its own. @throws Error when no whole answer comes. */
export function callAt(
  url: string,
  { method = 'GET', path, headers = {}, body, from, timeoutMs = CALL_MS }: Call,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
      agent: false as const,
      signal: AbortSignal.timeout(timeoutMs),
      ...(from === undefined ? {} : { localAddress: from }),
    };
    // The path goes out as it is, however wrong: a URL would tidy it up.
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        if (text.length < BODY_CHARACTERS_MAX) text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What is wrong with an answer as such; null when nothing is. */
export function faultOf({ status, headers, body }: Answer): string | null {
  if (status === 503) return headers['retry-after'] === undefined ? `503 without Retry-After: ${body.slice(0, 200)}` : null;
  return status >= 500 ? `${status}: ${body.slice(0, 400)}` : null;
}
