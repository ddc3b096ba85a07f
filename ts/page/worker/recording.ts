/** A recorded lab in memory: its records, its events decoded as they are asked for, and recorded state at any position. */
import { readBundle } from '../../bundle/read-bundle.ts';
import { History } from '../../debug/explain/history.ts';
import { ChainCheck, EMPTY_HEAD } from '../../log/checks.ts';
import { CHAIN_START, toHex } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { evolve, initialState, type LabState, revived } from '../../model/state/lab-state.ts';

/** A fold is kept every so many events: a cursor that moves folds at most this many. */
const FOLD_EVERY = 2000;
/** Folds that are kept; beyond this, every second one goes and the distance doubles. */
const FOLDS_MAX = 64;
/** So many events on, a look goes on from the one before. */
const LOOK_ON = 200;

export class Recording {
  readonly lab: string;
  readonly #records: LogRecord[];
  readonly history: History;
  #folds: LabState[] = [];
  #every = FOLD_EVERY;
  #looked: LabState | null = null;

  constructor(lab: string, records: LogRecord[]) {
    this.lab = lab;
    this.#records = records;
    this.history = new History(records);
  }

  /** Reads the archive of a bundle. @throws BundleDamaged naming what is wrong and where; BundleNewer */
  static async read(archive: AsyncIterable<Uint8Array>): Promise<Recording> {
    let lab = '';
    const records: LogRecord[] = [];
    for await (const piece of readBundle(archive)) {
      if (piece.kind === 'manifest') lab = piece.manifest.lab;
      else if (piece.kind === 'records') for (const record of piece.records) records.push(record);
    }
    return new Recording(lab, records);
  }

  get records(): readonly LogRecord[] {
    return this.#records;
  }

  /** Takes records that come behind the last one. @throws LogDamaged at the first that does not follow; those before it are kept */
  append(records: readonly LogRecord[]): void {
    const last = this.#records.at(-1);
    const check = new ChainCheck(this.lab, last === undefined ? EMPTY_HEAD : { position: last.position, chain: last.chain });
    for (const record of records) {
      check.follow([record]);
      this.#records.push(record);
    }
  }

  get end(): Position {
    return this.#records.length;
  }

  get chain(): string {
    return toHex(this.#records.at(-1)?.chain ?? CHAIN_START);
  }

  /** Recorded state at a position, the caller's own. @throws RangeError for a position that the lab does not have */
  stateAt(position: Position): LabState {
    if (!Number.isSafeInteger(position) || position < 0 || position > this.end) {
      throw new RangeError(`there is no position ${position}; expected 0 to ${this.end}`);
    }
    const kept = this.#folds.findLast((fold) => fold.position <= position);
    const state = kept === undefined ? initialState() : copyOf(kept);
    for (const event of this.history.events(state.position + 1)) {
      if (event.position > position) break;
      evolve(state, event);
      if (event.position % this.#every === 0 && event.position > (this.#folds.at(-1)?.position ?? 0)) this.#keep(copyOf(state));
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
    for (const event of this.history.events(looked.position + 1)) {
      if (event.position > position) break;
      evolve(looked, event);
    }
    return looked;
  }

  #keep(state: LabState): void {
    this.#folds.push(state);
    if (this.#folds.length <= FOLDS_MAX) return;
    this.#every *= 2;
    this.#folds = this.#folds.filter((fold) => fold.position % this.#every === 0);
  }
}

function copyOf(state: LabState): LabState {
  return revived(structuredClone(state));
}
