/** Limits how many engines are open at a time; each takes some MiB. A caller that needs one more waits until another caller frees one. */
export class EngineSlots {
  readonly #max: number;
  /** Called when a slot is needed and none is free. It may make another caller free its slot, now or later. */
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
