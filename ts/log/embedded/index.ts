/**
 * The log in a directory: one lmdb environment that several processes may open and write, one value per appended batch, and
 * beside it a witness per lab (witness.ts).
 *
 * The decision to dispute: lmdb is trusted to be atomic and durable, and not trusted to be whole. Every batch carries a
 * CRC over its key and its bytes, every read checks positions and chain, and the end of each lab is compared with its
 * witness. What remains is that lmdb itself may crash on a damaged file; a supervisor outside turns that into "damaged".
 * Opening and reading never write to the store; nothing is ever repaired.
 */
import { toHex } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import { ChainCheck, checkContiguous, checkLabName, checkRange, EMPTY_HEAD } from '../checks.ts';
import {
  AppendConflict,
  type BulkLog,
  type Head,
  type LabAppend,
  LabRemoved,
  type LabWatch,
  LogDamaged,
  type LogRecord,
  type ReadOptions,
} from '../event-log.ts';
import { sha256 } from '../sha256.ts';
import { followWatching, Watch } from '../watch.ts';
import { AppendQueue, type Refusal, refusalOr } from './append-queue.ts';
import { Changes } from './changes.ts';
import { type Batch, type BatchEnd, decodeBatch, decodeBatchEnd, decodeHeader, encodeBatch, encodeHeader } from './frame.ts';
import { encodeKey } from './key.ts';
import {
  batchAtOrBefore,
  getValue,
  lastBatch,
  openTree,
  refresh,
  removeKeys,
  storedLabs,
  storeExists,
  type Tree,
  transact,
} from './tree.ts';
import { checkRoomFor, StoreMissing } from './unusable.ts';
import { checkWitnessed, readWitness, sightingOf, type Witness, witnessedLabs, writeWitness } from './witness.ts';

export { StoreMissing } from './unusable.ts';

/** `read` joins batches as they were appended until it has this many records: a paced lab appends a few at a time. */
const READ_RECORDS = 1000;

export interface OpenOptions {
  /** Make the directory and an empty store if there is none; default true. */
  readonly create?: boolean;
  /** It is opened to be written: refuse a place where nothing can be. A store that is only read opens there, and refuses appends. */
  readonly writes?: boolean;
  /** Goes around each look that is taken for those who watch a lab: nobody asks for it, and it may not come back either. */
  readonly around?: Around;
}

type Around = <T>(lab: string, look: () => T) => T;

/**
 * Opens the store in a directory.
 * @throws StoreMissing when there is none and `create` is false.
 * @throws LogDamaged when what is there is not a store any more.
 * @throws StoreUnusable when it cannot be opened, or not as it was asked for.
 */
export async function openEmbeddedLog(dir: string, options: OpenOptions = {}): Promise<BulkLog> {
  if (!storeExists(dir) && options.create === false) throw new StoreMissing(dir);
  const tree = await openTree(dir);
  if (options.writes === true && tree.unwritable !== null) {
    await tree.db.close();
    throw tree.unwritable;
  }
  return new EmbeddedLog(dir, tree, options.around ?? ((_, look) => look()));
}

/** The store's entry for a lab's name: whether the lab exists, and its incarnation. */
interface LabState {
  /** 0 when there never was one. */
  readonly incarnation: number;
  /** Null when there is no such lab, or no longer. */
  readonly head: Head | null;
  readonly witness: Witness;
}

class EmbeddedLog implements BulkLog {
  readonly #dir: string;
  readonly #tree: Tree;
  readonly #changes: Changes;
  readonly #around: Around;
  readonly #appends = new AppendQueue((group) => this.#commitGroup(group));
  #closing: Promise<void> | null = null;

  constructor(dir: string, tree: Tree, around: Around) {
    this.#dir = dir;
    this.#tree = tree;
    this.#around = around;
    this.#changes = new Changes(dir, (lab) => around(lab, () => this.#fresh(() => this.#glance(lab))));
  }

  append(lab: string, expected: Position, records: readonly LogRecord[]): Promise<void> {
    return this.#promise(() => checkContiguous(lab, expected, records)).then(() => {
      this.#checkOpen();
      return this.#appends.add({ lab, expected, records });
    });
  }

  appendAll(appends: readonly LabAppend[]): Promise<void> {
    return this.#promise(() => {
      for (const { lab, expected, records } of appends) checkContiguous(lab, expected, records);
      this.#appends.flush();
      checkRoomFor(this.#dir, appends);
      const incarnations = transact(this.#tree, () => appends.map((append) => this.#put(append)));
      for (const [index, append] of appends.entries()) this.#witness(append, incarnations[index] ?? 0);
    });
  }

  /** One transaction for appends that know nothing of each other: one that is refused writes nothing and stops no other. */
  #commitGroup(appends: readonly LabAppend[]): readonly Refusal[] {
    checkRoomFor(this.#dir, appends);
    const outcomes = transact(this.#tree, () => appends.map((append) => refusalOr(() => this.#put(append))));
    return appends.map((append, index) => {
      const outcome = outcomes[index] ?? 0;
      return outcome instanceof Error ? outcome : refusalOr(() => this.#witness(append, outcome));
    });
  }

  #witness({ lab, records }: LabAppend, incarnation: number): null {
    const last = records.at(-1);
    if (last === undefined) return null;
    writeWitness(this.#dir, lab, { incarnation, removed: false, position: last.position, chain: toHex(last.chain) });
    this.#changes.changed(lab);
    return null;
  }

  /** Inside a transaction. Returns which lab of that name it is. @throws AppendConflict */
  #put({ lab, expected, records }: LabAppend): number {
    const { head, incarnation: latest } = this.#stateOf(lab);
    const actual = head?.position ?? 0;
    if (actual !== expected) throw new AppendConflict(lab, expected, actual);
    if (records.length === 0) return latest;
    const current = head === null ? latest + 1 : latest;
    if (head === null) this.#tree.db.putSync(encodeKey(lab, 0), encodeHeader(lab, { incarnation: current, removed: false }));
    this.#tree.db.putSync(encodeKey(lab, expected + 1), encodeBatch(lab, current, records));
    return current;
  }

  // biome-ignore lint/suspicious/useAwait: the port is asynchronous, but lmdb reads are not
  async *read(
    lab: string,
    from: Position = 1,
    to: Position = Number.POSITIVE_INFINITY,
    { checksChain = true }: ReadOptions = {},
  ): AsyncGenerator<readonly LogRecord[]> {
    this.#checkOpen();
    checkRange(from, to);
    const { head, incarnation, witness, start } = this.#fresh(() => {
      const state = this.#stateOf(lab);
      // The record before the first is read too, for its chain.
      const reads = state.head !== null && from <= Math.min(to, state.head.position);
      return { ...state, start: !reads || from === 1 ? 1 : this.#batchHolding(lab, from - 1) };
    });
    if (head === null) return;
    const last = Math.min(to, head.position);
    if (from > last) return;
    let next = start;
    let check = from === 1 ? new ChainCheck(lab, EMPTY_HEAD, sha256) : null;
    while (next <= last) {
      // From the record before the first that is wanted.
      const begin = Math.max(next, from - 1);
      const stretch = this.#fresh(() => this.#stretch(lab, incarnation, next, begin, last));
      const before = begin < from ? stretch[0] : undefined;
      check ??= before === undefined ? null : new ChainCheck(lab, before, sha256);
      if (check === null) throw new LogDamaged(lab, next, 'it is not in the batch that should hold it');
      const wanted = stretch.slice(Math.max(0, from - begin));
      if (checksChain) check.follow(wanted);
      checkWitnessed(lab, incarnation, witness, wanted);
      next = begin + stretch.length;
      if (wanted.length > 0) yield wanted;
      this.#checkOpen();
    }
  }

  head(lab: string): Promise<Head | null> {
    return this.#promise(() => this.#fresh(() => this.#stateOf(lab)).head);
  }

  labs(): Promise<readonly string[]> {
    return this.#promise(() => this.#fresh(() => this.#labs()));
  }

  follow(lab: string, from: Position, signal: AbortSignal): AsyncGenerator<readonly LogRecord[]> {
    return followWatching(this, lab, from, signal);
  }

  watch(lab: string, signal: AbortSignal): LabWatch {
    let seen: string | null = null;
    let state: LabState = { incarnation: 0, head: null, witness: null };
    const look = (): LabState => {
      const glance = this.#fresh(() => this.#glance(lab));
      if (glance !== seen) state = this.#fresh(() => this.#stateOf(lab));
      seen = glance;
      return state;
    };
    const listen = (wake: () => void) => this.#changes.listen(lab, wake);
    return new Watch({ look: () => this.#around(lab, look), listen, isClosed: () => this.#closing !== null }, signal);
  }

  remove(lab: string): Promise<void> {
    return this.#promise(() => {
      checkLabName(lab);
      this.#appends.flush();
      const incarnation = transact(this.#tree, () => {
        const current = this.#incarnationToRemove(lab);
        if (current === null) return null;
        removeKeys(this.#tree, lab);
        this.#tree.db.putSync(encodeKey(lab, 0), encodeHeader(lab, { incarnation: current, removed: true }));
        return current;
      });
      if (incarnation === null) return;
      writeWitness(this.#dir, lab, { incarnation, removed: true, position: 0, chain: '' });
      this.#changes.changed(lab);
    });
  }

  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    this.#appends.flush();
    this.#closing = this.#tree.db.close();
    this.#changes.close();
    return this.#closing;
  }

  /**
   * Where the lab ends, checked against its witness. The witness is read first: what it saw was committed before, so a sound
   * store that is looked at later shows no less.
   */
  #stateOf(lab: string): LabState {
    const witness = readWitness(this.#dir, lab);
    const value = getValue(this.#tree, lab, 0);
    const last = lastBatch(this.#tree, lab);
    if (value === undefined) {
      if (witness !== null || last !== null) throw new LogDamaged(lab, 0, 'the lab existed, but its header is missing');
      return { incarnation: 0, head: null, witness };
    }
    const { incarnation, removed } = decodeHeader(lab, value);
    const seen = sightingOf(witness, incarnation);
    if (seen === 'later' || (seen?.removed && !removed)) {
      throw new LogDamaged(lab, 0, 'the store returned to a state before the lab was removed or replaced');
    }
    if (removed) return { incarnation, head: null, witness };
    if (last === null) throw new LogDamaged(lab, 1, 'all records of the lab are missing');
    const { position, chain } = this.#stored(lab, incarnation, last, decodeBatchEnd).last;
    if (seen !== null && seen.position > position) {
      throw new LogDamaged(lab, position + 1, `the store ends at ${position}, but ${seen.position} positions were committed`);
    }
    return { incarnation, head: { position, chain }, witness };
  }

  /** Something that changes whenever the lab does, and is cheap to get. */
  #glance(lab: string): string {
    const header = getValue(this.#tree, lab, 0);
    return `${header?.toString('hex')} ${lastBatch(this.#tree, lab)}`;
  }

  /**
   * Records from `from` on, up to `last` at most: those of the batch that begins at `first` if it is big, else of several, for the sake
   * of speed. None when `from` lies behind that batch.
   */
  #stretch(lab: string, incarnation: number, first: Position, from: Position, last: Position): readonly LogRecord[] {
    const decode = (name: string, begin: Position, value: Buffer): Batch => decodeBatch(name, begin, value, from, last);
    const stretch = [...this.#stored(lab, incarnation, first, decode).records];
    while (stretch.length > 0 && stretch.length < READ_RECORDS && from + stretch.length <= last) {
      for (const record of this.#stored(lab, incarnation, from + stretch.length, decode).records) stretch.push(record);
    }
    return stretch;
  }

  /**
   * The batch of a lab that begins at a position, or what `decode` makes of it.
   * @throws LabRemoved when it is not there because the lab is not the one that the caller began with.
   */
  #stored<T extends Batch | BatchEnd>(
    lab: string,
    incarnation: number,
    first: Position,
    decode: (lab: string, first: Position, value: Buffer) => T,
  ): T {
    const value = getValue(this.#tree, lab, first);
    const batch = value === undefined ? null : decode(lab, first, value);
    if (batch !== null && batch.incarnation === incarnation) return batch;
    const header = getValue(this.#tree, lab, 0);
    const now = header === undefined ? null : decodeHeader(lab, header);
    if (now !== null && (now.incarnation > incarnation || now.removed)) throw new LabRemoved(lab);
    throw new LogDamaged(lab, first, batch === null ? 'it is missing' : 'it belongs to an earlier lab of this name');
  }

  /** First position of the batch that a position lies in. */
  #batchHolding(lab: string, position: Position): Position {
    const first = batchAtOrBefore(this.#tree, lab, position);
    if (first === null) throw new LogDamaged(lab, position, 'it is missing');
    return first;
  }

  #labs(): readonly string[] {
    const names = new Set([...storedLabs(this.#tree), ...witnessedLabs(this.#dir)]);
    return [...names].filter((lab) => this.#isListed(lab)).sort();
  }

  /** Damaged labs are listed: reading them says what is wrong. */
  #isListed(lab: string): boolean {
    try {
      return this.#stateOf(lab).head !== null;
    } catch (error) {
      if (error instanceof LogDamaged) return true;
      throw error;
    }
  }

  /** The incarnation that removal ends, also of a damaged lab; null when there is nothing to remove. */
  #incarnationToRemove(lab: string): number | null {
    const witness = readWitness(this.#dir, lab);
    try {
      const { incarnation, head } = this.#stateOf(lab);
      return head === null ? null : incarnation;
    } catch (error) {
      if (!(error instanceof LogDamaged)) throw error;
      const seen = witness === null || witness === 'unreadable' ? 0 : witness.incarnation;
      const value = getValue(this.#tree, lab, 0);
      return Math.max(1, seen, value === undefined ? 0 : decodeHeader(lab, value).incarnation);
    }
  }

  /** Runs reads on the newest state; all of them see the same one. */
  #fresh<T>(work: () => T): T {
    refresh(this.#tree);
    return work();
  }

  #promise<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#checkOpen();
      resolve(work());
    });
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new Error('the log is closed');
  }
}
