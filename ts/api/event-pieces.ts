/**
 * A lab's events as text, read from the log in pieces. Between two pieces nothing is held but the last position and its chain: a
 * reader costs one piece of memory, however long the history is and however slowly the reader takes it.
 */
import { type EventLog, LabRemoved, type LogRecord } from '../log/event-log.ts';
import { sameBytes } from '../model/events/chain.ts';
import type { LabEvent, Position } from '../model/events/events.ts';
import { publishChained } from '../services/publish/publish-event.ts';
import { decodeStored } from './polite-log.ts';

/** A piece ends with the event that makes it this long, characters. */
const PIECE_CHARACTERS = 64 * 1024;
/** Records that a piece has at most, and records of the first piece, before it is known how long the lab's events are. */
const PIECE_RECORDS = 256;
const FIRST_RECORDS = 32;

/** How one event is written. @param json the event, as JSON on one line */
export type WriteEvent = (position: Position, json: string) => string;

export class EventPieces {
  readonly #log: EventLog;
  readonly #lab: string;
  readonly #write: WriteEvent;
  readonly #isWanted: (event: LabEvent) => boolean;
  #last: { readonly position: Position; readonly chain: Uint8Array } | null = null;
  #next: Position;
  /** How many records make a piece. The log checks all it is asked for, also what does not fit any more. */
  #records = FIRST_RECORDS;

  /** @param isWanted events of which it says no are read, and not written */
  constructor(log: EventLog, lab: string, from: Position, write: WriteEvent, isWanted: (event: LabEvent) => boolean = () => true) {
    this.#log = log;
    this.#lab = lab;
    this.#next = from;
    this.#write = write;
    this.#isWanted = isWanted;
  }

  /** The position of the next event. */
  get next(): Position {
    return this.#next;
  }

  /**
   * The next events up to `to`, at least one; empty where none of them is wanted. To be called while the lab holds `next`.
   * @throws LabRemoved when the lab is not the one any more that earlier pieces came from.
   * @throws LogDamaged
   */
  async read(to: Position): Promise<string> {
    let text = '';
    const first = this.#next;
    // The last record is read again: the chain tells whether this is still the same lab.
    const from = this.#last?.position ?? this.#next;
    for await (const batch of this.#log.read(this.#lab, from, Math.min(to, first - 1 + this.#records))) {
      for (const record of batch) {
        text += this.#take(record);
        if (text.length >= PIECE_CHARACTERS) break;
      }
      if (text.length >= PIECE_CHARACTERS) break;
    }
    if (this.#next === first) throw new LabRemoved(this.#lab);
    const fitting = Math.ceil((PIECE_CHARACTERS * (this.#next - first)) / Math.max(text.length, 1));
    this.#records = Math.min(fitting, PIECE_RECORDS);
    return text;
  }

  #take(record: LogRecord): string {
    const { position, chain } = record;
    if (position === this.#last?.position) {
      if (!sameBytes(chain, this.#last.chain)) throw new LabRemoved(this.#lab);
      return '';
    }
    const event = decodeStored(this.#lab, record);
    // A copy: the record's bytes are a view of a whole batch of the store.
    this.#last = { position, chain: chain.slice() };
    this.#next = position + 1;
    return this.#isWanted(event) ? this.#write(position, JSON.stringify(publishChained(event, chain))) : '';
  }
}
