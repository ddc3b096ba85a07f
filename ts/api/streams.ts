/** The event streams that are open: how many, and all of them to an end when the server closes. */
import { Problem } from './problem.ts';

export class Streams {
  readonly #max: number;
  readonly #open = new Set<AbortController>();

  constructor(max: number) {
    this.#max = max;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Takes a place; `leave` gives it back. @throws Problem `too-many-streams` */
  enter(): { readonly signal: AbortSignal; readonly leave: () => void } {
    if (this.#open.size >= this.#max) {
      throw new Problem('too-many-streams', `${this.#max} event streams are open already`, {}, { 'retry-after': '10' });
    }
    const controller = new AbortController();
    this.#open.add(controller);
    const leave = (): void => {
      controller.abort();
      this.#open.delete(controller);
    };
    return { signal: controller.signal, leave };
  }

  /** Ends all of them. */
  end(): void {
    for (const controller of this.#open) controller.abort();
  }
}
