/** What others see who know nothing of us: kcat (librdkafka) reads what we wrote, and puts keys where we put them. */
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { type KafkaConnection, openCommandSender, openMirror, PartitionWriter } from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { decodeRecord } from '../../ts/model/events/codec.ts';
import { chained } from '../contract/records.ts';
import { needs } from '../needs.ts';
import { Connections, freshTopics } from './broker.ts';
import { PATIENCE_MS } from './until.ts';

const PARTITIONS = 5;
const LABS = ['lab', 'ha-pair/leaf-01', 'a b', '名前', '😀', 'x'.repeat(80)];

needs('kcat')('kcat', () => {
  needs('kafka')('on a real broker', () => {
    const connections = new Connections();
    let connection: KafkaConnection;

    beforeEach(async () => {
      connection = await connections.connect(freshTopics(PARTITIONS));
    });
    afterEach(() => connections.close());

    function kcat(args: readonly string[], input?: string): Buffer {
      const common = ['-b', inject('kafka'), '-q'];
      return execFileSync('kcat', [...common, ...args], { timeout: PATIENCE_MS, ...(input === undefined ? {} : { input }) });
    }

    /** All messages of a topic as kcat prints them, one a line. */
    function lines(topic: string, format: string): readonly string[] {
      const text = kcat(['-C', '-t', topic, '-e', '-o', 'beginning', '-f', `${format}\\n`]).toString('utf8');
      return text.split('\n').filter((line) => line !== '');
    }

    test('reads key, headers and partition of events, and a record in the value', async () => {
      const mirror = await openMirror(connection, { target: openMemoryLog() });
      const records = chained(2);
      const ours: string[] = [];
      for (const lab of LABS) {
        const partition = connection.partitionOf(lab);
        const { done } = mirror.holds(lab, 2);
        const writer = await PartitionWriter.takeOver(connection, partition);
        await writer.append(lab, records);
        await done;
        await writer.close();
        for (let record = 0; record < 2; record++) ours.push(`${partition} ${lab} ce_type=switchback.v1.SystemLog`);
      }
      await mirror.close();
      expect([...lines(connection.topics.events, '%p %k %h')].sort()).toEqual(ours.sort());
      const lab = LABS[0] ?? '';
      const place = ['-t', connection.topics.events, '-p', `${connection.partitionOf(lab)}`];
      const value = kcat(['-C', ...place, '-o', 'beginning', '-c', '1', '-f', '%s']);
      const first = decodeRecord(value);
      expect(LABS).toContain(first.lab);
      expect(first.record).toEqual(records[0]);
    });

    test('does not see what a fenced writer left open', async () => {
      const [lab = ''] = LABS;
      const partition = connection.partitionOf(lab);
      const producer = connection.transactionalProducer(`${connection.prefix}-${partition}`);
      await producer.connect();
      const open = await producer.transaction();
      await open.send({ topic: connection.topics.events, messages: [{ partition, key: lab, value: 'half done' }], acks: -1 });
      await (await PartitionWriter.takeOver(connection, partition)).close();
      await producer.disconnect();
      expect(lines(connection.topics.events, '%k')).toEqual([]);
    });

    test('puts a lab into our partition when it hashes as Java does', () => {
      const input = LABS.map((lab) => `${lab}\tx\n`).join('');
      kcat(['-P', '-t', connection.topics.commands, '-K', '\t', '-X', 'topic.partitioner=murmur2_random'], input);
      expect([...lines(connection.topics.commands, '%p %k')].sort()).toEqual(
        LABS.map((lab) => `${connection.partitionOf(lab)} ${lab}`).sort(),
      );
    });

    test('reads commands where their labs are', async () => {
      const sender = await openCommandSender(connection);
      for (const lab of LABS) await sender.send({ id: 'c1', lab, request: { verb: 'execute', text: 'step 5s' } });
      await sender.close();
      expect([...lines(connection.topics.commands, '%p %k')].sort()).toEqual(
        LABS.map((lab) => `${connection.partitionOf(lab)} ${lab}`).sort(),
      );
    });
  });
});
