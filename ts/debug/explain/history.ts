/** The events of a recorded lab, and the way back from each to what began it. */
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';

export class History {
  readonly #records: readonly LogRecord[];
  readonly #decoded = new Map<Position, LabEvent>();

  /** @param records all of a lab, in order from position 1. */
  constructor(records: readonly LogRecord[]) {
    this.#records = records;
  }

  get end(): Position {
    return this.#records.length;
  }

  /** The chain up to a position; undefined for one that the lab does not have. */
  chainAt(position: Position): Uint8Array | undefined {
    return this.#records[position - 1]?.chain;
  }

  /** The event at a position; undefined for one that the lab does not have. Decoded once. */
  at(position: Position): LabEvent | undefined {
    const record = this.#records[position - 1];
    if (record === undefined) return undefined;
    let event = this.#decoded.get(position);
    if (event === undefined) {
      event = decodeBody(record.body);
      this.#decoded.set(position, event);
    }
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

  *events(from: Position = 1): Generator<LabEvent> {
    for (let position = from; position <= this.end; position++) {
      const event = this.at(position);
      if (event !== undefined) yield event;
    }
  }
}
