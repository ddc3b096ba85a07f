/**
 * Requests that read a lab's log. Each is worked on in pieces, a few at once and the others in the order in which they came; a
 * reader that takes its answer slowly holds no turn meanwhile. So memory is bounded by the number of readers, whatever they ask for,
 * and beyond that number a request is told to come again.
 */
import type { ServerResponse } from 'node:http';
import { setImmediate as breathe } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { ApiLimits } from './limits.ts';
import { Problem } from './problem.ts';

/** When a client that was turned away should try again, seconds. */
const RETRY_AFTER = '2';

export class Reads {
  readonly #limits: ApiLimits;
  /** Answers that are not finished. */
  readonly #open = new Set<ServerResponse>();
  readonly #queue: (() => void)[] = [];
  #working = 0;

  constructor(limits: ApiLimits) {
    this.#limits = limits;
  }

  /** Takes a place until the answer is finished or given up. @throws Problem `too-much-work` when none is free */
  enter({ raw }: FastifyReply): void {
    const { readersMax } = this.#limits;
    if (this.#open.size >= readersMax) throw tooMuch(`${readersMax} requests read already`);
    this.#checkUnsent();
    if (raw.destroyed) return;
    this.#open.add(raw);
    const leave = (): void => void this.#open.delete(raw);
    raw.once('finish', leave).once('close', leave);
  }

  /** Takes a place, and gives the whole answer in one turn. @throws Problem `too-much-work` */
  answer<T>(reply: FastifyReply, work: () => Promise<T>): Promise<T> {
    this.enter(reply);
    return this.turn(() => {
      // While this one waited for its turn, others may have piled up what nobody takes.
      this.#checkUnsent();
      return work();
    });
  }

  /** Does a piece of work when it is its turn. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#limits.readsAtOnce) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#working++;
    try {
      return await work();
    } finally {
      // Stores in this process answer at once: between two turns others are served, too.
      await breathe();
      const next = this.#queue.shift();
      if (next === undefined) this.#working--;
      else next();
    }
  }

  /** What the clients have not taken yet lies in this process. */
  #checkUnsent(): void {
    const { unsentBytesMax } = this.#limits;
    let unsent = 0;
    for (const { writableLength } of this.#open) unsent += writableLength;
    if (unsent > unsentBytesMax) throw tooMuch(`clients have not taken ${Math.round(unsent / 2 ** 20)} MiB of their answers`);
  }
}

function tooMuch(detail: string): Problem {
  return new Problem('too-much-work', `${detail}; try again`, {}, { 'retry-after': RETRY_AFTER });
}
