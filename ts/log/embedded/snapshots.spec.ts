import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredSnapshot } from '../snapshot-store.ts';
import { type EmbeddedSnapshots, openEmbeddedSnapshots } from './snapshots.ts';

let dir: string;
let snapshots: EmbeddedSnapshots;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchback-snapshots-'));
  snapshots = openEmbeddedSnapshots(dir);
});
afterEach(async () => {
  await snapshots.close();
  rmSync(dir, { recursive: true });
});

function snapshot(position: number, kind: StoredSnapshot['kind'] = 'fold', lab = 'lab'): StoredSnapshot {
  return { lab, kind, position, chain: new Uint8Array(32).fill(position), engine: 'e', bytes: Uint8Array.of(position, 0, 255) };
}

describe('snapshots in a directory', () => {
  test('are found again by the newest position at or before the one asked for', async () => {
    for (const position of [10, 20, 30]) await snapshots.put(snapshot(position));
    expect(await snapshots.latest('lab', 'fold', 29)).toEqual(snapshot(20));
    expect(await snapshots.latest('lab', 'fold', 30)).toEqual(snapshot(30));
    expect(await snapshots.latest('lab', 'fold')).toEqual(snapshot(30));
    expect(await snapshots.latest('lab', 'fold', 9)).toBeNull();
  });

  test('are kept apart by lab and by kind, whatever the names', async () => {
    await snapshots.put(snapshot(10, 'fold', 'a'));
    await snapshots.put(snapshot(11, 'engine', 'a'));
    await snapshots.put(snapshot(12, 'fold', 'a:b'));
    expect((await snapshots.latest('a', 'fold'))?.position).toBe(10);
    expect((await snapshots.latest('a', 'engine'))?.position).toBe(11);
    expect(await snapshots.latest('b', 'fold')).toBeNull();
  });

  test('of an engine are only the newest, because it is there to go on from', async () => {
    await snapshots.put(snapshot(10, 'engine'));
    await snapshots.put(snapshot(20, 'engine'));
    expect(await snapshots.latest('lab', 'engine', 19)).toBeNull();
    expect((await snapshots.latest('lab', 'engine'))?.position).toBe(20);
  });

  test('to look back, all are kept, and several go into one transaction; one kind can be forgotten alone', async () => {
    await snapshots.put(snapshot(10, 'moment'), snapshot(20, 'moment'), snapshot(20, 'fold'));
    expect((await snapshots.latest('lab', 'moment', 19))?.position).toBe(10);
    expect((await snapshots.latest('lab', 'moment'))?.position).toBe(20);
    await snapshots.remove('lab', 'moment');
    expect(await snapshots.latest('lab', 'moment')).toBeNull();
    expect((await snapshots.latest('lab', 'fold'))?.position).toBe(20);
  });

  test('go with their lab, and only with it', async () => {
    for (const lab of ['one', 'two']) for (const kind of ['fold', 'engine'] as const) await snapshots.put(snapshot(5, kind, lab));
    await snapshots.remove('one');
    expect(await snapshots.latest('one', 'fold')).toBeNull();
    expect(await snapshots.latest('one', 'engine')).toBeNull();
    expect((await snapshots.latest('two', 'engine'))?.position).toBe(5);
  });

  test('are there for another process, and asking makes no store where there is none', async () => {
    expect(await snapshots.latest('lab', 'fold')).toBeNull();
    const other = openEmbeddedSnapshots(dir);
    await snapshots.put(snapshot(7));
    expect(await other.latest('lab', 'fold')).toEqual(snapshot(7));
    await other.close();
  });
});
