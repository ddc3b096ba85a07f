/**
 * Engines in worker threads. Each worker holds many labs and works them in slices; a lab stays in one worker while it is open.
 */
import type { Worker } from 'node:worker_threads';
import type { LogRecord } from '../../model/events/record.ts';
import type { Done, FromEngine, HostFailure, ToEngine, Work, WorkProgress } from './messages.ts';
import { newWorker } from './new-worker.ts';
import { type AppendRecords, SaveQueue } from './save-queue.ts';

/** The engine of a lab can go no further. */
export class HostFailed extends Error {
  override readonly name = 'HostFailed';
  constructor(readonly failure: HostFailure) {
    super(
      failure.type === 'diverged'
        ? `re-execution decides something else at position ${failure.position} (${failure.reason}): another engine recorded this lab`
        : failure.reason,
    );
  }
}

/** The owner closed the lab's engine while it was at work. */
export class HostClosed extends Error {
  override readonly name = 'HostClosed';
  constructor(lab = '') {
    super(lab === '' ? 'the lab was closed' : `the engine of lab ${lab} was closed`);
  }
}

export class EnginePool {
  readonly #workers: PoolWorker[] = [];
  readonly #size: number;

  /** @param size how many workers at most; they start when they are needed. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Opens a lab: an engine to be fed with its past, or with a snapshot and what came after. */
  open(append: AppendRecords, snapshot: Uint8Array | null = null): HostedLab {
    return new HostedLab(this.#leastLoaded(), append, snapshot);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.close()));
  }

  #leastLoaded(): PoolWorker {
    const [idlest] = [...this.#workers].sort((a, b) => a.hosts.size - b.hosts.size);
    if (idlest !== undefined && (idlest.hosts.size === 0 || this.#workers.length >= this.#size)) return idlest;
    const worker = new PoolWorker((dead) => {
      const index = this.#workers.indexOf(dead);
      if (index >= 0) this.#workers.splice(index, 1);
    });
    this.#workers.push(worker);
    return worker;
  }
}

/** One worker and the labs in it. */
class PoolWorker {
  readonly hosts = new Map<number, HostedLab>();
  readonly #worker: Worker;
  #numbers = 0;

  constructor(onDead: (worker: PoolWorker) => void) {
    this.#worker = newWorker('./worker', import.meta.url);
    this.#worker.on('message', (message: FromEngine) => this.hosts.get(message.host)?.hear(message));
    const die = (reason: string): void => {
      onDead(this);
      for (const host of [...this.hosts.values()]) host.fail(new HostFailed({ type: 'crashed', reason }));
    };
    this.#worker.on('error', (error) => die(String(error)));
    this.#worker.on('exit', (code) => die(`the worker ended with code ${code}`));
  }

  add(host: HostedLab): number {
    const number = ++this.#numbers;
    this.hosts.set(number, host);
    return number;
  }

  post(message: ToEngine): void {
    this.#worker.postMessage(message);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A lab in an engine, seen by its owner. After it failed, or was closed, every promise of it is rejected. */
export class HostedLab {
  readonly #worker: PoolWorker;
  readonly #number: number;
  readonly #jobs = new Map<number, { resolve(done: Done): void; reject(error: unknown): void }>();
  #jobNumber = 0;
  readonly #saves: SaveQueue;
  #failure: { readonly error: unknown } | null = null;
  /** Called once, when the host cannot continue; perhaps no caller is waiting for it. */
  onFailed: ((error: unknown) => void) | null = null;
  /** Called now and then while work is under way. */
  onProgress: ((progress: WorkProgress) => void) | null = null;

  constructor(worker: PoolWorker, append: AppendRecords, snapshot: Uint8Array | null) {
    this.#worker = worker;
    this.#saves = new SaveQueue(append, {
      saved: () => this.#worker.post({ kind: 'acknowledge', host: this.#number }),
      failed: (error) => this.fail(error),
    });
    this.#number = worker.add(this);
    worker.post({ kind: 'open', host: this.#number, snapshot });
  }

  /** Records of the lab's past, in order, before any work. */
  past(records: readonly LogRecord[]): void {
    this.#worker.post({ kind: 'past', host: this.#number, records });
  }

  /** Resolves when the work is done and all its records are durable. @throws HostFailed, or what appending threw. */
  work(work: Work): Promise<Done> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error);
    const job = ++this.#jobNumber;
    return new Promise<Done>((resolve, reject) => {
      this.#jobs.set(job, { resolve, reject });
      this.#worker.post({ kind: 'work', host: this.#number, job, work });
    });
  }

  hear(message: FromEngine): void {
    if (message.kind === 'records') {
      this.#saves.add(message.records);
    } else if (message.kind === 'progress') {
      this.onProgress?.(message);
    } else if (message.kind === 'done') {
      // Its records came before it; a failed save ends the job through `fail`.
      this.#saves.all().then(
        () => this.#end(message.job, message),
        () => undefined,
      );
    } else {
      // Records that it decided before it failed are history; the failure is reported after them.
      this.#saves.all().then(
        () => this.fail(new HostFailed(message.failure)),
        () => undefined,
      );
    }
  }

  #end(job: number, done: Done): void {
    this.#jobs.get(job)?.resolve(done);
    this.#jobs.delete(job);
  }

  fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#leave();
    for (const { reject } of this.#jobs.values()) reject(error);
    this.#jobs.clear();
    this.onFailed?.(error);
  }

  /** Ends the work under way where it is: its promise resolves once all that was decided is durable. */
  stop(): void {
    if (this.#failure === null) this.#worker.post({ kind: 'stop', host: this.#number });
  }

  /** Closes the engine. Records that are already on their way to the log still reach it. */
  async close(): Promise<void> {
    if (this.#failure === null) {
      this.#failure = { error: new HostClosed() };
      this.#leave();
      for (const { reject } of this.#jobs.values()) reject(this.#failure.error);
      this.#jobs.clear();
    }
    await this.#saves.all().catch(() => undefined);
  }

  #leave(): void {
    this.#worker.hosts.delete(this.#number);
    this.#worker.post({ kind: 'close', host: this.#number });
  }
}
