/**
 * A bundle may bring snapshots. Whoever imports it is answered sooner, and never otherwise.
 *
 *   records     #1 ──────┬──────────┬──────────┬──── end
 *   checkpoints          ✓          ✓          ✓       in the log, beside the records
 *   snapshots            ●          ●          ●       in the bundle, each compared with its checkpoint
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { switchedHosts } from '../../../test/support/recorded-lab.ts';
import { ByteSource } from '../../bundle/byte-source.ts';
import { type BundledSnapshot, isSnapshotPart, SnapshotReader, SnapshotWriter } from '../../bundle/snapshot-parts.ts';
import { readTar, TAR_END, type TarFile, tarEntry } from '../../bundle/tar.ts';
import { courseOfInputs } from '../../debug/course.ts';
import { scriptInputs } from '../../engine/script.ts';
import type { EventLog } from '../../log/event-log.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { createMemorySnapshots } from '../../log/memory-snapshots.ts';
import { sha256 } from '../../log/sha256.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { readAll, stateAt } from '../ask/state-at.ts';
import { verifyLab } from '../ask/verify-lab.ts';
import { recordCourse } from '../debug/record-course.ts';
import { exportLab } from './export-lab.ts';
import { heldBytes } from './file/bundle-file.ts';
import { type Imported, importLab } from './import-lab.ts';
import { SnapshotImport } from './snapshot-import.ts';

const LAB = 'small';
const STEPS = [200, 400, 600, 800]
  .map((ms, i) => `  - { at: ${ms}ms, run: link ${i % 2 === 0 ? 'down' : 'up'} b:eth0 }`)
  .join('\n');

let log: EventLog;
let end = 0;
let files: TarFile[] = [];
beforeAll(async () => {
  log = openMemoryLog();
  const { lab, script } = switchedHosts(`steps:\n${STEPS}\nduration: 1s\n`);
  await recordCourse(log, LAB, courseOfInputs(scriptInputs(lab, script)));
  end = (await log.head(LAB))?.position ?? 0;
  files = await filesOf(await exported(true));
});

async function exported(withSnapshots: boolean): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await exportLab(log, LAB, (piece) => pieces.push(piece), { withSnapshots });
  return Buffer.concat(pieces);
}

async function filesOf(bundle: Buffer): Promise<TarFile[]> {
  const found: TarFile[] = [];
  for await (const file of readTar(new ByteSource(heldBytes(gunzipSync(bundle))(), 2 ** 30), 2 ** 25)) found.push(file);
  return found;
}

/** The bundle with other snapshots. */
function bundleWith(change: (file: TarFile) => TarFile): Buffer {
  const entries = files.map((file) => tarEntry(isSnapshotPart(file.name) ? change(file) : file));
  return gzipSync(Buffer.concat([...entries, TAR_END]), { level: 1 });
}

interface Taken extends Imported {
  readonly log: EventLog;
  readonly store: SnapshotStore;
}

async function imported(bundle: Buffer): Promise<Taken> {
  const [target, store] = [openMemoryLog(), createMemorySnapshots()];
  return { ...(await importLab(target, heldBytes(bundle), { snapshots: store })), log: target, store };
}

async function expectSameAnswers({ log: target, store }: Taken): Promise<void> {
  for (const until of [{ position: end }, { position: end - 1 }, { atNs: 650e6 }, { atNs: 399_999_999 }]) {
    expect(await stateAt(target, LAB, until, { snapshots: store })).toEqual(await stateAt(log, LAB, until));
  }
}

describe('a bundle with snapshots', () => {
  test('has one for each checkpoint, the same bytes each time, and each page once', async () => {
    const parts = files.filter(({ name }) => isSnapshotPart(name));
    expect(parts.length).toBeGreaterThan(3);
    expect(Buffer.compare(await exported(true), await exported(true))).toBe(0);
    const reader = new SnapshotReader();
    const snapshots = parts.map((part) => reader.read(part));
    const [first, ...later] = snapshots.map(({ region }) => region.length);
    // What a later one brings is a small part of its region.
    for (const [i, bytes] of later.entries()) expect((parts[i + 1]?.bytes.length ?? bytes) * 2).toBeLessThan(bytes);
    expect(first).toBeGreaterThan(0);
    const writer = new SnapshotWriter();
    for (const [i, snapshot] of snapshots.entries()) {
      expect(Buffer.compare(writer.add(snapshot)?.bytes ?? Buffer.alloc(0), parts[i]?.bytes ?? Buffer.alloc(1))).toBe(0);
    }
  });

  test('holds the records of one without, and verifies alike', async () => {
    const plain = await filesOf(await exported(false));
    expect(files.filter(({ name }) => !isSnapshotPart(name))).toEqual(plain);
    const taken = await imported(await exported(true));
    expect(await verifyLab(taken.log, LAB)).toEqual(await verifyLab(log, LAB));
  });

  test('is asked from its snapshots, with the answers of one without', async () => {
    const taken = await imported(await exported(true));
    expect(taken.snapshots).toEqual({ kept: files.filter(({ name }) => isSnapshotPart(name)).length, leftOut: [] });
    await expectSameAnswers(taken);
    const asked: number[] = [];
    const plain = taken.log.read;
    const read = vi.spyOn(taken.log, 'read').mockImplementation((lab, from = 1, to, options) => {
      asked.push(from);
      return plain.call(taken.log, lab, from, to, options);
    });
    await stateAt(taken.log, LAB, { position: end }, { snapshots: taken.store });
    read.mockRestore();
    expect(Math.min(...asked)).toBeGreaterThan(end / 2);
  });

  test('brings none of a lab whose outcomes this engine does not come to', async () => {
    const pieces: Uint8Array[] = [];
    const other = openMemoryLog();
    const forged = (await readAll(log, LAB)).map((record) => ({
      ...record,
      checkpoint: record.checkpoint === null ? null : { ...record.checkpoint, region: new Uint8Array(32) },
    }));
    await other.append(LAB, 0, forged);
    expect(await exportLab(other, LAB, (piece) => pieces.push(piece), { withSnapshots: true })).toMatchObject({ snapshots: 0 });
  });
});

describe('a snapshot that somebody changed', () => {
  const changed = (change: (snapshot: BundledSnapshot) => BundledSnapshot): ((file: TarFile) => TarFile) => {
    const [reader, writer] = [new SnapshotReader(), new SnapshotWriter()];
    return (file) => writer.add(change(reader.read(file))) ?? file;
  };

  test.each([
    [
      'another region',
      (one: BundledSnapshot) => ({ ...one, region: one.region.with(-1, (one.region.at(-1) ?? 0) ^ 1) }),
      /is not what the checkpoint at position \d+ describes/,
    ],
    [
      'another recorded state',
      (one: BundledSnapshot) => ({ ...one, state: { ...one.state, nodes: {} } }),
      /is not what the checkpoint at position \d+ describes/,
    ],
    [
      'other memories of agents',
      (one: BundledSnapshot) => ({ ...one, memory: { ...one.memory, forged: 1 } }),
      /is not what the checkpoint at position \d+ describes/,
    ],
    ['another chain', (one: BundledSnapshot) => ({ ...one, chain: new Uint8Array(32) }), /its chain is not that of position \d+/],
    ['a place beyond the end', (one: BundledSnapshot) => ({ ...one, position: 10_000 }), /its chain is not that of position 10000/],
    ['another engine', (one: BundledSnapshot) => ({ ...one, engine: 'other' }), /it is for engine other, and this one is/],
  ])('to have %s is left out, by name, and no answer changes', async (_, change, message) => {
    const taken = await imported(bundleWith(changed(change)));
    expect(taken.snapshots?.kept).toBe(0);
    for (const why of taken.snapshots?.leftOut ?? []) expect(why).toMatch(message);
    expect(taken.snapshots?.leftOut[0]).toMatch(/^snapshots\/\d{10}: /);
    await expectSameAnswers(taken);
  });

  test('together with its checkpoint is kept, and `verify` refutes the checkpoint', async () => {
    const [part] = files.filter(({ name }) => isSnapshotPart(name));
    if (part === undefined) throw new Error('expected a snapshot');
    const snapshot = new SnapshotReader().read(part);
    const region = snapshot.region.with(-1, (snapshot.region.at(-1) ?? 0) ^ 1);
    const position = snapshot.position + 1;
    const forged = (await readAll(log, LAB)).map(({ checkpoint, ...record }) => ({
      ...record,
      checkpoint: record.position === position && checkpoint !== null ? { ...checkpoint, region: sha256(region) } : checkpoint,
    }));
    const other = openMemoryLog();
    await other.append(LAB, 0, forged);
    const taken = new SnapshotImport(other, LAB, createMemorySnapshots());
    await taken.take(new SnapshotWriter().add({ ...snapshot, region }) ?? part);
    expect(taken.outcome).toEqual({ kept: 1, leftOut: [] });
    expect(await verifyLab(other, LAB)).toMatchObject({ position, divergence: { reason: 'other-checkpoint' } });
  });

  test('in its file is left out with all that follow', async () => {
    const cut = (file: TarFile): TarFile => ({ ...file, bytes: file.bytes.subarray(0, file.bytes.length - 7) });
    const taken = await imported(bundleWith(cut));
    expect(taken.snapshots).toEqual({ kept: 0, leftOut: [expect.stringMatching(/^snapshots\/\d{10}: its pages are not those/)] });
    await expectSameAnswers(taken);
  });
});
