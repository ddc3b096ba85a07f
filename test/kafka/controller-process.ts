/** A controller in a process of its own (controller-child.ts), seen from the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabRequest } from '../../ts/model/events/codec-command.ts';
import { PATIENCE_MS } from './until.ts';

export type ChildQuestion =
  | { readonly kind: 'ask'; readonly lab: string; readonly request: LabRequest; readonly id: string; readonly timeoutMs: number }
  | { readonly kind: 'submit'; readonly lab: string; readonly request: LabRequest; readonly id: string }
  | { readonly kind: 'head'; readonly lab: string }
  | { readonly kind: 'status' }
  | { readonly kind: 'close' };

export interface ChildAnswer {
  readonly number: number;
  readonly value: unknown;
  readonly error: string;
}

export interface ControllerStatus {
  readonly labsLoaded: number;
  readonly partitionsOwned: number;
  readonly commandsTaken: number;
  readonly eventsAppended: number;
  readonly troubles: readonly string[];
  readonly memory: { readonly heapUsed: number; readonly external: number; readonly arrayBuffers: number; readonly rss: number };
}

export class ControllerProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #numbers = 0;
  #ids = 0;

  private constructor(child: ChildProcess, dataDir: string) {
    this.#child = child;
    child.on('message', ({ number, value, error }: ChildAnswer) => {
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (error === '') waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the controller is gone'));
      this.#waiting.clear();
      rmSync(dataDir, { recursive: true, force: true });
    });
  }

  static async start(brokers: readonly string[], prefix: string, partitions: number): Promise<ControllerProcess> {
    const dataDir = mkdtempSync(join(tmpdir(), 'switchback-controller-'));
    const args = ['test/kafka/controller-child.ts', brokers.join(','), prefix, String(partitions), dataDir];
    const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const controller = new ControllerProcess(child, dataDir);
    await new Promise((resolve, reject) => controller.#waiting.set(0, { resolve, reject }));
    return controller;
  }

  /** Status of what was asked: done, refused, pending, forgotten. */
  ask(lab: string, request: LabRequest, timeoutMs = PATIENCE_MS, id = `${this.#child.pid}-${++this.#ids}`): Promise<string> {
    return this.#question({ kind: 'ask', lab, request, id, timeoutMs }) as Promise<string>;
  }

  execute(lab: string, text: string, timeoutMs?: number, id?: string): Promise<string> {
    return this.ask(lab, { verb: 'execute', text }, timeoutMs, id);
  }

  async submit(lab: string, text: string, id: string): Promise<void> {
    await this.#question({ kind: 'submit', lab, request: { verb: 'execute', text }, id });
  }

  head(lab: string): Promise<{ readonly position: number; readonly chain: string } | null> {
    return this.#question({ kind: 'head', lab }) as Promise<{ readonly position: number; readonly chain: string } | null>;
  }

  status(): Promise<ControllerStatus> {
    return this.#question({ kind: 'status' }) as Promise<ControllerStatus>;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** Lets it leave in good order. */
  async close(): Promise<void> {
    await this.#question({ kind: 'close' });
    await this.kill();
  }

  #question(question: ChildQuestion): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = ++this.#numbers;
      this.#waiting.set(number, { resolve, reject });
      this.#child.send({ ...question, number }, (error) => error && reject(error));
    });
  }
}
