/**
 * The few things asked of lmdb, each bounded: exact look-ups and single steps, no scans. A damaged tree can therefore send us
 * to a wrong place (which the CRCs tell) or nowhere, or crash the process, but not round in circles.
 */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { LogDamaged } from '../event-log.ts';
import { type BatchKey, decodeKey, encodeKey, keyAfter } from './key.ts';
import { checkRoom, StoreUnusable, unusableOr } from './unusable.ts';

export interface Tree {
  readonly dir: string;
  readonly db: RootDatabase<Buffer, Buffer>;
  /** Why it can only be read; null when it can be written, too. */
  readonly unwritable: StoreUnusable | null;
}

const DATA_FILE = 'data.mdb';
/** Greater than any position, for "the last one". */
const PAST_THE_END = Number.MAX_SAFE_INTEGER;

/** Whether there is a store in a directory. @throws LogDamaged when there are only parts of one. */
export function storeExists(dir: string): boolean {
  const file = join(dir, DATA_FILE);
  const whole = existsSync(file) && statSync(file).size > 0;
  const heads = join(dir, 'heads');
  if (!whole && existsSync(heads) && readdirSync(heads).some((name) => name.endsWith('.json'))) {
    throw new LogDamaged('', 0, `${file} is missing or empty, but there were labs in it`);
  }
  return whole;
}

/**
 * Opens lmdb, which is loaded only now: it costs 40 ms that commands without a store need not pay. Where the place cannot be written, a
 * store that is there is opened for reading alone; lmdb then does without locks (mdb.c, mdb_env_setup_locks).
 * @throws LogDamaged when lmdb does not take the files for its own; StoreUnusable when the place has no right or no room for them.
 */
export async function openTree(dir: string): Promise<Tree> {
  const { open } = await import('lmdb');
  const opened = (readOnly: boolean): RootDatabase<Buffer, Buffer> =>
    open<Buffer, Buffer>({
      path: dir,
      // Else a directory with a dot in its name, such as .switchback, is taken for a file.
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      cache: false,
      // A commit that has resolved is on the disk.
      overlappingSync: false,
      readOnly,
    });
  try {
    makeRoom(dir);
    return { dir, db: opened(false), unwritable: null };
  } catch (error) {
    const unwritable = unusableOr(dir, 'write', error);
    const isReadable = unwritable instanceof StoreUnusable && existsSync(join(dir, DATA_FILE));
    if (!isReadable) throw damageOr('', 0, unwritable);
    return guarded('', 0, () => ({ dir, db: readable(dir, () => opened(true)), unwritable }));
  }
}

/** A store is only begun where there is room: lmdb maps its files, and a page of them that finds no place ends the process (SIGBUS). */
function makeRoom(dir: string): void {
  mkdirSync(dir, { recursive: true });
  if (!existsSync(join(dir, DATA_FILE))) checkRoom(dir, 1, 0);
}

function readable<T>(dir: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw unusableOr(dir, 'open', error);
  }
}

/**
 * Runs work under the write lock that all processes share: all of its writes are durable when this returns, or none.
 * @throws StoreUnusable when the place cannot be written, LogDamaged for what lmdb says of its own files, whatever the work throws
 */
export function transact<T>(tree: Tree, work: () => T): T {
  if (tree.unwritable !== null) throw tree.unwritable;
  try {
    return tree.db.transactionSync(work);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    throw typeof code === 'number' ? damageOr('', 0, unusableOr(tree.dir, 'write', error)) : error;
  }
}

/** Lets the reads that follow see the newest state, all of them the same one. */
export function refresh(tree: Tree): void {
  tree.db.resetReadTxn();
}

export function getValue(tree: Tree, lab: string, first: number): Buffer | undefined {
  return guarded(lab, first, () => tree.db.getBinary(encodeKey(lab, first)));
}

/** The key of the lab's batch that begins at or before a position; null when there is none. Never the header. */
export function batchAtOrBefore(tree: Tree, lab: string, position: number): number | null {
  const found = guarded(lab, 0, () => [...tree.db.getKeys({ start: encodeKey(lab, position), reverse: true, limit: 1 })][0]);
  const key = found === undefined ? null : decodeKey(found);
  return key === null || key.lab !== lab || key.first === 0 || key.first > position ? null : key.first;
}

export function lastBatch(tree: Tree, lab: string): number | null {
  return batchAtOrBefore(tree, lab, PAST_THE_END);
}

/**
 * Names of the labs that have keys, as far as the tree shows them.
 * @throws LogDamaged when the keys are not in order, or not ours.
 */
export function storedLabs(tree: Tree): readonly string[] {
  const labs: string[] = [];
  for (let from: Buffer = Buffer.of(0); ; ) {
    const found = guarded('', 0, () => [...tree.db.getKeys({ start: from, limit: 1 })][0]);
    if (found === undefined) return labs;
    const key: BatchKey | null = decodeKey(found);
    if (key === null || Buffer.compare(found, from) < 0) throw new LogDamaged('', 0, 'its keys are not in order');
    labs.push(key.lab);
    from = keyAfter(key.lab);
  }
}

/** Removes all keys of a lab, inside a transaction of the caller's. */
export function removeKeys(tree: Tree, lab: string): void {
  for (const key of [...tree.db.getKeys({ start: encodeKey(lab, 0), end: keyAfter(lab) })]) tree.db.removeSync(key);
}

/**
 * Codes that say nothing about the store: the usual errno of files, out of readers, map full. They are passed on.
 * EINVAL and ENOMEM are not among them: a damaged meta page asks for an impossible map.
 */
const NOT_DAMAGE = new Set([1, 2, 4, 5, 11, 13, 16, 23, 24, 28, 30, -30790, -30792]);

/** Runs one access to lmdb; what lmdb throws over it is damage, except what `NOT_DAMAGE` lists. */
function guarded<T>(lab: string, position: number, access: () => T): T {
  try {
    return access();
  } catch (error) {
    throw damageOr(lab, position, error);
  }
}

function damageOr(lab: string, position: number, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LogDamaged) return error;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' || (typeof code === 'number' && NOT_DAMAGE.has(code))) return error;
  return new LogDamaged(lab, position, error.message, { cause: error });
}
