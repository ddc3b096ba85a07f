/**
 * One small file per lab beside the store, DIR/heads/<lab>.json: how far the lab had come, as seen from outside lmdb.
 *
 * lmdb has no page checksums. A flipped bit can make it show an older tree, or a tree without some keys, and all that is left
 * looks perfectly sound. So each commit is witnessed outside, after it: the store must be *at or past* what its witness saw.
 * (incarnation, removed, position) only ever grows, so a witness that lags behind, because of a crash, a second process or an
 * old backup of it, proves less but is never wrong. A witness that cannot be read proves only that there was a lab.
 *
 *   0                512               1024
 *   ┌────────────────┬─────────────────┐
 *   │ a sighting     │ a sighting      │   JSON on one line, filled up with spaces
 *   └────────────────┴─────────────────┘
 *
 * The later of the two counts, and the next one is written in place of the other: a write that is cut off leaves the one that counted. A
 * slot is a sector, so a power cut leaves each as it was or as it became. In place costs 20 us; a rename on ext4 costs a millisecond, and
 * a hundred labs that are committed together would wait for a hundred of them. Not synced: after a power cut older ones may be there,
 * which is fine. A removed lab leaves its witness: it distinguishes a lab that damage brought back from one that was never removed.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { toHex } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import { LogDamaged, type LogRecord } from '../event-log.ts';
import { unusableOr } from './unusable.ts';

/** The state of the lab that was committed when the witness was written. */
export interface Sighting {
  readonly incarnation: number;
  readonly removed: boolean;
  /** Last position; 0 when removed. */
  readonly position: Position;
  /** Chain of the last position, as hex. */
  readonly chain: string;
}

/** `null`: there is no witness. `'unreadable'`: there is one, and it is damaged. */
export type Witness = Sighting | 'unreadable' | null;

/** Beside the store. */
export const WITNESSES = 'heads';
const ENDING = '.json';
const SLOT_BYTES = 512;
const SLOTS = 2;

/** @throws LogDamaged when something else than a file is in its place. */
export function readWitness(dir: string, lab: string): Witness {
  const path = join(dir, WITNESSES, witnessFile(lab));
  try {
    const bytes = readIfThere(path);
    return bytes === null ? null : parseWitness(lab, bytes.toString('utf8'));
  } catch (error) {
    throw asMisplaced(lab, path, error);
  }
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Writes the older of the two slots; a witness of another shape, or none, is replaced as a whole.
 * @throws LogDamaged when something else than a file is in its place, StoreUnusable when there is no room or no right for one.
 */
export function writeWitness(dir: string, lab: string, sighting: Sighting): void {
  const folder = join(dir, WITNESSES);
  const name = witnessFile(lab);
  const slot = slotOf(serialise(lab, sighting));
  try {
    if (slot === null || !writeInPlace(lab, join(folder, name), slot)) replace(folder, name, slot ?? serialise(lab, sighting));
  } catch (error) {
    throw unusableOr(dir, 'write', asMisplaced(lab, join(folder, name), error));
  }
}

/** Null for a name whose text is too long for a slot, as escaped characters can make it: its witness has one line. */
function slotOf(line: string): Buffer | null {
  const text = Buffer.from(line.trimEnd());
  if (text.length >= SLOT_BYTES) return null;
  const slot = Buffer.alloc(SLOT_BYTES, ' ');
  text.copy(slot);
  slot[SLOT_BYTES - 1] = 0x0a;
  return slot;
}

/** False when there is no witness with two slots. */
function writeInPlace(lab: string, path: string, slot: Buffer): boolean {
  const bytes = readIfThere(path);
  if (bytes === null || bytes.length !== SLOTS * SLOT_BYTES) return false;
  const [first, second] = [0, SLOT_BYTES].map((at) => sightingIn(lab, bytes.toString('utf8', at, at + SLOT_BYTES)));
  const at = isLater(first ?? null, second ?? null) ? SLOT_BYTES : 0;
  const file = openSync(path, 'r+');
  try {
    writeSync(file, slot, 0, SLOT_BYTES, at);
  } finally {
    closeSync(file);
  }
  return true;
}

function replace(folder: string, name: string, text: Buffer | string): void {
  // One temporary name per process and thread; a leftover after a crash is overwritten and never read.
  const temporary = join(folder, `${name}.${process.pid}-${threadId}.tmp`);
  writeInFolder(folder, temporary, typeof text === 'string' ? text : Buffer.concat([text, text]));
  renameSync(temporary, join(folder, name));
}

function writeInFolder(folder: string, path: string, text: Buffer | string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
  }
}

/**
 * Names of all labs that have a witness, removed ones included.
 * @throws LogDamaged when something else than a folder is where the witnesses should be.
 */
export function witnessedLabs(dir: string): readonly string[] {
  const folder = join(dir, WITNESSES);
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(ENDING));
    return names.map((name) => decodeURIComponent(name.slice(0, -ENDING.length)));
  } catch (error) {
    if (isMissing(error)) return [];
    throw asMisplaced('', folder, error);
  }
}

/** The witness of an incarnation; null if there is none, `'later'` if the witness saw a later incarnation. */
export function sightingOf(witness: Witness, incarnation: number): Sighting | 'later' | null {
  if (witness === null || witness === 'unreadable' || witness.incarnation < incarnation) return null;
  return witness.incarnation > incarnation ? 'later' : witness;
}

/** @throws LogDamaged if a record's chain is not the one that the witness saw at its position */
export function checkWitnessed(lab: string, incarnation: number, witness: Witness, records: readonly LogRecord[]): void {
  const seen = sightingOf(witness, incarnation);
  if (seen === null || seen === 'later') return;
  const record = records[seen.position - (records[0]?.position ?? 0)];
  if (record !== undefined && toHex(record.chain) !== seen.chain) {
    throw new LogDamaged(lab, record.position, 'its chain is not the one that was committed');
  }
}

/** The later of the sightings that are sound. */
function parseWitness(lab: string, text: string): Witness {
  let latest: Sighting | null = null;
  for (const line of text.split('\n')) {
    const sighting = sightingIn(lab, line);
    if (isLater(sighting, latest)) latest = sighting;
  }
  return latest ?? 'unreadable';
}

function sightingIn(lab: string, line: string): Sighting | null {
  try {
    const { incarnation, removed, position, chain } = JSON.parse(line) as Sighting;
    const sighting = { incarnation, removed, position, chain };
    return serialise(lab, sighting) === `${line.trimEnd()}\n` ? sighting : null;
  } catch {
    return null;
  }
}

/** By (incarnation, removed, position); anything is later than nothing. */
function isLater(one: Sighting | null, other: Sighting | null): boolean {
  if (one === null || other === null) return one !== null;
  if (one.incarnation !== other.incarnation) return one.incarnation > other.incarnation;
  return one.removed === other.removed ? one.position > other.position : one.removed;
}

function serialise(lab: string, { incarnation, removed, position, chain }: Sighting): string {
  const content = { lab, incarnation, removed, position, chain };
  return `${JSON.stringify({ ...content, crc: crc32(JSON.stringify(content)) })}\n`;
}

/** File of a lab's witness in the folder. Percent-encoded, capitals too: some file systems do not tell them from small letters. */
export function witnessFile(lab: string): string {
  const encode = (char: string) => [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return `${lab.replace(/[^a-z0-9_-]/gu, encode)}${ENDING}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A file where a folder should be, a folder where a file should be, a link that leads nowhere: damage, and not the caller's mistake. */
function asMisplaced(lab: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  const { code } = error;
  if (code !== 'ENOTDIR' && code !== 'EISDIR' && code !== 'ELOOP') return error;
  return new LogDamaged(lab, 0, `what lies at ${path} is no witness (${code})`, { cause: error });
}
