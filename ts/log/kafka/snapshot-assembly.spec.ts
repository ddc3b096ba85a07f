import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodePiece, type SnapshotPiece, type StoredSnapshot } from '../../model/events/codec-snapshot.ts';
import { SnapshotAssembly } from './snapshot-assembly.ts';
import { PIECE_BYTES_MAX, piecesOf } from './snapshot-topic.ts';

const snapshot = (position: number, bytes: number): StoredSnapshot => ({
  lab: 'lab',
  kind: 'engine',
  position,
  chain: new Uint8Array(32).fill(position),
  engine: 'e1',
  bytes: Uint8Array.from({ length: bytes }, (_, index) => (index * position) % 251),
});

/** Its bytes as a digest: comparing megabytes one by one takes seconds. */
const brief = (whole: StoredSnapshot) => ({ ...whole, bytes: hash('sha256', whole.bytes) });

let offset = 0;
const takeAll = (assembly: SnapshotAssembly, pieces: readonly SnapshotPiece[]) =>
  pieces
    .map((piece) => assembly.take(offset++, encodePiece(piece)))
    .filter((whole) => whole !== null)
    .map(brief);

describe('a snapshot', () => {
  test.each([0, 1, PIECE_BYTES_MAX, PIECE_BYTES_MAX + 1, 3 * PIECE_BYTES_MAX + 7])('of %i bytes is whole again', (bytes) => {
    const sent = snapshot(7, bytes);
    const pieces = piecesOf(sent);
    expect(pieces).toHaveLength(Math.max(1, Math.ceil(bytes / PIECE_BYTES_MAX)));
    for (const piece of pieces) expect(encodePiece(piece).length).toBeLessThan(1_000_000);
    expect(takeAll(new SnapshotAssembly(), pieces)).toEqual([brief(sent)]);
  });

  test('is not mixed with pieces that an earlier, longer one left behind', () => {
    const assembly = new SnapshotAssembly();
    const left = piecesOf(snapshot(3, 4 * PIECE_BYTES_MAX)).slice(2);
    const sent = snapshot(9, 2 * PIECE_BYTES_MAX);
    expect(takeAll(assembly, [...left, ...piecesOf(sent)])).toEqual([brief(sent)]);
  });

  test('that was not sent to its end is none', () => {
    const assembly = new SnapshotAssembly();
    const sent = snapshot(9, 2 * PIECE_BYTES_MAX);
    expect(takeAll(assembly, [...piecesOf(snapshot(3, 3 * PIECE_BYTES_MAX)).slice(0, 2), ...piecesOf(sent)])).toEqual([
      brief(sent),
    ]);
  });

  test('in pieces goes on after a restart that reads its first piece again', () => {
    const assembly = new SnapshotAssembly();
    expect(assembly.resumeFrom(40)).toBe(40);
    const pieces = piecesOf(snapshot(3, 2 * PIECE_BYTES_MAX)).map(encodePiece);
    expect(assembly.take(40, pieces[0] ?? null)).toBeNull();
    expect(assembly.resumeFrom(41)).toBe(40);
    expect(assembly.take(41, pieces[1] ?? null)).not.toBeNull();
    expect(assembly.resumeFrom(42)).toBe(42);
  });

  test.each([
    ['no piece', Buffer.from([0xff])],
    ['of an unknown kind', encodePiece({ ...snapshot(1, 1), kind: 'other' as 'fold', piece: 0, pieces: 1 })],
    ['a piece beyond the last', encodePiece({ ...snapshot(1, 1), piece: 1, pieces: 1 })],
    ['one of very many', encodePiece({ ...snapshot(1, 1), piece: 0, pieces: 1_000_000 })],
    ['a tombstone', null],
  ])('is ignored when it is %s', (_, value) => {
    const assembly = new SnapshotAssembly();
    expect(assembly.take(0, value)).toBeNull();
    expect(assembly.resumeFrom(1)).toBe(1);
  });
});
