/**
 * The three topics: how they are named, made and checked.
 *
 * Every start checks the topics. A compacted event topic would keep only the last event of each lab and lose its history. The owner of a
 * lab's event partition must also receive its commands, so both topics have the same number of partitions. That number is chosen when
 * the topics are made and never changes: otherwise labs would move to other partitions.
 */
// Node sees only kafkajs' first few names as named exports: the rest is behind its default.
import kafkajs, { type Admin } from 'kafkajs';
import { waitUntil } from './errors.ts';
import { murmur2 } from './murmur2.ts';

export const DEFAULT_PREFIX = 'switchback';
const DEFAULT_PARTITIONS = 8;

/** A lab's definition is one event, of up to 8 M characters; it must fit into a message. */
const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;

export interface TopicNames {
  readonly commands: string;
  readonly events: string;
  readonly snapshots: string;
}

export interface TopicOptions {
  /** Prefix of the topics' names, before the dot; default "switchback". */
  readonly prefix?: string;
  /** Number of partitions of each topic that must be made; default 8. */
  readonly partitions?: number;
  /** Copies of each partition of a topic that must be made; the default is the brokers' setting. */
  readonly replicas?: number;
}

/** A topic is not what it has to be, and we do not change other people's topics. */
export class TopicUnusable extends Error {
  override readonly name = 'TopicUnusable';
  constructor(
    readonly topic: string,
    detail: string,
  ) {
    super(`topic ${topic} cannot be used: ${detail}`);
  }
}

/** @throws RangeError when topics cannot be named so. */
export function topicNames(prefix: string = DEFAULT_PREFIX): TopicNames {
  if (!/^[a-zA-Z0-9._-]{1,200}$/.test(prefix)) {
    throw new RangeError(`${JSON.stringify(prefix)} cannot begin a topic's name: expected letters, digits, dots, hyphens`);
  }
  return { commands: `${prefix}.commands`, events: `${prefix}.events`, snapshots: `${prefix}.snapshots` };
}

/** Where a lab's messages are, in each of the topics: where Java's default partitioner would put them too. */
export function partitionOf(lab: string, partitions: number): number {
  return (murmur2(new TextEncoder().encode(lab)) & 0x7fffffff) % partitions;
}

type Settings = Readonly<Record<string, string>>;

const MADE_WITH: Readonly<Record<keyof TopicNames, Settings>> = {
  commands: { 'cleanup.policy': 'delete', 'max.message.bytes': String(MESSAGE_BYTES_MAX) },
  events: {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'max.message.bytes': String(MESSAGE_BYTES_MAX),
  },
  snapshots: { 'cleanup.policy': 'compact' },
};

/** Settings that a topic must have, and why. */
const REQUIRED: Readonly<Record<keyof TopicNames, readonly [setting: string, value: string, why: string][]>> = {
  commands: [['cleanup.policy', 'delete', 'compaction would drop commands']],
  events: [
    ['cleanup.policy', 'delete', 'compaction keeps only the last event of each lab'],
    ['retention.ms', '-1', 'history would be lost with time'],
    ['retention.bytes', '-1', 'history would be lost with growth'],
  ],
  snapshots: [['cleanup.policy', 'compact', 'every snapshot ever taken would be kept']],
};

/**
 * Makes the topics that are missing and checks all three.
 * @returns how many partitions each has.
 * @throws TopicUnusable
 */
export async function prepareTopics(admin: Admin, names: TopicNames, options: TopicOptions): Promise<number> {
  await makeMissing(admin, names, options);
  await checkSettings(admin, names);
  await awaitLeaders(admin, names);
  return await countPartitions(admin, names);
}

/** Another process may make the topics at the same moment, and a slow broker may answer before it knows them: existing topics are no error. */
function makeMissing(admin: Admin, names: TopicNames, options: TopicOptions): Promise<void> {
  return waitUntil(() => makeOnce(admin, names, options));
}

async function makeOnce(admin: Admin, names: TopicNames, options: TopicOptions): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = roles(names).filter(([, topic]) => !existing.has(topic));
  if (missing.length === 0) return;
  await admin.createTopics({
    // kafkajs takes a topic that has not come through to the broker it asks for one that will never be; we wait ourselves.
    waitForLeaders: false,
    topics: missing.map(([role, topic]) => ({
      topic,
      numPartitions: options.partitions ?? DEFAULT_PARTITIONS,
      replicationFactor: options.replicas ?? -1,
      configEntries: Object.entries(MADE_WITH[role]).map(([name, value]) => ({ name, value })),
    })),
  });
}

async function checkSettings(admin: Admin, names: TopicNames): Promise<void> {
  const resources = roles(names).map(([, name]) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name }));
  // A topic that was made a moment ago may not have come through to the broker that is asked.
  const described = await waitUntil(() => admin.describeConfigs({ resources, includeSynonyms: false }));
  for (const [role, topic] of roles(names)) {
    const entries = described.resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    for (const [setting, value, why] of REQUIRED[role]) {
      const actual = entries.find(({ configName }) => configName === setting)?.configValue;
      if (actual !== value) throw new TopicUnusable(topic, `${setting} is ${actual}, but must be ${value}: ${why}`);
    }
  }
}

/** A new partition may be known but have no leader yet. */
async function awaitLeaders(admin: Admin, names: TopicNames): Promise<void> {
  await Promise.all(roles(names).map(([, topic]) => waitUntil(() => admin.fetchTopicOffsets(topic))));
}

async function countPartitions(admin: Admin, names: TopicNames): Promise<number> {
  const metadata = await waitUntil(() => admin.fetchTopicMetadata({ topics: roles(names).map(([, topic]) => topic) }));
  const count = (topic: string) => metadata.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
  const partitions = count(names.events);
  for (const [, topic] of roles(names)) {
    if (count(topic) === partitions) continue;
    throw new TopicUnusable(topic, `it has ${count(topic)} partitions, but ${names.events} has ${partitions}: they must be equal`);
  }
  return partitions;
}

function roles(names: TopicNames): [keyof TopicNames, string][] {
  return [
    ['commands', names.commands],
    ['events', names.events],
    ['snapshots', names.snapshots],
  ];
}
