import { afterEach, expect, test } from 'vitest';
import { connectKafka, TopicUnusable } from '../../ts/log/kafka/index.ts';
import { needs } from '../needs.ts';
import { Connections, freshTopics } from './broker.ts';

needs('kafka')('the topics', () => {
  const connections = new Connections();
  afterEach(() => connections.close());

  /** A connection whose admin can make topics of any kind under another prefix. */
  async function withTopic(name: 'events' | 'commands' | 'snapshots', settings: Record<string, string>, partitions = 2) {
    const { admin } = await connections.connect();
    const options = freshTopics();
    const configEntries = Object.entries(settings).map(([setting, value]) => ({ name: setting, value }));
    await admin.createTopics({ topics: [{ topic: `${options.prefix}.${name}`, numPartitions: partitions, configEntries }] });
    return options;
  }

  test('are made when they are missing, with what each has to be set to', async () => {
    const { partitions, topics, admin } = await connections.connect(freshTopics(3));
    expect(partitions).toBe(3);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: Object.values(topics).map((name) => ({ type: 2, name })),
    });
    const setting = (topic: string, name: string) =>
      resources.find(({ resourceName }) => resourceName === topic)?.configEntries.find(({ configName }) => configName === name)
        ?.configValue;
    expect(setting(topics.events, 'cleanup.policy')).toBe('delete');
    expect(setting(topics.events, 'retention.ms')).toBe('-1');
    expect(setting(topics.events, 'retention.bytes')).toBe('-1');
    expect(setting(topics.commands, 'cleanup.policy')).toBe('delete');
    expect(setting(topics.snapshots, 'cleanup.policy')).toBe('compact');
  });

  test('keep the number of partitions that they were made with', async () => {
    const options = freshTopics(3);
    await connections.connect(options);
    expect((await connections.connect({ ...options, partitions: 7 })).partitions).toBe(3);
  });

  test('may be made by two at the same time', async () => {
    const options = freshTopics();
    const both = await Promise.all([connections.connect(options), connections.connect(options)]);
    expect(both.map(({ partitions }) => partitions)).toEqual([2, 2]);
  });

  test('are refused when that of the events is compacted', async () => {
    const options = await withTopic('events', { 'cleanup.policy': 'compact', 'retention.ms': '-1' });
    const refused = connectKafka(options);
    await expect(refused).rejects.toBeInstanceOf(TopicUnusable);
    await expect(refused).rejects.toThrow(
      `topic ${options.prefix}.events cannot be used: cleanup.policy is compact, but must be delete: compaction keeps only the last event of each lab`,
    );
  });

  test('are refused when events would be deleted after a while', async () => {
    const options = await withTopic('events', { 'cleanup.policy': 'delete' });
    await expect(connectKafka(options)).rejects.toThrow(
      /retention.ms is 604800000, but must be -1: history would be lost with time/,
    );
  });

  test('are refused when that of the commands has not as many partitions as that of the events', async () => {
    const options = await withTopic('commands', {}, 5);
    await expect(connectKafka(options)).rejects.toThrow(/\.commands cannot be used: it has 5 partitions, but .*\.events has 2/);
  });

  test('cannot be named by a prefix that Kafka does not allow', async () => {
    await expect(connectKafka({ ...freshTopics(), prefix: 'a b' })).rejects.toThrow(RangeError);
  });
});
