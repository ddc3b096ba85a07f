/**
 * Snapshots beside the embedded log: an lmdb of their own in `snapshots/`, which may be deleted at any time. Each value is a
 * CRC-32 (least byte first) and a SnapshotPiece that is whole; one that fails its CRC is as good as none.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodePiece, encodePiece } from '../../model/events/codec-snapshot.ts';
import { Undecodable } from '../../model/events/codec-strict.ts';
import type { Position } from '../../model/events/events.ts';
import type { SnapshotKind, SnapshotStore, StoredSnapshot } from '../snapshot-store.ts';
import { encodeKey } from './key.ts';
import { batchAtOrBefore, getValue, openTree, refresh, removeKeys, type Tree, transact } from './tree.ts';
import { checkRoom } from './unusable.ts';

const CRC_BYTES = 4;
const KINDS: readonly SnapshotKind[] = ['engine', 'moment', 'fold', 'layout'];

export interface EmbeddedSnapshots extends SnapshotStore {
  close(): Promise<void>;
}

/** The snapshots of the store in a directory. Opened when first used; made when first written. */
export function openEmbeddedSnapshots(dir: string): EmbeddedSnapshots {
  return new Snapshots(join(dir, 'snapshots'));
}

class Snapshots implements EmbeddedSnapshots {
  readonly #dir: string;
  #tree: Promise<Tree> | null = null;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async put(...snapshots: readonly StoredSnapshot[]): Promise<void> {
    const tree = await this.#open();
    const written = snapshots.map((snapshot) => ({ snapshot, value: storedValue(snapshot) }));
    checkRoom(
      this.#dir,
      written.length,
      written.reduce((sum, { value }) => sum + value.length, 0),
    );
    transact(tree, () => {
      for (const { snapshot, value } of written) {
        const name = nameOf(snapshot.lab, snapshot.kind);
        // To go on from, only the newest is of use; to look back, all are.
        if (snapshot.kind === 'engine') removeKeys(tree, name);
        tree.db.putSync(encodeKey(name, snapshot.position), value);
      }
    });
  }

  async latest(lab: string, kind: SnapshotKind, position: Position = Number.MAX_SAFE_INTEGER): Promise<StoredSnapshot | null> {
    if (this.#tree === null && !existsSync(this.#dir)) return null;
    const tree = await this.#open();
    refresh(tree);
    const name = nameOf(lab, kind);
    const found = batchAtOrBefore(tree, name, position);
    const value = found === null ? undefined : getValue(tree, name, found);
    return value === undefined ? null : wholeSnapshot(value);
  }

  async remove(lab: string, kind?: SnapshotKind): Promise<void> {
    if (this.#tree === null && !existsSync(this.#dir)) return;
    const tree = await this.#open();
    transact(tree, () => {
      for (const one of kind === undefined ? KINDS : [kind]) removeKeys(tree, nameOf(lab, one));
    });
  }

  async close(): Promise<void> {
    await (await this.#tree)?.db.close();
  }

  #open(): Promise<Tree> {
    this.#tree ??= openTree(this.#dir).catch((error: unknown) => {
      this.#tree = null;
      throw error;
    });
    return this.#tree;
  }
}

/** The log's keys are made of a name and a position; here the name says the kind too. */
function nameOf(lab: string, kind: SnapshotKind): string {
  return `${kind}:${lab}`;
}

function storedValue(snapshot: StoredSnapshot): Buffer {
  const piece = encodePiece({ ...snapshot, piece: 0, pieces: 1 });
  const value = Buffer.alloc(CRC_BYTES + piece.length);
  value.writeUInt32LE(crc32(piece));
  value.set(piece, CRC_BYTES);
  return value;
}

function wholeSnapshot(value: Buffer): StoredSnapshot | null {
  const bytes = value.subarray(CRC_BYTES);
  if (value.length < CRC_BYTES || value.readUInt32LE() !== crc32(bytes)) return null;
  try {
    const { piece: _, pieces: __, ...snapshot } = decodePiece(bytes);
    return snapshot;
  } catch (error) {
    if (error instanceof Undecodable) return null;
    throw error;
  }
}
