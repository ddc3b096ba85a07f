/**
 * One small file per lab beside the store, DIR/heads/<lab>.json: how far the lab had come, as seen from outside lmdb.
 *
 * lmdb has no page checksums. A flipped bit can make it show an older tree, or a tree without some keys, and all that is left
 * looks perfectly sound. So each commit is witnessed outside, after it: the store must be *at or past* what its witness saw.
 * (incarnation, removed, position) only ever grows, so a witness that lags behind, because of a crash, a second process or an
 * old backup of it, proves less but is never wrong. A witness that cannot be read proves only that there was a lab.
 *
 * Written by rename and not synced: after a power cut an older one may be there, which is fine. A removed lab leaves its
 * witness, about 150 bytes: it distinguishes a lab that damage brought back from one that was never removed.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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

/** @throws LogDamaged when something else than a file is in its place. */
export function readWitness(dir: string, lab: string): Witness {
  const path = join(dir, WITNESSES, witnessFile(lab));
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw asMisplaced(lab, path, error);
  }
  return parseWitness(lab, text);
}

/**
 * Replaces the witness as a whole. Concurrent writers may leave the older sighting, which only proves less.
 * @throws LogDamaged when something else than a file is in its place, StoreUnusable when there is no room or no right for one.
 */
export function writeWitness(dir: string, lab: string, sighting: Sighting): void {
  const folder = join(dir, WITNESSES);
  const name = witnessFile(lab);
  // One temporary name per process and thread; a leftover after a crash is overwritten and never read.
  const temporary = join(folder, `${name}.${process.pid}-${threadId}.tmp`);
  const text = serialise(lab, sighting);
  try {
    writeInFolder(folder, temporary, text);
    renameSync(temporary, join(folder, name));
  } catch (error) {
    throw unusableOr(dir, 'write', asMisplaced(lab, join(folder, name), error));
  }
}

function writeInFolder(folder: string, path: string, text: string): void {
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

function parseWitness(lab: string, text: string): Witness {
  try {
    const { incarnation, removed, position, chain } = JSON.parse(text) as Sighting;
    const sighting = { incarnation, removed, position, chain };
    return serialise(lab, sighting) === text ? sighting : 'unreadable';
  } catch {
    return 'unreadable';
  }
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
