import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fenced, type KafkaConnection, type Mirror, openMirror, PartitionWriter, WriteFailed } from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { chained, readAll } from '../contract/records.ts';
import { needs } from '../needs.ts';
import { Connections, labsIn } from './broker.ts';

needs('kafka')('the writer of a partition', () => {
  const connections = new Connections();
  let connection: KafkaConnection;
  let mirror: Mirror;
  let writers: PartitionWriter[];

  beforeEach(async () => {
    writers = [];
    connection = await connections.connect();
    mirror = await openMirror(connection, { target: openMemoryLog() });
  });
  afterEach(async () => {
    for (const writer of writers) await writer.close();
    await mirror.close();
    await connections.close();
  });

  async function takeOver(partition = 0): Promise<PartitionWriter> {
    const writer = await PartitionWriter.takeOver(connection, partition);
    writers.push(writer);
    return writer;
  }

  /** Offset of the command to go on with, as the group has it; null when none was committed. */
  async function committed(partition = 0): Promise<string | null> {
    const { admin, controllers, topics } = connection;
    const [topic] = await admin.fetchOffsets({ groupId: controllers, topics: [topics.commands] });
    const offset = topic?.partitions.find((each) => each.partition === partition)?.offset ?? '-1';
    return offset === '-1' ? null : offset;
  }

  /** Transactions that were ended in a partition: each leaves a marker beside its messages. */
  async function transactions(messages: number, partition = 0): Promise<number> {
    return ((await connection.ends(connection.topics.events))[partition] ?? 0) - messages;
  }

  test('puts appends to several labs that come together into one transaction', async () => {
    const writer = await takeOver();
    const labs = labsIn(connection, 0, 20);
    const records = chained(3);
    const held = labs.map((lab) => mirror.holds(lab, 3).done);
    await Promise.all(labs.map((lab) => writer.append(lab, records)));
    await Promise.all(held);
    expect(await transactions(60)).toBe(1);
    for (const lab of labs) expect(await readAll(mirror.target, lab)).toEqual(records);
  });

  test('puts what comes during a transaction into the next one, not more than 1000 events', async () => {
    const writer = await takeOver();
    const labs = labsIn(connection, 0, 5);
    const records = chained(300);
    const held = labs.map((lab) => mirror.holds(lab, 300).done);
    const first = writer.append(labs[0] as string, records);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, ...labs.slice(1).map((lab) => writer.append(lab, records))]);
    await Promise.all(held);
    expect(await transactions(1500)).toBe(3);
  });

  test('puts an append that is above the limits into one transaction all the same', async () => {
    const writer = await takeOver();
    const [lab = ''] = labsIn(connection, 0, 1);
    const records = chained(5000, null, () => 'x'.repeat(500));
    const { done } = mirror.holds(lab, 5000);
    await writer.append(lab, records);
    await done;
    expect(await transactions(5000)).toBe(1);
    expect((await readAll(mirror.target, lab)).map(({ chain }) => toHex(chain))).toEqual(records.map(({ chain }) => toHex(chain)));
  });

  test('keeps the order in which one lab was appended to, without waiting in between', async () => {
    const writer = await takeOver();
    const [lab = ''] = labsIn(connection, 0, 1);
    const records = chained(200);
    const { done } = mirror.holds(lab, 200);
    await Promise.all(records.map((record) => writer.append(lab, [record])));
    await done;
    expect(await readAll(mirror.target, lab)).toEqual(records);
    expect(mirror.troubles()).toEqual([]);
  });

  test('is fenced by whoever takes over, and nothing of what it still writes is seen', async () => {
    const zombie = await takeOver();
    const [lab = ''] = labsIn(connection, 0, 1);
    const records = chained(4);
    await zombie.append(lab, records.slice(0, 2));
    const writer = await takeOver();
    const late = zombie.append(lab, records.slice(2), { partition: 0, offset: '41' });
    await expect(late).rejects.toBeInstanceOf(Fenced);
    await expect(zombie.append(lab, records.slice(2))).rejects.toBeInstanceOf(Fenced);
    await expect(zombie.commit({ partition: 0, offset: '42' })).rejects.toBeInstanceOf(Fenced);
    expect(zombie.dead).toBeInstanceOf(Fenced);
    await mirror.caughtUp();
    expect(await readAll(mirror.target, lab)).toEqual(records.slice(0, 2));
    expect(await committed()).toBeNull();
    const { done } = mirror.holds(lab, 4);
    await writer.append(lab, records.slice(2));
    await done;
    expect(await readAll(mirror.target, lab)).toEqual(records);
    expect(mirror.troubles()).toEqual([]);
  });

  test('that commits only an offset is refused too once it is fenced', async () => {
    const zombie = await takeOver();
    await takeOver();
    await expect(zombie.commit({ partition: 0, offset: '3' })).rejects.toBeInstanceOf(Fenced);
    expect(await committed()).toBeNull();
  });

  test('ends the open transaction of the one it takes over from: what was in it is never seen', async () => {
    const [lab = ''] = labsIn(connection, 0, 1);
    // What a writer leaves behind that dies between writing and committing.
    const producer = connection.transactionalProducer(`${connection.prefix}-0`);
    await producer.connect();
    const open = await producer.transaction();
    await open.send({ topic: connection.topics.events, messages: [{ partition: 0, key: lab, value: 'half done' }], acks: -1 });
    const writer = await takeOver();
    await mirror.caughtUp();
    const { done } = mirror.holds(lab, 1);
    await writer.append(lab, chained(1));
    await done;
    await expect(open.commit()).rejects.toThrow();
    await producer.disconnect();
    expect(mirror.troubles()).toEqual([]);
  });

  test('commits the offset of the last command that is done, with the records or alone', async () => {
    const writer = await takeOver();
    const [lab = ''] = labsIn(connection, 0, 1);
    const records = chained(3);
    await Promise.all([
      writer.append(lab, records.slice(0, 1), { partition: 0, offset: '5' }),
      writer.append(lab, records.slice(1, 2), { partition: 0, offset: '7' }),
      writer.append(lab, records.slice(2)),
    ]);
    await (await takeOver(1)).commit({ partition: 1, offset: '11' });
    await expect.poll(() => committed()).toBe('8');
    await expect.poll(() => committed(1)).toBe('12');
    await writer.commit({ partition: 0, offset: '8' });
    await writer.commit({ partition: 0, offset: '3' });
    await expect.poll(() => committed()).toBe('9');
  });

  test('forgets a lab in its turn', async () => {
    const writer = await takeOver();
    const [lab = ''] = labsIn(connection, 0, 1);
    const [first, second] = [chained(3), chained(2, null, () => 'again')];
    const gone = mirror.forgets(lab);
    await Promise.all([writer.append(lab, first), writer.forget(lab), writer.append(lab, second)]);
    await gone.done;
    await expect.poll(() => readAll(mirror.target, lab)).toEqual(second);
  });

  test('refuses labs and commands of another partition, and everything once it is closed', async () => {
    const writer = await takeOver();
    const [elsewhere = ''] = labsIn(connection, 1, 1);
    await expect(writer.append(elsewhere, chained(1))).rejects.toThrow(RangeError);
    await expect(writer.commit({ partition: 1, offset: '0' })).rejects.toThrow(RangeError);
    await writer.close();
    await expect(writer.append(labsIn(connection, 0, 1)[0] as string, chained(1))).rejects.toBeInstanceOf(WriteFailed);
    expect(await transactions(0)).toBe(0);
  });

  test('writes thousands of events per second: appends of several labs share transactions', async () => {
    const writer = await takeOver();
    const labs = labsIn(connection, 0, 10);
    const records = chained(2000);
    const held = labs.map((lab) => mirror.holds(lab, 2000).done);
    const start = performance.now();
    await Promise.all(
      labs.map(async (lab) => {
        for (let from = 0; from < records.length; from += 50) await writer.append(lab, records.slice(from, from + 50));
      }),
    );
    const written = performance.now();
    await Promise.all(held);
    const perSecond = Math.round((20_000_000 / (written - start)) | 0);
    process.stdout.write(
      `20 000 events of 10 labs: ${perSecond} per s, in the mirror ${Math.round(performance.now() - written)} ms later\n`,
    );
    // How busy this machine is decides no test; that appends share transactions is what makes it fast.
    expect(await transactions(20_000)).toBeLessThanOrEqual(100);
  });
});
