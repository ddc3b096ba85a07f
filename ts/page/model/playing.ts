/** History, event by event, without anybody's doing. */

/** Between two events, ms. */
const PLAY_MS = 300;

export class Playing {
  readonly #step: () => boolean;
  readonly #onChange: (isPlaying: boolean) => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param step goes on by an event; false where there is none */
  constructor(step: () => boolean, onChange: (isPlaying: boolean) => void) {
    this.#step = step;
    this.#onChange = onChange;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(() => {
      if (!this.#step()) this.stop();
    }, PLAY_MS);
    this.#onChange(true);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#onChange(false);
  }
}
