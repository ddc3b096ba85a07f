/** Snapshots from their pieces, which come in order, but mixed with what others left behind. */
import { decodePiece, type SnapshotPiece, type StoredSnapshot } from '../../model/events/codec-snapshot.ts';
import { Undecodable } from '../../model/events/codec-strict.ts';

/** Of one snapshot: 4096 pieces are more than WebAssembly can address. */
const PIECES_MAX = 4096;

interface Unfinished {
  readonly of: SnapshotPiece;
  readonly pieces: Map<number, Uint8Array>;
  /** Offset of the first piece that came. */
  readonly since: number;
}

export class SnapshotAssembly {
  /** The newest of each lab and kind that is not whole yet. */
  readonly #unfinished = new Map<string, Unfinished>();

  /** Takes the next message of a partition and returns the snapshot that it completes, else null. Unreadable messages are ignored. */
  take(offset: number, value: Uint8Array | null): StoredSnapshot | null {
    const piece = value === null ? null : usablePiece(value);
    if (piece === null) return null;
    const name = `${piece.kind} ${piece.lab}`;
    let unfinished = this.#unfinished.get(name);
    if (unfinished === undefined || !isSameSnapshot(unfinished.of, piece)) {
      unfinished = { of: piece, pieces: new Map(), since: offset };
      this.#unfinished.set(name, unfinished);
    }
    unfinished.pieces.set(piece.piece, piece.bytes);
    if (unfinished.pieces.size < piece.pieces) return null;
    this.#unfinished.delete(name);
    return whole(unfinished);
  }

  /** Offset to read from again, if reading ends here and `next` would have been next: nothing unfinished gets lost. */
  resumeFrom(next: number): number {
    let from = next;
    for (const { since } of this.#unfinished.values()) from = Math.min(from, since);
    return from;
  }
}

function usablePiece(value: Uint8Array): SnapshotPiece | null {
  try {
    const piece = decodePiece(value);
    const known = piece.kind === 'engine' || piece.kind === 'fold' || piece.kind === 'layout';
    return known && piece.piece < piece.pieces && piece.pieces <= PIECES_MAX ? piece : null;
  } catch (error) {
    if (error instanceof Undecodable) return null;
    throw error;
  }
}

function isSameSnapshot(a: SnapshotPiece, b: SnapshotPiece): boolean {
  const same = a.position === b.position && a.pieces === b.pieces && a.engine === b.engine;
  return same && Buffer.compare(a.chain, b.chain) === 0;
}

function whole({ of: { lab, kind, position, chain, engine }, pieces }: Unfinished): StoredSnapshot {
  const inOrder = Array.from({ length: pieces.size }, (_, piece) => pieces.get(piece) ?? new Uint8Array());
  // Copies: what came is a view of a whole answer of the broker.
  const bytes = new Uint8Array(Buffer.concat(inOrder));
  return { lab, kind, position, chain: chain.slice(), engine, bytes };
}
