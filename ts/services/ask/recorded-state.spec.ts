import { describe, expect, test, vi } from 'vitest';
import { chained } from '../../../test/contract/records.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { createMemorySnapshots } from '../../log/memory-snapshots.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { CHAIN_START, nextChain } from '../../model/events/chain.ts';
import { decodeBody, encodeBody } from '../../model/events/codec.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { nanos } from '../../values/nanos.ts';
import { FOLD_EVERY, positionAt, recordedAt } from './recorded-state.ts';

const LENGTH = 2 * FOLD_EVERY + 5000;

async function longLab(says?: (position: number) => string) {
  const log = openMemoryLog();
  await log.append('lab', 0, chained(LENGTH, null, says));
  return log;
}

/** Records at times of their own. */
function timed(count: number, atNsOf: (position: number) => number): LogRecord[] {
  let chain = CHAIN_START;
  return chained(count).map((record) => {
    const body = encodeBody({ ...decodeBody(record.body), atNs: nanos(atNsOf(record.position)) });
    chain = nextChain(chain, body);
    return { ...record, body, chain };
  });
}

/** Snapshots, and how often one was found. */
function counted(): { readonly snapshots: SnapshotStore; readonly found: () => number } {
  const store = createMemorySnapshots();
  let found = 0;
  const latest: SnapshotStore['latest'] = async (...asked) => {
    const snapshot = await store.latest(...asked);
    if (snapshot !== null) found++;
    return snapshot;
  };
  return { snapshots: { ...store, latest }, found: () => found };
}

describe('the recorded state of a long lab', () => {
  test('is the same from snapshots as from zero, at any position', async () => {
    const log = await longLab();
    const { snapshots, found } = counted();
    await recordedAt(log, 'lab', LENGTH, snapshots);
    for (const position of [1, FOLD_EVERY - 1, FOLD_EVERY, FOLD_EVERY + 1, 2 * FOLD_EVERY, LENGTH, LENGTH + 7]) {
      expect(await recordedAt(log, 'lab', position, snapshots)).toEqual(await recordedAt(log, 'lab', position));
    }
    expect(found()).toBe(5);
  });

  test('does not believe snapshots of another history of the same name', async () => {
    const { snapshots } = counted();
    await recordedAt(await longLab(), 'lab', LENGTH, snapshots);
    const other = await longLab((position) => `other ${position}`);
    // Close behind a snapshot: the last lines of the system log are what differs.
    const position = FOLD_EVERY + 7;
    expect(await recordedAt(other, 'lab', position, snapshots)).toEqual(await recordedAt(other, 'lab', position));
  });

  test('does not believe snapshots of another build', async () => {
    const log = await longLab();
    const { snapshots } = counted();
    const mislabelled: SnapshotStore = {
      ...snapshots,
      put: (one) => snapshots.put({ ...one, engine: 'other', bytes: Uint8Array.of(0) }),
    };
    await recordedAt(log, 'lab', LENGTH, mislabelled);
    expect(await recordedAt(log, 'lab', LENGTH, mislabelled)).toEqual(await recordedAt(log, 'lab', LENGTH));
  });

  test('is answered where snapshots cannot be written', async () => {
    const log = await longLab();
    const readOnly: SnapshotStore = { ...createMemorySnapshots(), put: () => Promise.reject(new Error('read-only')) };
    expect((await recordedAt(log, 'lab', LENGTH, readOnly)).position).toBe(LENGTH);
  });
});

describe('the position at a time', () => {
  test('is the last one at or before it', async () => {
    const log = openMemoryLog();
    // Position p is at p microseconds.
    await log.append('lab', 0, chained(50));
    expect(await positionAt(log, 'lab', 0)).toBe(0);
    expect(await positionAt(log, 'lab', 1000)).toBe(1);
    expect(await positionAt(log, 'lab', 29_999)).toBe(29);
    expect(await positionAt(log, 'lab', 1e12)).toBe(50);
    expect(await positionAt(log, 'none', 1e12)).toBe(0);
  });

  test.each<readonly [string, (position: number) => number]>([
    ['evenly', (position) => position * 1000],
    ['in a crowd, and then far apart', (position) => (position < 900 ? position >> 2 : (position - 899) * 1e9)],
    ['far apart, and then in a crowd', (position) => (position < 100 ? position * 1e9 : 100e9 + (position >> 3))],
    ['all at once', () => 5000],
  ])('is found where events come %s', async (_, atNsOf) => {
    const log = openMemoryLog();
    await log.append('lab', 0, timed(1000, atNsOf));
    const times = Array.from({ length: 1000 }, (_, i) => atNsOf(i + 1));
    const read = vi.spyOn(log, 'read');
    for (const at of [1, 2, 3, 99, 100, 101, 102, 500, 899, 900, 901, 998, 999, 1000]) {
      for (const atNs of [atNsOf(at) - 1, atNsOf(at), atNsOf(at) + 1]) {
        read.mockClear();
        expect(await positionAt(log, 'lab', atNs)).toBe(times.filter((one) => one <= atNs).length);
        expect(read.mock.calls.length).toBeLessThan(20);
      }
    }
  });

  test('takes few looks where events come evenly', async () => {
    const log = openMemoryLog();
    await log.append(
      'lab',
      0,
      timed(4000, (position) => position * 1000),
    );
    const read = vi.spyOn(log, 'read');
    expect(await positionAt(log, 'lab', 1_777_500)).toBe(1777);
    // Halving needs 12.
    expect(read.mock.calls.length).toBeLessThan(6);
  });
});
