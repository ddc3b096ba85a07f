/** How many engines may be open at a time, each some MiB. Who wants one more waits until somebody gives one up. */
export class EngineSlots {
  readonly #max: number;
  /** Asked for a slot when none is free: may make somebody give one up, now or later. */
  readonly #evict: () => void;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(max: number, evict: () => void) {
    this.#max = max;
    this.#evict = evict;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  async acquire(): Promise<void> {
    if (this.#taken < this.#max) {
      this.#taken++;
      return;
    }
    const handed = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#evict();
    await handed;
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken--;
    else next();
  }
}
