import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { CommitUnknown, connectKafka, type KafkaLog, openKafkaLog, PartitionWriter } from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { chained, readAll } from '../contract/records.ts';
import { needs } from '../needs.ts';
import { type Broker, startBroker } from './broker.ts';
import { LossyProxy } from './lossy-proxy.ts';
import { until } from './until.ts';

needs('kafka')('a broker that fails', () => {
  let broker: Broker;
  let proxy: LossyProxy;
  let logs: KafkaLog[];

  beforeEach(async () => {
    logs = [];
    let port = 0;
    proxy = await LossyProxy.listen(() => port);
    // Clients are told the proxy's address by the broker, and never see the broker's own.
    broker = await startBroker({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` });
    port = broker.port;
  });
  afterEach(async () => {
    for (const log of logs) await log.close();
    proxy.close();
    await broker.dispose();
  });

  const options = () => ({ brokers: [`127.0.0.1:${proxy.port}`], partitions: 2 });

  async function openLog(): Promise<KafkaLog> {
    const log = await openKafkaLog({ ...options(), mirror: openMemoryLog() });
    logs.push(log);
    return log;
  }

  /** Appends records in batches of 5, one after the other; tells of each that is acknowledged. */
  async function appendAll(log: KafkaLog, lab: string, records: readonly LogRecord[], acknowledged: (position: number) => void) {
    for (let from = 0; from < records.length; from += 5) {
      await log.append(lab, from, records.slice(from, from + 5));
      acknowledged(from + 5);
    }
  }

  test('and is killed and started again during appends loses nothing, doubles nothing, and keeps the order', async () => {
    const log = await openLog();
    const records = chained(600);
    const labs = ['a', 'b', 'c', 'd'];
    const acknowledged = new Map(labs.map((lab) => [lab, 0]));
    const appending = Promise.all(labs.map((lab) => appendAll(log, lab, records, (position) => acknowledged.set(lab, position))));
    /** Appends go on: so many more records of a lab are acknowledged, or all. */
    const movedBy = async (count: number): Promise<void> => {
      const from = acknowledged.get('a') ?? 0;
      await until(async () => (acknowledged.get('a') ?? 0) >= Math.min(from + count, records.length));
    };
    for (let kills = 0; kills < 2; kills++) {
      await movedBy(50);
      await broker.kill();
      const before = new Map(acknowledged);
      // The second time for so long that kafkajs gives up.
      if (kills === 1) await sleep(9000);
      await broker.start();
      await movedBy(5);
      // Another reader, from the beginning: what was acknowledged before the crash is there after it.
      const reader = await openLog();
      for (const [lab, position] of before) expect((await reader.head(lab))?.position ?? 0).toBeGreaterThanOrEqual(position);
    }
    await appending;
    const reader = await openLog();
    for (const lab of labs) expect(chains(await readAll(reader, lab))).toEqual(chains(records));
    expect(reader.mirror.troubles()).toEqual([]);
    expect(log.mirror.troubles()).toEqual([]);
  });

  test('and stands still for a while only delays', async () => {
    const log = await openLog();
    const records = chained(20);
    await log.append('a', 0, records.slice(0, 10));
    broker.pause();
    const appending = log.append('a', 10, records.slice(10));
    await sleep(2000);
    broker.resume();
    await appending;
    expect(await readAll(log, 'a')).toEqual(records);
  });

  test.each(['answer', 'request'] as const)(
    'before the %s of a commit leaves it unknown, and an append finds out',
    async (loss) => {
      const log = await openLog();
      const records = chained(6);
      await log.append('a', 0, records.slice(0, 2));
      proxy.lose = loss;
      await log.append('a', 2, records.slice(2, 4));
      expect(proxy.lost).toBe(1);
      await log.append('a', 4, records.slice(4));
      const reader = await openLog();
      expect(await readAll(reader, 'a')).toEqual(records);
      expect(reader.mirror.troubles()).toEqual([]);
      // Records and markers: a commit that was lost on its way cost another transaction, one that was only not answered did not.
      const ends = await reader.connection.ends(reader.connection.topics.events);
      expect(ends.reduce((sum, end) => sum + end, 0)).toBe(loss === 'answer' ? 6 + 3 : 6 + 3 + 2 + 1);
    },
  );

  test('right after its answer to a commit, so that the partition never learns of it, holds back no reader for long', async () => {
    const log = await openLog();
    const records = chained(4);
    await log.append('a', 0, records.slice(0, 2));
    proxy.lose = 'marker';
    await log.append('a', 2, records.slice(2));
    expect(proxy.lost).toBe(1);
    const reader = await openLog();
    expect(await readAll(reader, 'a')).toEqual(records);
    expect([...reader.mirror.troubles(), ...log.mirror.troubles()]).toEqual([]);
    await log.remove('a');
    expect(await reader.head('a')).toBeNull();
  });

  test('before the answer of a commit ends its writer, and what waits behind it is refused', async () => {
    const connection = await connectKafka(options());
    const writer = await PartitionWriter.takeOver(connection, connection.partitionOf('a'));
    const records = chained(2);
    proxy.lose = 'answer';
    const first = writer.append('a', records.slice(0, 1));
    await new Promise((resolve) => setImmediate(resolve));
    const second = writer.append('a', records.slice(1));
    await expect(first).rejects.toBeInstanceOf(CommitUnknown);
    await expect(second).rejects.toBeInstanceOf(CommitUnknown);
    expect(writer.dead).toBeInstanceOf(CommitUnknown);
    await writer.close();
    await connection.close();
  });
});

function chains(records: readonly LogRecord[]): readonly string[] {
  return records.map(({ chain }) => toHex(chain));
}
