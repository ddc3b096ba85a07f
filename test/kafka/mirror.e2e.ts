import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import type { EventLog, LogRecord } from '../../ts/log/event-log.ts';
import {
  type KafkaConnection,
  type KafkaOptions,
  type Mirror,
  type MirrorOptions,
  openMirror,
  openSnapshotSender,
  PartitionWriter,
} from '../../ts/log/kafka/index.ts';
import { recordMessage } from '../../ts/log/kafka/message.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import type { SnapshotStore, StoredSnapshot } from '../../ts/log/snapshot-store.ts';
import { chained, readAll } from '../contract/records.ts';
import { needs } from '../needs.ts';
import { Connections, freshTopics, labsIn } from './broker.ts';

needs('kafka')('a mirror', () => {
  const connections = new Connections();
  let folder: string;
  let options: KafkaOptions;
  let connection: KafkaConnection;
  let open: { close(): Promise<void> }[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'switchback-mirror-'));
    open = [];
    options = freshTopics();
    connection = await connections.connect(options);
  });
  afterEach(async () => {
    for (const each of open.reverse()) await each.close();
    await connections.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function closing<T extends { close(): Promise<void> }>(each: T): T {
    open.push(each);
    return each;
  }

  function disconnecting<T extends { disconnect(): Promise<void> }>(each: T): T {
    open.push({ close: () => each.disconnect() });
    return each;
  }

  const progressFile = () => join(folder, 'kafka.json');
  const mirrored = async (mirrorOptions: Partial<MirrorOptions> = {}): Promise<Mirror> =>
    closing(await openMirror(connection, { target: openMemoryLog(), ...mirrorOptions }));
  const embedded = async (): Promise<EventLog> => closing(await openEmbeddedLog(join(folder, 'store')));

  /** Puts records into the event topic as nobody of ours would: without a transaction, in any order. */
  async function forge(lab: string, records: readonly LogRecord[]): Promise<void> {
    const producer = disconnecting(connection.idempotentProducer());
    await producer.connect();
    const messages = records.map((record) => recordMessage(connection.partitionOf(lab), lab, record));
    await producer.send({ topic: connection.topics.events, messages, acks: -1 });
  }

  async function written(lab: string, records: readonly LogRecord[]): Promise<PartitionWriter> {
    const writer = closing(await PartitionWriter.takeOver(connection, connection.partitionOf(lab)));
    await writer.append(lab, records);
    return writer;
  }

  test('copies what was there before and what comes, of all partitions', async () => {
    const [here = '', there = ''] = [labsIn(connection, 0, 1)[0], labsIn(connection, 1, 1)[0]];
    const records = chained(6);
    const writer = await written(here, records.slice(0, 4));
    await written(there, records);
    const mirror = await mirrored();
    const { done } = mirror.holds(here, 6);
    await writer.append(here, records.slice(4));
    await done;
    await mirror.caughtUp();
    expect(await readAll(mirror.target, here)).toEqual(records);
    expect(await readAll(mirror.target, there)).toEqual(records);
    expect(await mirror.lag()).toEqual([
      { partition: 0, messages: 0 },
      { partition: 1, messages: 0 },
    ]);
  });

  test('goes on from its file, not from the beginning', async () => {
    const target = await embedded();
    const records = chained(6);
    const [lab = ''] = labsIn(connection, 0, 1);
    const writer = await written(lab, records.slice(0, 4));
    const first = await mirrored({ target, progressFile: progressFile() });
    await first.holds(lab, 4).done;
    await first.caughtUp();
    await first.close();
    const saved = JSON.parse(readFileSync(progressFile(), 'utf8')) as { events: number[] };
    // Four records and a marker.
    expect(saved.events).toEqual([5, 0]);
    await writer.append(lab, records.slice(4));
    const second = await mirrored({ target, progressFile: progressFile() });
    expect((await second.lag())[0]?.messages).toBeLessThanOrEqual(3);
    await second.caughtUp();
    await expect.poll(() => readAll(target, lab)).toEqual(records);
    expect(second.troubles()).toEqual([]);
  });

  test.each([
    ['is lost', () => rmSync(progressFile())],
    ['is of another cluster', () => edit((saved) => ({ ...saved, cluster: 'another' }))],
    ['is of other topics', () => edit((saved) => ({ ...saved, prefix: 'another' }))],
    ['is ahead of the topic', () => edit((saved) => ({ ...saved, events: [1000, 1000] }))],
    ['cannot be read', () => writeFileSync(progressFile(), '{')],
  ])('begins anew when its file %s, and that does no harm', async (_, damage) => {
    const target = await embedded();
    const records = chained(5);
    const [lab = ''] = labsIn(connection, 0, 1);
    await written(lab, records);
    const first = await mirrored({ target, progressFile: progressFile() });
    await first.holds(lab, 5).done;
    await first.close();
    damage();
    const second = await mirrored({ target, progressFile: progressFile() });
    await second.caughtUp();
    expect(await readAll(target, lab)).toEqual(records);
    expect(second.troubles()).toEqual([]);
  });

  function edit(change: (saved: object) => object): void {
    writeFileSync(progressFile(), JSON.stringify(change(JSON.parse(readFileSync(progressFile(), 'utf8')) as object)));
  }

  test('saves how far it came while it runs', async () => {
    const [lab = ''] = labsIn(connection, 0, 1);
    await written(lab, chained(2));
    const mirror = await mirrored({ progressFile: progressFile() });
    await mirror.caughtUp();
    await expect.poll(() => existsSync(progressFile())).toBe(true);
  });

  test('drops doubles, stalls a lab at a gap, reports both, and goes on with other labs', async () => {
    const [gap = '', double = '', sound = ''] = labsIn(connection, 0, 3);
    const records = chained(5);
    const rival = chained(1, records[0], () => 'of a rival');
    await forge(gap, [...records.slice(0, 2), ...records.slice(3)]);
    await forge(double, [...records.slice(0, 3), ...rival, ...records.slice(1)]);
    await written(sound, records);
    const mirror = await mirrored();
    await mirror.holds(sound, 5).done;
    expect(await readAll(mirror.target, gap)).toEqual(records.slice(0, 2));
    expect(await readAll(mirror.target, double)).toEqual(records);
    expect(await readAll(mirror.target, sound)).toEqual(records);
    expect(mirror.troubles()).toMatchObject([
      { lab: gap, position: 3, stalls: true },
      { lab: double, position: 2, stalls: false },
    ]);
  });

  test('removes a lab that was forgotten, with its snapshots, and takes it again when it begins anew', async () => {
    const [lab = ''] = labsIn(connection, 1, 1);
    const snapshots = new SnapshotsInMemory();
    const mirror = await mirrored({ snapshots });
    const writer = await written(lab, chained(3));
    await expect.poll(() => mirror.target.labs()).toEqual([lab]);
    const gone = mirror.forgets(lab);
    await writer.forget(lab);
    await gone.done;
    expect(await mirror.target.labs()).toEqual([]);
    expect(snapshots.removed).toEqual([lab]);
    const { done } = mirror.holds(lab, 2);
    await writer.append(
      lab,
      chained(2, null, () => 'again'),
    );
    await done;
  });

  test('is caught up although the last that came is a marker, or was given up', async () => {
    const [lab = ''] = labsIn(connection, 0, 1);
    await written(lab, chained(3));
    const producer = disconnecting(connection.transactionalProducer(`${connection.prefix}-other`));
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({
      topic: connection.topics.events,
      messages: [{ partition: 0, key: lab, value: 'given up' }],
      acks: -1,
    });
    await transaction.abort();
    const mirror = await mirrored();
    await mirror.caughtUp();
    await expect.poll(async () => (await mirror.lag())[0]?.messages).toBe(0);
    expect(await readAll(mirror.target, lab)).toEqual(chained(3));
    expect(mirror.troubles()).toEqual([]);
  });

  test('leaves no group behind', async () => {
    const mirror = await mirrored();
    await mirror.caughtUp();
    const groups = async () =>
      (await connection.admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(connection.prefix));
    await expect.poll(groups).toHaveLength(1);
    await mirror.close();
    expect(await groups()).toEqual([]);
  });

  test('brings snapshots too, however large, and ignores what is none', async () => {
    const snapshots = new SnapshotsInMemory();
    const mirror = await mirrored({ snapshots, progressFile: progressFile() });
    const sender = closing(await openSnapshotSender(connection));
    const snapshot = (lab: string, position: number, bytes: number): StoredSnapshot => {
      const content = Uint8Array.from({ length: bytes }, (_, index) => index % 251);
      return { lab, kind: 'engine', position, chain: new Uint8Array(32).fill(7), engine: 'e1', bytes: content };
    };
    const producer = disconnecting(connection.idempotentProducer());
    await producer.connect();
    await producer.send({
      topic: connection.topics.snapshots,
      messages: [{ partition: 0, key: 'x', value: 'no snapshot' }],
      acks: -1,
    });
    const sent = ['a', 'b', 'c'].map((lab, index) => snapshot(lab, index + 1, index * 2_000_000));
    for (const each of sent) await sender.send(each);
    await expect
      .poll(() => snapshots.stored.map(({ lab, position, bytes }) => [lab, position, bytes.length]).sort())
      .toEqual([
        ['a', 1, 0],
        ['b', 2, 2_000_000],
        ['c', 3, 4_000_000],
      ]);
    expect(
      Buffer.compare(snapshots.stored.find(({ lab }) => lab === 'c')?.bytes ?? Buffer.of(), sent[2]?.bytes ?? Buffer.of()),
    ).toBe(0);
    await mirror.close();
  });
});

class SnapshotsInMemory implements SnapshotStore {
  readonly stored: StoredSnapshot[] = [];
  readonly removed: string[] = [];

  put(snapshot: StoredSnapshot): Promise<void> {
    this.stored.push(snapshot);
    return Promise.resolve();
  }

  latest(): Promise<null> {
    return Promise.resolve(null);
  }

  remove(lab: string): Promise<void> {
    this.removed.push(lab);
    return Promise.resolve();
  }
}
