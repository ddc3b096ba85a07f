/**
 * Answers questions by re-execution in a worker: it may take as long as the lab once took, and must not delay other requests.
 * One re-execution runs at a time; the number of waiting requests and the time of each are limited. Nobody works for a client that has
 * gone: its worker is ended, and its place in the queue is free.
 */
import { answerLogRequest, type LogAnswer, type LogRequest } from '../services/ask/log-port.ts';
import type { Question, QuestionAnswered } from '../services/debug/question.ts';
import { newWorker } from '../services/engine/new-worker.ts';
import type { LabService } from '../services/living/lab-service.ts';
import type { ApiLimits } from './limits.ts';
import { Problem } from './problem.ts';

/** Messages to the worker: the question, and answers to what it asks for meanwhile. */
export type ToReExecution =
  | { readonly kind: 'run'; readonly question: Question }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: LogAnswer };

export type FromReExecution =
  /** It needs something of the log. */
  | { readonly number: number; readonly request: LogRequest }
  | { readonly answered: QuestionAnswered }
  /** The question does not fit the lab: what is missing, or cannot be. */
  | { readonly refused: string; readonly isMissing: boolean }
  | { readonly failure: string };

/** What questions read, and where the moments that they leave are kept. */
type ReadFrom = Pick<LabService, 'log' | 'snapshots'>;

/** What was asked cannot be answered of this lab. */
export class QuestionRefused extends Error {
  override readonly name = 'QuestionRefused';
  constructor(
    message: string,
    /** It names something that the lab does not have. */
    readonly isMissing: boolean,
  ) {
    super(message);
  }
}

export class ReExecutions {
  readonly #limits: ApiLimits;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(limits: ApiLimits) {
    this.#limits = limits;
  }

  /**
   * Answers a question about labs of a log.
   * @param signal aborted when nobody waits for the answer any more; its reason is thrown.
   * @throws Problem `too-much-work` when others wait already, or when it takes too long; QuestionRefused; LogDamaged
   */
  async ask({ log, snapshots }: ReadFrom, question: Question, signal: AbortSignal): Promise<QuestionAnswered> {
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
    const mine = this.#turn.then(() => {
      signal.throwIfAborted();
      return this.#run({ log, snapshots }, question, signal);
    });
    this.#turn = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }

  async #run({ log, snapshots }: ReadFrom, question: Question, signal: AbortSignal): Promise<QuestionAnswered> {
    const worker = newWorker('./re-execution-worker', import.meta.url);
    const { reExecutionMsMax } = this.#limits;
    const late = new Problem('too-much-work', `re-execution took more than ${reExecutionMsMax / 1000} s`);
    const { promise, reject, resolve } = withResolvers<QuestionAnswered>();
    const alarm = setTimeout(() => reject(late), reExecutionMsMax);
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    const serve = async (number: number, request: LogRequest): Promise<void> => {
      const answer = await answerLogRequest(log, snapshots, request);
      worker.postMessage({ kind: 'answer', number, answer } satisfies ToReExecution);
    };
    worker.on('message', (message: FromReExecution) => {
      if ('request' in message) serve(message.number, message.request).catch(reject);
      else if ('answered' in message) resolve(message.answered);
      else reject('refused' in message ? new QuestionRefused(message.refused, message.isMissing) : new Error(message.failure));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the worker that re-executes ended with code ${code}`)));
    try {
      worker.postMessage({ kind: 'run', question } satisfies ToReExecution);
      return await promise;
    } finally {
      clearTimeout(alarm);
      signal.removeEventListener('abort', giveUp);
      promise.catch(() => undefined);
      await worker.terminate();
    }
  }
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
