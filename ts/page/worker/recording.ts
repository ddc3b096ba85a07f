/** A recorded lab in memory: its records, its events decoded as they are asked for, and recorded state at any position. */
import { readBundle } from '../../bundle/read-bundle.ts';
import { ChainCheck, EMPTY_HEAD } from '../../log/checks.ts';
import { CHAIN_START, toHex } from '../../model/events/chain.ts';
import { bodyType, decodeBody } from '../../model/events/codec.ts';
import type { EventType, LabEvent, Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { evolve, initialState, type LabState, revived } from '../../model/state/lab-state.ts';
import { RecordStore } from './record-store.ts';

/** A fold is kept every so many events: a cursor that moves folds at most this many. */
const FOLD_EVERY = 2000;
/** Folds that are kept; beyond this, every second one goes and the distance doubles. */
const FOLDS_MAX = 64;
/** So many events on, a look goes on from the one before. */
const LOOK_ON = 200;

export class Recording {
  readonly lab: string;
  readonly #store = new RecordStore();
  #folds: LabState[] = [];
  #every = FOLD_EVERY;
  #looked: LabState | null = null;

  constructor(lab: string, records: readonly LogRecord[] = []) {
    this.lab = lab;
    this.#store.add(records);
  }

  /**
   * Reads the archive of a bundle, and gives the recording each time that it has more records. What is given is sound once reading has ended.
   * @throws BundleDamaged naming what is wrong and where; BundleNewer
   */
  static async *reading(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Recording> {
    let recording: Recording | null = null;
    for await (const piece of readBundle(archive)) {
      if (piece.kind === 'manifest') recording = new Recording(piece.manifest.lab);
      else if (recording !== null && piece.kind === 'records') recording.#store.add(piece.records);
      if (recording !== null && recording.end > 0) yield recording;
    }
  }

  /** All records, as an array of their own. */
  get records(): readonly LogRecord[] {
    return [...this.#store.records()];
  }

  record(position: Position): LogRecord | undefined {
    return this.#store.record(position);
  }

  recordsFrom(position: Position): Iterable<LogRecord> {
    return this.#store.records(position);
  }

  /** Takes records that come behind the last one. @throws LogDamaged at the first that does not follow; those before it are kept */
  append(records: readonly LogRecord[]): void {
    const check = new ChainCheck(this.lab, this.end === 0 ? EMPTY_HEAD : { position: this.end, chain: this.#chainBytes });
    const sound: LogRecord[] = [];
    try {
      for (const record of records) {
        check.follow([record]);
        sound.push(record);
      }
    } finally {
      this.#store.add(sound);
    }
  }

  get end(): Position {
    return this.#store.end;
  }

  get chain(): string {
    return toHex(this.#chainBytes);
  }

  /** The chain up to a position; undefined for one that the lab does not have. */
  chainAt(position: Position): Uint8Array | undefined {
    return this.#store.chain(position);
  }

  /** The event at a position; undefined for one that the lab does not have. */
  eventAt(position: Position): LabEvent | undefined {
    const body = this.#store.body(position);
    return body === undefined ? undefined : decodeBody(body);
  }

  *events(from: Position = 1): Generator<LabEvent> {
    for (let position = from; position <= this.end; position++) {
      const event = this.eventAt(position);
      if (event !== undefined) yield event;
    }
  }

  /** Events of some types alone: the others are not decoded, which of a million events takes seconds. */
  *eventsOf(types: ReadonlySet<EventType>, from: Position = 1): Generator<LabEvent> {
    for (let position = from; position <= this.end; position++) {
      const body = this.#store.body(position);
      if (body !== undefined && types.has(bodyType(body))) yield decodeBody(body);
    }
  }

  /** The first position at or behind a time; one behind the last where none is. */
  positionAt(atNs: number): Position {
    let [low, high] = [1, this.end + 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.eventAt(middle)?.atNs ?? 0) < atNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Recorded state at a position, the caller's own. @throws RangeError for a position that the lab does not have */
  stateAt(position: Position): LabState {
    if (!Number.isSafeInteger(position) || position < 0 || position > this.end) {
      throw new RangeError(`there is no position ${position}; expected 0 to ${this.end}`);
    }
    const kept = this.#folds.findLast((fold) => fold.position <= position);
    const state = kept === undefined ? initialState() : copyOf(kept);
    for (const event of this.events(state.position + 1)) {
      if (event.position > position) break;
      evolve(state, event);
      this.remember(state);
    }
    return state;
  }

  /** The same, to be read at once and not kept: the next look may change it. A look a little further on costs only the events between. */
  lookAt(position: Position): LabState {
    const looked = this.#looked;
    if (looked === null || looked.position > position || position - looked.position > LOOK_ON) {
      this.#looked = this.stateAt(position);
      return this.#looked;
    }
    for (const event of this.events(looked.position + 1)) {
      if (event.position > position) break;
      evolve(looked, event);
    }
    return looked;
  }

  /** Looks at a fold on its way through all events, and keeps a copy of it now and then. */
  remember(state: LabState): void {
    if (state.position % this.#every !== 0 || state.position <= (this.#folds.at(-1)?.position ?? 0)) return;
    this.#folds.push(copyOf(state));
    if (this.#folds.length <= FOLDS_MAX) return;
    this.#every *= 2;
    this.#folds = this.#folds.filter((fold) => fold.position % this.#every === 0);
  }

  get #chainBytes(): Uint8Array {
    return this.#store.chain(this.end) ?? CHAIN_START;
  }
}

/** A copy that another fold goes on from. Definitions are shared: they are replaced, never changed. */
function copyOf({ lab, defined, ...state }: LabState): LabState {
  return { ...revived(structuredClone({ ...state, lab: null, defined: null })), lab, defined };
}
