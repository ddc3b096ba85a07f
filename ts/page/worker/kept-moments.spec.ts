/** snapshot ─► packed ─► moment ═ snapshot; and as many moments as there is room for. */
import { expect, test } from 'vitest';
import type { Snapshot } from '../../engine/snapshot.ts';
import { emptyMemory } from '../../engine/turn/memory.ts';
import { initialState } from '../../model/state/lab-state.ts';
import { KeptMoments, sparseOf, wholeOf } from './kept-moments.ts';

function snapshotAt(position: number, region: Uint8Array): Snapshot {
  const state = { ...initialState(), position };
  return { position, chain: Uint8Array.of(position), untilNs: position, region, state, memory: emptyMemory() };
}

test('bytes of which most are zero come back whole, and only the others are kept', () => {
  for (const length of [0, 1, 255, 256, 257, 4096, 5001]) {
    const bytes = new Uint8Array(length);
    for (const at of [0, 256, 511, 1024, 4095, length - 1]) if (at < length) bytes[at] = 7;
    expect(wholeOf(sparseOf(bytes))).toEqual(bytes);
  }
  const sparse = new Uint8Array(1 << 20);
  sparse[300_000] = 1;
  expect(sparseOf(sparse).parts.length).toBe(256);
});

test('a moment is the snapshot that was kept, the last one before a position', () => {
  const kept = new KeptMoments();
  const snapshots = [50, 100].map((position) =>
    snapshotAt(
      position,
      Uint8Array.from({ length: 4096 }, (_, at) => (at % 700 === 0 ? position : 0)),
    ),
  );
  for (const [index, snapshot] of snapshots.entries()) kept.keep(snapshot, index);
  expect(kept.before(50)).toBeNull();
  expect(kept.before(100)).toMatchObject({ next: 0 });
  const [first] = snapshots;
  expect(kept.before(100)?.snapshot).toEqual({ ...first, state: plain(first?.state), memory: plain(first?.memory) });
  expect(kept.before(1000)?.snapshot.region).toEqual(snapshots[1]?.region);
});

test('moments stay below their limit, evenly spread, and those of a large region are far from each other', () => {
  const kept = new KeptMoments();
  const full = new Uint8Array(1 << 20).fill(1);
  for (let position = 50; position <= 20_000; position += 50) if (kept.isDue(position)) kept.keep(snapshotAt(position, full), 0);
  expect(kept.bytes).toBeLessThanOrEqual(64 << 20);
  const { positions } = kept;
  expect(positions.length).toBeGreaterThan(30);
  const distances = new Set(positions.slice(1).map((position, index) => position - (positions[index] ?? 0)));
  expect(distances.size).toBe(1);
  const large = new KeptMoments();
  large.keep(snapshotAt(50, new Uint8Array(43 << 20)), 0);
  expect([large.isDue(1600), large.isDue(3200)]).toEqual([false, true]);
});

/** As JSON has it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
