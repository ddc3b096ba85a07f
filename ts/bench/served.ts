/** A `switchback serve` in a process of its own, and what it costs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLog } from '../log/embedded/index.ts';
import type { LogRecord } from '../model/events/record.ts';

const BATCH = 1000;
const START_MS_MAX = 60_000;

export class Served {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** @param node arguments of Node up to the verb: the file of the command line. @throws Error when it does not listen in time */
  static async start(node: readonly string[], dataDir: string): Promise<Served> {
    const args = [...node, 'serve', '--data', dataDir, '--listen', '127.0.0.1:0', '--workers', '1'];
    const env = { ...process.env, SWITCHBACK_LISTEN: '', SWITCHBACK_KAFKA: '' };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    for (let waitedMs = 0; waitedMs < START_MS_MAX && child.exitCode === null; waitedMs += 20) {
      const url = /listening on (http:\S+)\n/.exec(told)?.[1];
      if (url !== undefined) return new Served(child, url);
      await sleep(20);
    }
    child.kill('SIGKILL');
    throw new Error(`the server does not listen: ${told}`);
  }

  /** The most memory that was resident so far, MiB. Linux knows it; elsewhere it is what is resident now. */
  async peakMiB(): Promise<number> {
    try {
      const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    } catch {
      return (await this.#figure('process_resident_memory_bytes')) / 2 ** 20;
    }
  }

  /** Processor time so far, seconds. */
  processorSeconds(): Promise<number> {
    return this.#figure('process_cpu_seconds_total');
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit');
  }

  async #figure(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }
}

/** Stores a history as a lab that has settled, for a server to be started on. */
export async function storeLab(dataDir: string, lab: string, history: Iterable<LogRecord>): Promise<void> {
  const log = await openEmbeddedLog(dataDir);
  try {
    let batch: LogRecord[] = [];
    for (const record of history) {
      if (batch.length === BATCH) {
        await log.append(lab, (batch[0]?.position ?? 1) - 1, batch);
        batch = [];
      }
      batch.push(record);
    }
    const settled = batch.map((record, index) => (index === batch.length - 1 ? { ...record, settled: true } : record));
    await log.append(lab, (batch[0]?.position ?? 1) - 1, settled);
  } finally {
    await log.close();
  }
}
