/**
 * kafkajs, set up the way the rest of this folder relies on. Only this folder knows kafkajs.
 *
 * Kept from its defaults: nothing that matters. Retries begin after 5 ms instead of 300, because a broker answers
 * CONCURRENT_TRANSACTIONS for the few milliseconds that it takes to end the transaction before; and they end after about 6 s,
 * because kafkajs nests them.
 */
import { type Admin, type Consumer, type ConsumerConfig, Kafka, type LogEntry, logLevel, type Producer } from 'kafkajs';
import { isLeaderless, waitUntil } from './errors.ts';
import { silenceKafkaTimers } from './timer-warning.ts';
import { partitionOf, prepareTopics, type TopicNames, type TopicOptions, topicNames } from './topics.ts';

export type KafkaLogLevel = 'error' | 'warn' | 'info';

export interface KafkaOptions extends TopicOptions {
  /** Addresses "host:port" to find the brokers by. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  /** Gets the log messages of kafkajs and of this folder; nothing is printed. */
  readonly log?: (level: KafkaLogLevel, message: string) => void;
}

const RETRY = { initialRetryTime: 5, multiplier: 1.6, maxRetryTime: 1000, retries: 15 };
const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 15_000;

/** A transaction whose writer died holds back readers of its partition for so long, or until someone takes over. */
const TRANSACTION_TIMEOUT_MS = 15_000;

/** The brokers, and the topics on them, made and checked. Share one: it is the address book, not a socket. */
export class KafkaConnection {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #log: NonNullable<KafkaOptions['log']>;
  #closing: Promise<void> | null = null;

  /** Use `connectKafka`. */
  constructor(
    kafka: Kafka,
    admin: Admin,
    readonly prefix: string,
    readonly topics: TopicNames,
    /** Of each topic. */
    readonly partitions: number,
    /** Identity of the cluster of brokers. */
    readonly clusterId: string,
    log: KafkaOptions['log'],
  ) {
    this.#kafka = kafka;
    this.#admin = admin;
    this.#log = log ?? (() => undefined);
  }

  /** Group of the controllers: whose command offsets are committed. */
  get controllers(): string {
    return `${this.prefix}-controllers`;
  }

  get admin(): Admin {
    return this.#admin;
  }

  partitionOf(lab: string): number {
    return partitionOf(lab, this.partitions);
  }

  log(level: KafkaLogLevel, message: string): void {
    this.#log(level, message);
  }

  /** Not connected yet. Waits for all in-sync replicas, and never sends twice. */
  idempotentProducer(): Producer {
    return this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: explicitPartition,
    });
  }

  /** Not connected yet. Without `idempotent`: transactions are idempotent anyway, and `connect` would get a second producer id. */
  transactionalProducer(transactionalId: string): Producer {
    return this.#kafka.producer({
      transactionalId,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: explicitPartition,
    });
  }

  /** Not connected yet. It does not restart itself: its creator must restart it (group-reader.ts). */
  consumer(config: ConsumerConfig): Consumer {
    return this.#kafka.consumer({
      allowAutoTopicCreation: false,
      ...config,
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** Where a topic's partitions end for readers of what was committed: the offset after the last one to read. */
  async ends(topic: string): Promise<readonly number[]> {
    return (await this.bounds(topic)).map(({ end }) => end);
  }

  /** First offset of each partition, and the one after the last. */
  async bounds(topic: string): Promise<readonly { readonly start: number; readonly end: number }[]> {
    const bounds = Array.from({ length: this.partitions }, () => ({ start: 0, end: 0 }));
    // kafkajs asks with the isolation "read committed", so `high` is the last stable offset. It asks only once for a partition without a leader.
    const offsets = await waitUntil(() => this.#admin.fetchTopicOffsets(topic), isLeaderless);
    for (const { partition, low, high } of offsets) {
      bounds[partition] = { start: Number(low), end: Number(high) };
    }
    return bounds;
  }

  /** Deletes groups that no consumer will join again. */
  async deleteGroups(groups: readonly string[]): Promise<void> {
    // What fails here is forgotten by the brokers anyway, only later.
    await this.#admin.deleteGroups([...groups]).catch(() => undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#admin.disconnect();
    return this.#closing;
  }
}

/**
 * Finds the brokers, makes the topics that are missing and checks all of them.
 * @throws TopicUnusable when a topic is not what it must be; kafkajs' errors when no broker answers.
 */
export async function connectKafka(options: KafkaOptions): Promise<KafkaConnection> {
  silenceKafkaTimers();
  const names = topicNames(options.prefix);
  const kafka = new Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId ?? 'switchback',
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: options.log === undefined ? logLevel.NOTHING : logLevel.INFO,
    logCreator: () => (entry) => {
      const text = textOf(entry);
      if (!isChatter(text)) options.log?.(levelOf(entry), text);
    },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const partitions = await prepareTopics(admin, names, options);
    const { clusterId } = await admin.describeCluster();
    const prefix = names.events.slice(0, -'.events'.length);
    return new KafkaConnection(kafka, admin, prefix, names, partitions, clusterId, options.log);
  } catch (error) {
    await admin.disconnect().catch(() => undefined);
    throw error;
  }
}

/** Every message says where it goes (murmur2.ts). */
function explicitPartition(): (args: { readonly message: { readonly partition?: number } }) => number {
  return ({ message: { partition } }) => {
    if (partition === undefined) throw new RangeError('a message without a partition');
    return partition;
  };
}

/** kafkajs calls an error what it is about to try again; what fails for good is thrown. */
function levelOf({ level }: LogEntry): KafkaLogLevel {
  return level === logLevel.ERROR || level === logLevel.WARN ? 'warn' : 'info';
}

/** Said of about every transaction (see the head of this file). */
function isChatter(text: string): boolean {
  return text.includes('another concurrent operation on the same transaction');
}

function textOf({ namespace, log }: LogEntry): string {
  const { message, error } = log as { readonly message: string; readonly error?: unknown };
  return `${namespace}: ${message}${typeof error === 'string' && error !== message ? ` (${error})` : ''}`;
}
