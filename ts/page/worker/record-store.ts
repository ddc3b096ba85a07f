/**
 * Records in few large arrays: a million of them as objects, each with views of its bytes, take 300 MB; their bytes take 100. A record is
 * made anew each time that somebody asks for it.
 */
import type { Position } from '../../model/events/events.ts';
import type { Checkpoint, LogRecord } from '../../model/events/record.ts';

const CHAIN_BYTES = 32;

/** Records that came together. */
interface Piece {
  /** Position of its first record. */
  readonly first: Position;
  /** All bodies, one behind the other; record i has those from starts[i] to starts[i + 1]. */
  readonly bodies: Uint8Array;
  readonly starts: Uint32Array;
  readonly chains: Uint8Array;
}

/** What few records have. */
interface Beside {
  readonly commandId: string;
  readonly checkpoint: Checkpoint | null;
  readonly settled: boolean;
  readonly recordedAtMs: number;
}

export class RecordStore {
  readonly #pieces: Piece[] = [];
  readonly #beside = new Map<Position, Beside>();
  #end: Position = 0;
  /** The piece that was asked last: whoever asks for one record asks for the next. */
  #last: Piece | null = null;

  /** Position of the last record; 0 before the first. */
  get end(): Position {
    return this.#end;
  }

  /** Takes the records behind the last one, whose positions were checked. */
  add(records: readonly LogRecord[]): void {
    if (records.length === 0) return;
    const starts = new Uint32Array(records.length + 1);
    for (const [index, { body }] of records.entries()) starts[index + 1] = (starts[index] ?? 0) + body.length;
    const bodies = new Uint8Array(starts[records.length] ?? 0);
    const chains = new Uint8Array(records.length * CHAIN_BYTES);
    for (const [index, { position, body, chain, commandId, checkpoint, settled, recordedAtMs }] of records.entries()) {
      bodies.set(body, starts[index] ?? 0);
      chains.set(chain, index * CHAIN_BYTES);
      if (commandId === '' && checkpoint === null && !settled) continue;
      this.#beside.set(position, { commandId, checkpoint, settled, recordedAtMs });
    }
    this.#pieces.push({ first: this.#end + 1, bodies, starts, chains });
    this.#end += records.length;
  }

  /** The bytes of an event; undefined for a position that is not there. */
  body(position: Position): Uint8Array | undefined {
    const piece = this.#pieceOf(position);
    if (piece === null) return undefined;
    const index = position - piece.first;
    return piece.bodies.subarray(piece.starts[index], piece.starts[index + 1]);
  }

  chain(position: Position): Uint8Array | undefined {
    const piece = this.#pieceOf(position);
    if (piece === null) return undefined;
    const at = (position - piece.first) * CHAIN_BYTES;
    return piece.chains.subarray(at, at + CHAIN_BYTES);
  }

  record(position: Position): LogRecord | undefined {
    const [body, chain] = [this.body(position), this.chain(position)];
    if (body === undefined || chain === undefined) return undefined;
    const { commandId, checkpoint, settled, recordedAtMs } = this.#beside.get(position) ?? NOTHING;
    return { position, body, chain, recordedAtMs, commandId, checkpoint, settled };
  }

  *records(from: Position = 1): Generator<LogRecord> {
    for (let position = from; position <= this.#end; position++) {
      const record = this.record(position);
      if (record !== undefined) yield record;
    }
  }

  #pieceOf(position: Position): Piece | null {
    if (position < 1 || position > this.#end) return null;
    const last = this.#last;
    if (last !== null && position >= last.first && position < last.first + last.starts.length - 1) return last;
    let [low, high] = [0, this.#pieces.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#pieces[middle]?.first ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    this.#last = this.#pieces[low] ?? null;
    return this.#last;
  }
}

const NOTHING: Beside = { commandId: '', checkpoint: null, settled: false, recordedAtMs: 0 };
