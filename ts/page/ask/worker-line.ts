/** A line to one worker: questions with their answers, and what the worker says on its own. */
import type { Asked, FromWorker, LabPiece, Proof, QuestionName, Questions } from './questions.ts';

/** A refusal with the name of the error that the worker had. */
export class Refused extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The part of a Worker that a line needs. */
export interface WorkerPort {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerLine {
  readonly #port: WorkerPort;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  onProof: ((proof: Proof) => void) | null = null;
  /** Gets what a reader has read of a bundle, while it reads. */
  onPiece: ((piece: LabPiece) => void) | null = null;
  /** Gets what the browser's policy kept the worker from doing. */
  onViolation: ((directive: string) => void) | null = null;

  constructor(port: WorkerPort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#take(data);
    // A worker that the policy forbids is constructed all the same, and fails here.
    port.onerror = (event) => this.#fail(new Error(`the worker failed: ${event.message || 'its script could not be run'}`));
  }

  /** @throws Refused with what the worker says; Error when it failed or was ended */
  ask<Q extends QuestionName>(question: Q, ask: Questions[Q]['ask']): Promise<Questions[Q]['answer']> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ id, question, ask } satisfies Asked<Q>);
    });
  }

  /** Ends the worker, whatever it does. */
  end(): void {
    this.#port.terminate();
    this.#fail(new Error('the worker was ended'));
  }

  #take(message: FromWorker): void {
    if (message.kind === 'proof') {
      this.onProof?.(message.proof);
      return;
    }
    if (message.kind === 'piece') {
      this.onPiece?.(message.piece);
      return;
    }
    if (message.kind === 'violation') {
      this.onViolation?.(message.directive);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.answer as never);
    else waiting?.reject(new Refused(message.name, message.message));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
