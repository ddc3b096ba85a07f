/**
 * Computes derived state by re-execution in a worker: it may take as long as the lab once took, and must not delay other requests.
 * One re-execution runs at a time; the number of waiting requests and the time of each are limited.
 */
import type { Worker } from 'node:worker_threads';
import type { Until } from '../engine/replay.ts';
import type { EventLog, LogRecord } from '../log/event-log.ts';
import { revived } from '../model/state/lab-state.ts';
import type { StateAt } from '../services/ask/state-at.ts';
import type { Verification } from '../services/ask/verify-lab.ts';
import { newWorker } from '../services/engine/new-worker.ts';
import type { ApiLimits } from './limits.ts';
import { Problem } from './problem.ts';

/** Messages to the worker: the records first, in several messages if there are many. */
export type ToReExecution =
  | { readonly kind: 'records'; readonly records: readonly LogRecord[] }
  | { readonly kind: 'run'; readonly lab: string; readonly question: Question };

/** The state at a moment, or whether all of it follows again. */
type Question = { readonly until: Until } | 'verify';

export type FromReExecution = { readonly state: StateAt } | { readonly verification: Verification } | { readonly failure: string };

type Answer = Exclude<FromReExecution, { readonly failure: string }>;

export class ReExecutions {
  readonly #limits: ApiLimits;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(limits: ApiLimits) {
    this.#limits = limits;
  }

  /** @throws Problem `too-much-work` when others wait already, or when it takes too long. */
  async stateAt(log: EventLog, lab: string, until: Until): Promise<StateAt> {
    const answer = await this.#ask(log, lab, { until });
    if (!('state' in answer)) throw new Error('the worker answered another question');
    return { ...answer.state, recorded: revived(answer.state.recorded) };
  }

  /** Decides a whole lab again. @throws as `stateAt`; LogDamaged */
  async verify(log: EventLog, lab: string): Promise<Verification> {
    const answer = await this.#ask(log, lab, 'verify');
    if (!('verification' in answer)) throw new Error('the worker answered another question');
    return answer.verification;
  }

  async #ask(log: EventLog, lab: string, question: Question): Promise<Answer> {
    const { reExecutionsWaitingMax } = this.#limits;
    if (this.#waiting > reExecutionsWaitingMax) {
      throw new Problem(
        'too-much-work',
        `${reExecutionsWaitingMax} re-executions wait already; try again`,
        {},
        { 'retry-after': '5' },
      );
    }
    this.#waiting++;
    const mine = this.#turn.then(() => this.#run(log, lab, question));
    this.#turn = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }

  async #run(log: EventLog, lab: string, question: Question): Promise<Answer> {
    const worker = newWorker('./re-execution-worker', import.meta.url);
    const { reExecutionMsMax } = this.#limits;
    const late = new Problem('too-much-work', `re-execution of lab ${lab} took more than ${reExecutionMsMax / 1000} s`);
    const { promise, reject, resolve } = withResolvers<Answer>();
    const alarm = setTimeout(() => reject(late), reExecutionMsMax);
    worker.on('message', (message: FromReExecution) => {
      if ('failure' in message) reject(new Error(message.failure));
      else resolve(message);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the worker that re-executes lab ${lab} ended with code ${code}`)));
    try {
      // Reading and running can each fail first; neither must go unheard.
      await Promise.race([feed(worker, log, lab, question), promise]);
      return await promise;
    } finally {
      clearTimeout(alarm);
      promise.catch(() => undefined);
      await worker.terminate();
    }
  }
}

async function feed(worker: Worker, log: EventLog, lab: string, question: Question): Promise<void> {
  const last = question !== 'verify' && 'position' in question.until ? question.until.position : undefined;
  for await (const records of log.read(lab, 1, last)) {
    worker.postMessage({ kind: 'records', records } satisfies ToReExecution);
  }
  worker.postMessage({ kind: 'run', lab, question } satisfies ToReExecution);
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
