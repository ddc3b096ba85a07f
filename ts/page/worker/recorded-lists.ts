/**
 * Recorded state, as far as it is another than in the answer before: of 500 nodes it has half a megabyte, of which an event changes a list or
 * none, and the document would read and compare all of it in each frame of a moving cursor.
 */
import type { Json, RecordedChanges } from '../ask/questions.ts';

export class RecordedLists {
  /** JSON of each list in the last answer. */
  #sent: ReadonlyMap<string, string> = new Map();

  /** What is to be sent of a state. */
  changesTo(state: Json): RecordedChanges {
    const texts = new Map(Object.entries(state).map(([name, value]) => [name, JSON.stringify(value)]));
    const changed = Object.fromEntries(Object.entries(state).filter(([name]) => this.#sent.get(name) !== texts.get(name)));
    this.#sent = texts;
    return { names: [...texts.keys()], changed };
  }
}
