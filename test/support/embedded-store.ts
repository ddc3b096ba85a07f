/** Embedded stores in tests: a directory for each, a log that is closed again, and processes that work on a store and may die of it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, onTestFinished } from 'vitest';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import type { Request } from '../embedded-log-child.ts';

const scratch = mkdtempSync(join(tmpdir(), 'switchback-log-'));
let stores = 0;
afterAll(() => rmSync(scratch, { recursive: true }));

/** A new directory with a dot in its name, as the default one has. */
export function newDir(): string {
  return join(scratch, `store.${stores++}`);
}

/** Opens the log of a directory for some work, and closes it whatever happens. */
export async function withLog(
  dir: string,
  work: (log: Awaited<ReturnType<typeof openEmbeddedLog>>) => Promise<unknown>,
): Promise<void> {
  const log = await openEmbeddedLog(dir);
  try {
    await work(log);
  } finally {
    await log.close();
  }
}

/** test/embedded-log-child.ts, as a process that ends with its test. */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stderr: string }>;

  constructor() {
    this.#process = spawn(process.execPath, ['--import', 'tsx', 'test/embedded-log-child.ts']);
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    let stderr = '';
    this.#process.stderr.on('data', (text) => {
      stderr += text;
    });
    this.exit = new Promise((resolve) => this.#process.on('exit', (code, signal) => resolve({ code, signal, stderr })));
    // A process that died is noticed by its missing answer.
    this.#process.stdin.on('error', () => undefined);
    onTestFinished(() => this.kill());
  }

  send(request: Request): void {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
  }

  /** The next answer, or 'dead'. */
  async next(): Promise<unknown> {
    const line = await this.#answers.next();
    return line.done ? 'dead' : JSON.parse(line.value);
  }

  ask(request: Request): Promise<unknown> {
    this.send(request);
    return this.next();
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exit;
  }
}
