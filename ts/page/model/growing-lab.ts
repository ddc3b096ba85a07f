/** A lab as the page holds it, while it is read and while it lives: what comes is added behind what is there, and costs no more than that. */
import type { EventColumns, LabPiece, NodeRow, OpenedLab, TrackChange } from '../ask/questions.ts';

/** Events that there is room for at first. */
const ROOM = 1024;

class GrowingColumns implements EventColumns {
  atNs = new Float64Array(ROOM);
  cause = new Uint32Array(ROOM);
  lane = new Uint16Array(ROOM);
  mark = new Uint8Array(ROOM);
  /** Events that are there. */
  length = 0;

  add({ atNs, cause, lane, mark }: EventColumns): void {
    const end = this.length + atNs.length;
    if (end > this.atNs.length) this.#extend(2 ** Math.ceil(Math.log2(end)));
    this.atNs.set(atNs, this.length);
    this.cause.set(cause, this.length);
    this.lane.set(lane, this.length);
    this.mark.set(mark, this.length);
    this.length = end;
  }

  #extend(room: number): void {
    const { atNs, cause, lane, mark } = this;
    this.atNs = new Float64Array(room);
    this.cause = new Uint32Array(room);
    this.lane = new Uint16Array(room);
    this.mark = new Uint8Array(room);
    this.atNs.set(atNs);
    this.cause.set(cause);
    this.lane.set(lane);
    this.mark.set(mark);
  }
}

export class GrowingLab {
  readonly #events = new GrowingColumns();
  readonly #changes: TrackChange[] = [];
  #nodes: readonly NodeRow[] = [];
  #flows: readonly string[] = [];

  /** The lab with a piece behind what it had. @throws RangeError for a piece of another place */
  take({ lab, from, positions, chain, definition, events, changes }: LabPiece): OpenedLab {
    if (from !== this.#events.length) throw new RangeError(`a piece behind #${from} came behind #${this.#events.length}`);
    this.#events.add(events);
    for (const change of changes) this.#changes.push(change);
    if (definition !== null) [this.#nodes, this.#flows] = [definition.nodes, definition.flows];
    const endNs = this.#events.atNs[positions - 1] ?? 0;
    return {
      lab,
      positions,
      chain,
      endNs,
      nodes: this.#nodes,
      flows: this.#flows,
      events: this.#events,
      changes: this.#changes,
    };
  }
}
