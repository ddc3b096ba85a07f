/** Recorded states of a line to a worker, put together: lists that did not change are the same objects as before. */
import type { Json, RecordedChanges } from '../ask/questions.ts';

export class RecordedStates {
  #last: Json = {};

  /** The state of an answer. Every answer of the line has to come here, in order. */
  with({ names, changed }: RecordedChanges): Json {
    this.#last = Object.fromEntries(names.map((name) => [name, name in changed ? changed[name] : this.#last[name]]));
    return this.#last;
  }
}
