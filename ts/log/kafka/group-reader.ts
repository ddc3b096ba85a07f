/**
 * Reads all partitions of a topic from given offsets on, for ever.
 *
 * kafkajs can read only as a member of a group. So each consumer is a group of its own, which commits nothing: at every GROUP_JOIN
 * (the event comes before the first fetch) it seeks to where it was, and when the reader closes the groups are deleted.
 *
 * Markers that end transactions, and what was aborted, take offsets but are never delivered. kafkajs accounts for them in
 * `batch.lastOffset()`; batches of nothing else reach no handler, only the event END_BATCH_PROCESS.
 */
import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { KafkaConnection } from './client.ts';
import { consume } from './consume.ts';

/** How long a broker waits for something to deliver: also how long closing takes at most. */
const FETCH_WAIT_MS = 250;
const BYTES_MAX = 8 * 1024 * 1024;

export interface ReaderHandlers {
  /** What comes, in order; the next of any partition comes when this is resolved. Rejected: it comes again. */
  readonly batch: (partition: number, messages: readonly KafkaMessage[]) => Promise<void>;
  /** Everything before `next` was handled, or is nothing to handle. */
  readonly passed: (partition: number, next: number) => void;
}

export class GroupReader {
  readonly #connection: KafkaConnection;
  readonly #topic: string;
  readonly #handlers: ReaderHandlers;
  /** Those that were joined, to be deleted. */
  readonly #groups = new Set<string>();
  readonly #next: number[];
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  private constructor(connection: KafkaConnection, topic: string, from: readonly number[], handlers: ReaderHandlers) {
    this.#connection = connection;
    this.#topic = topic;
    this.#handlers = handlers;
    this.#next = [...from];
  }

  /** @param from the offset to begin at, for each partition. */
  static open(connection: KafkaConnection, topic: string, from: readonly number[], handlers: ReaderHandlers): GroupReader {
    const reader = new GroupReader(connection, topic, from, handlers);
    reader.#running = reader.#run();
    return reader;
  }

  /** Offset to read next. */
  next(partition: number): number {
    return this.#next[partition] ?? 0;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await this.#connection.deleteGroups([...this.#groups]);
  }

  #run(): Promise<void> {
    const options = {
      topic: this.#topic,
      // In its old group a new consumer would have to wait until the one before is given up for dead (30 s).
      config: () => ({
        groupId: `${this.#topic}-reader-${randomUUID()}`,
        maxWaitTimeInMs: FETCH_WAIT_MS,
        maxBytesPerPartition: BYTES_MAX,
      }),
      concurrency: 1,
      prepare: (consumer: Consumer) => this.#prepare(consumer),
      batch: (payload: EachBatchPayload) => this.#take(payload),
    };
    return consume(this.#connection, options, this.#closing.signal);
  }

  #prepare(consumer: Consumer): void {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { groupId } }) => {
      this.#groups.add(groupId);
      this.#seek(consumer);
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
      if (batchSize === 0) this.#pass(partition, Number(lastOffset) + 1);
    });
  }

  #seek(consumer: Consumer): void {
    for (const [partition, next] of this.#next.entries()) {
      consumer.seek({ topic: this.#topic, partition, offset: String(next) });
    }
  }

  async #take({ batch }: EachBatchPayload): Promise<void> {
    const { partition } = batch;
    // After a rejoin, what was being fetched may come again.
    const messages = batch.messages.filter(({ offset }) => Number(offset) >= this.next(partition));
    if (messages.length > 0) await this.#handlers.batch(partition, messages);
    this.#pass(partition, Number(batch.lastOffset()) + 1);
  }

  #pass(partition: number, next: number): void {
    if (next <= this.next(partition)) return;
    this.#next[partition] = next;
    this.#handlers.passed(partition, next);
  }
}
