/** The events of a recorded lab, or those of a part of it, and the way back from each to what began it. */
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { NotRead } from '../not-read.ts';

/** Where the records of a part belong. */
export interface HistoryPart {
  /** Position of the first record of the row. */
  readonly from: Position;
  /** Single records that lie outside of the row. */
  readonly others: ReadonlyMap<Position, LogRecord>;
  /** Position of the lab's last record. */
  readonly end: Position;
}

export class History {
  readonly end: Position;
  readonly #records: readonly LogRecord[];
  readonly #first: Position;
  readonly #others: ReadonlyMap<Position, LogRecord>;
  readonly #decoded = new Map<Position, LabEvent>();

  /** @param records in a row: all of a lab from position 1, or those of a part. What a part lacks cannot be asked for: NotRead is thrown. */
  constructor(
    records: readonly LogRecord[],
    { from, others, end }: HistoryPart = { from: 1, others: new Map(), end: records.length },
  ) {
    this.#records = records;
    this.#first = from;
    this.#others = others;
    this.end = end;
  }

  /** The chain up to a position; undefined for one that the lab does not have. @throws NotRead */
  chainAt(position: Position): Uint8Array | undefined {
    return this.#recordAt(position)?.chain;
  }

  /** The event at a position; undefined for one that the lab does not have. Decoded once. @throws NotRead */
  at(position: Position): LabEvent | undefined {
    const event = this.#decoded.get(position) ?? this.#decode(position);
    if (event !== undefined) this.#decoded.set(position, event);
    return event;
  }

  /** The events from one back to the one that nothing caused, nearest first. */
  chain(from: Position): LabEvent[] {
    const chain: LabEvent[] = [];
    for (let event = this.at(from); event !== undefined; event = this.at(event.cause)) chain.push(event);
    return chain;
  }

  /** The input that an event goes back to. */
  origin(from: Position): Position {
    return this.chain(from).at(-1)?.position ?? from;
  }

  /** The last event at or before a position that something holds for; undefined for none. */
  lastBefore(position: Position, holds: (event: LabEvent) => boolean): LabEvent | undefined {
    for (let at = Math.min(position, this.end); at > 0; at--) {
      const event = this.at(at);
      if (event !== undefined && holds(event)) return event;
    }
    return undefined;
  }

  /**
   * All events from a position on. They are not remembered: those of a long lab would fill the memory.
   * @throws NotRead where the row begins later: it has to be made longer.
   */
  *events(from: Position = 1): Generator<LabEvent> {
    if (from < this.#first && from <= this.end) throw new NotRead(from, true);
    for (let position = from; position <= this.end; position++) {
      const event = this.#decoded.get(position) ?? this.#decode(position);
      if (event !== undefined) yield event;
    }
  }

  #decode(position: Position): LabEvent | undefined {
    const record = this.#recordAt(position);
    return record === undefined ? undefined : decodeBody(record.body);
  }

  #recordAt(position: Position): LogRecord | undefined {
    if (position < 1 || position > this.end) return undefined;
    const record = this.#records[position - this.#first] ?? this.#others.get(position);
    if (record === undefined) throw new NotRead(position, false);
    return record;
  }
}
