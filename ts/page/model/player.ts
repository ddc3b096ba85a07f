/** Plays history event by event. Where frames are seen moving, an event lasts until they have arrived. */

/** Between two events, ms. */
const PLAY_MS = 300;
/** While frames move, ms; the picture moves them for as long. */
export const FLIGHT_MS = 1200;
/** The longest that an event waits for its frames to be found, ms. */
const FIND_MS = 1500;

export class Player {
  readonly #step: () => boolean;
  readonly #find: () => Promise<boolean>;
  /** Number of the run that goes on; another number ends it. */
  #run = 0;

  /**
   * @param step goes to the next event; false at the end
   * @param find looks for frames behind the event, and shows them; false for none
   */
  constructor(step: () => boolean, find: () => Promise<boolean>) {
    this.#step = step;
    this.#find = find;
  }

  stop(): void {
    this.#run++;
  }

  /** Plays until it is stopped. @returns true at the end of history, false where it was stopped */
  async play(): Promise<boolean> {
    const run = ++this.#run;
    while (run === this.#run) {
      const isFound = await Promise.race([this.#find().catch(() => false), pause(FIND_MS)]);
      await pause(isFound === true ? FLIGHT_MS : PLAY_MS);
      if (run === this.#run && !this.#step()) return true;
    }
    return false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
