/** Snapshots as messages: proto SnapshotPiece. A snapshot travels in pieces, because brokers refuse messages above 1 MB. */
import { checkFields, decode, messageNamed, newWriter } from './codec-strict.ts';
import type { Position } from './events.ts';

/** A copy of a lab at a position, there only to save time. */
export interface StoredSnapshot {
  readonly lab: string;
  /**
   * 'engine': everything (ts/engine/engine.ts, `Snapshot`), to go on from; 'moment': the same, to look back; 'fold': recorded state;
   * 'layout': where the lab's picture has what (ts/picture/layout.ts).
   */
  readonly kind: SnapshotKind;
  readonly position: Position;
  /** Chain at that position: a snapshot of another history of the same name is worth nothing. */
  readonly chain: Uint8Array;
  /** Identity of the engine that wrote it; only an equal one may use it. */
  readonly engine: string;
  readonly bytes: Uint8Array;
}

export type SnapshotKind = 'engine' | 'moment' | 'fold' | 'layout';

/** A snapshot's `piece` of `pieces`, from 0. */
export interface SnapshotPiece extends StoredSnapshot {
  readonly piece: number;
  readonly pieces: number;
}

const PIECE = messageNamed('SnapshotPiece');

/** @throws TypeError */
export function encodePiece(piece: SnapshotPiece): Uint8Array {
  checkFields('SnapshotPiece', piece);
  return PIECE.encode(piece, newWriter()).finish();
}

/** @throws Undecodable */
export function decodePiece(bytes: Uint8Array): SnapshotPiece {
  return decode<SnapshotPiece>(PIECE, bytes);
}
