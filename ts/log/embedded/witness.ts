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
import type { Position } from '../../model/events/events.ts';

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

const FOLDER = 'heads';
const ENDING = '.json';

export function readWitness(dir: string, lab: string): Witness {
  let text: string;
  try {
    text = readFileSync(join(dir, FOLDER, fileName(lab)), 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  return parseWitness(lab, text);
}

/** Replaces the witness as a whole. Concurrent writers may leave the older sighting, which only proves less. */
export function writeWitness(dir: string, lab: string, sighting: Sighting): void {
  const folder = join(dir, FOLDER);
  const name = fileName(lab);
  // One temporary name per process and thread; a leftover after a crash is overwritten and never read.
  const temporary = join(folder, `${name}.${process.pid}-${threadId}.tmp`);
  const text = serialise(lab, sighting);
  try {
    writeFileSync(temporary, text);
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, text);
  }
  renameSync(temporary, join(folder, name));
}

/** Names of all labs that have a witness, removed ones included. */
export function witnessedLabs(dir: string): readonly string[] {
  try {
    const names = readdirSync(join(dir, FOLDER)).filter((name) => name.endsWith(ENDING));
    return names.map((name) => decodeURIComponent(name.slice(0, -ENDING.length)));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
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

/** Percent-encoded, capitals too: some file systems do not tell them from small letters. */
function fileName(lab: string): string {
  const encode = (char: string) => [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return `${lab.replace(/[^a-z0-9_-]/gu, encode)}${ENDING}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
