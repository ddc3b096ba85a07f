/** Commands of one partition that wait for its handler, one at a time and in order. */
import type { KafkaMessage } from 'kafkajs';

/** A lane with more waiting than this is full; it takes more again when it is down to half. */
const WAITING_MAX = 100;

export interface LaneOptions {
  readonly handle: (message: KafkaMessage) => Promise<void>;
  /** The handler failed: the lane stands still. */
  readonly failed: (error: unknown) => void;
  /** It was full and takes more again. */
  readonly drained: () => void;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #waiting: KafkaMessage[] = [];
  #next: number;
  #working: Promise<void> | null = null;
  #full = false;
  #stopped = false;

  /** @param next offset of the first command to handle. */
  constructor(next: number, options: LaneOptions) {
    this.#next = next;
    this.#options = options;
  }

  /** Offset of the command to take next. */
  get next(): number {
    return this.#next;
  }

  get full(): boolean {
    return this.#full;
  }

  take(messages: readonly KafkaMessage[], next: number): void {
    if (this.#stopped) return;
    // After a rejoin, what was being fetched may come again.
    this.#waiting.push(...messages.filter(({ offset }) => Number(offset) >= this.#next));
    this.#next = Math.max(this.#next, next);
    this.#full ||= this.#waiting.length > WAITING_MAX;
    this.#working ??= this.#work();
  }

  /** Handles nothing more; resolves when the handler that is at work is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let message = this.#waiting.shift(); message !== undefined && !this.#stopped; message = this.#waiting.shift()) {
      try {
        await this.#options.handle(message);
      } catch (error) {
        if (this.#stopped) break;
        this.#stopped = true;
        this.#options.failed(error);
      }
      if (this.#full && this.#waiting.length <= WAITING_MAX / 2) {
        this.#full = false;
        this.#options.drained();
      }
    }
    this.#working = null;
  }
}
