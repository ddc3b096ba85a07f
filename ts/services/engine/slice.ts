/**
 * How much of a lab is worked on before the others of its worker have their turn. Cut by wall time, as far as the last slice tells: an
 * event of one lab takes a hundred times as long as one of another. What is decided does not depend on where it is cut.
 */

/** All labs of a worker that have work share this long for a round, ms; no slice is shorter than SLICE_MS_MIN. */
const ROUND_MS = 20;
const SLICE_MS_MIN = 1;
/** Data plane events, and turns of agents: in a storm they come every few events. */
const EVENTS_FIRST = 10_000;
const EVENTS_MIN = 50;
const EVENTS_MAX = 1_000_000;
const EVENTS_PER_TURN = 100;
/** From one slice to the next the number changes at most by this factor. */
const CHANGE_MAX = 2;

/** Labs of this worker that have work. */
let atWork = 0;

export class Slice {
  #events = EVENTS_FIRST;

  get limits(): { readonly maxEvents: number; readonly maxTurns: number } {
    return { maxEvents: this.#events, maxTurns: Math.ceil(this.#events / EVENTS_PER_TURN) };
  }

  /** Fits the next slice to how long one has taken. */
  took(ms: number): void {
    const wantedMs = Math.max(SLICE_MS_MIN, ROUND_MS / Math.max(1, atWork));
    const change = Math.min(CHANGE_MAX, Math.max(1 / CHANGE_MAX, wantedMs / Math.max(ms, SLICE_MS_MIN / CHANGE_MAX)));
    this.#events = Math.round(Math.min(EVENTS_MAX, Math.max(EVENTS_MIN, this.#events * change)));
  }

  /** Counts a lab as one that has work until the function returned is called. */
  static begin(): () => void {
    atWork++;
    return () => {
      atWork--;
    };
  }
}

/** Lets other labs of this worker, and the owner's messages, have their turn. */
export function yielded(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
