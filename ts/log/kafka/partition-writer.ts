/**
 * The one writer of a partition's events.
 *
 * Kafka has no compare-and-append (KAFKA-2260), but it has fencing: a transactional id belongs to the last producer that requested
 * it, and each partition of the event topic has one. `takeOver` fences the previous writer and ends its open transaction, so a writer
 * that has taken over and read to the end knows every head of the partition, until it is fenced.
 *
 * A writer that failed once is dead: kafkajs' transaction stays where it was, and only a new take-over can tell what is
 * there. How it failed says what is known of the records (errors.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import type { LogRecord } from '../../model/events/record.ts';
import type { CommandOffset } from '../command-queue.ts';
import type { KafkaConnection } from './client.ts';
import { CommitUnknown, Fenced, isFencing, isPassing, WriteFailed } from './errors.ts';
import { cutIntoRequests, groupLength } from './group-commit.ts';
import { bytesOf, type EventMessage, filler, recordMessage, tombstone } from './message.ts';

const PASSING_WAIT_MS = 5;
const PASSING_MS_MAX = 5000;
/** How long readers may take to see a commit before another one follows it; twice as long each time. */
const SEEN_MS = 2000;
const SEEN_MS_MAX = 60_000;

/** The records that one caller appends. */
interface Waiting {
  readonly messages: readonly EventMessage[];
  readonly sizes: readonly number[];
  /** Offset of the command to read next, once this is committed; null when no command is done with it. */
  readonly next: bigint | null;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class PartitionWriter {
  readonly #connection: KafkaConnection;
  readonly #producer: Producer;
  #queue: Waiting[] = [];
  /** The transactions under way; null when there are none. */
  #working: Promise<void> | null = null;
  #dead: Error | null = null;
  #closing: Promise<void> | null = null;
  #committed = -1n;

  private constructor(
    connection: KafkaConnection,
    readonly partition: number,
    producer: Producer,
  ) {
    this.#connection = connection;
    this.#producer = producer;
  }

  /**
   * Becomes the writer of a partition. Any other is fenced from here on, and its open transaction is ended.
   * @throws WriteFailed when the brokers cannot be reached.
   */
  static async takeOver(connection: KafkaConnection, partition: number): Promise<PartitionWriter> {
    const producer = connection.transactionalProducer(`${connection.prefix}-${partition}`);
    try {
      await producer.connect();
      // The first transaction sends InitProducerId, which fences; being empty, it sends nothing else.
      await (await producer.transaction()).abort();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw new WriteFailed(partition, { cause: error });
    }
    return new PartitionWriter(connection, partition, producer);
  }

  /** Why this writer cannot write any more; null while it can, as far as is known. */
  get dead(): Error | null {
    return this.#dead;
  }

  /**
   * Appends to a lab of this partition, all or none. When it resolves, the records are committed, and readers see them a few ms later.
   * Appends that wait at the same time share a transaction.
   * @param done the last command that is dealt with by this, and so are all before it: its offset is committed with the records.
   * @throws Fenced, CommitUnknown or WriteFailed, and the same for all that comes after.
   */
  append(lab: string, records: readonly LogRecord[], done?: CommandOffset): Promise<void> {
    return this.#write(lab, () => records.map((record) => recordMessage(this.partition, lab, record)), done);
  }

  /** Forgets a lab: all mirrors remove it. @throws as `append` */
  forget(lab: string, done?: CommandOffset): Promise<void> {
    return this.#write(lab, () => [tombstone(this.partition, lab)], done);
  }

  /** Commits that a command, and all before it, are dealt with. @throws as `append` */
  commit(done: CommandOffset): Promise<void> {
    return this.#write(null, () => [], done);
  }

  /**
   * Waits until readers see what was committed. A broker that is killed right after its answer may never end the transaction in the
   * partition, though its coordinator has it as complete (seen with 4.4.0: PrepareCommit before the kill, CompleteCommit after the
   * start, no marker in the partition). That holds back all readers until this producer ends another transaction there: so one follows.
   * @param seen resolves when a mirror has what was committed. @throws as `seen` rejects, and as `append`
   */
  async seen(seen: Promise<void>): Promise<void> {
    for (let waitMs = SEEN_MS; !(await isOver(seen, waitMs)); waitMs = Math.min(2 * waitMs, SEEN_MS_MAX)) {
      await this.#write(null, () => [filler(this.partition)], undefined);
    }
  }

  /** Lets go of the partition, after what was already asked for. The partition stays taken until the next `takeOver`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#working;
    this.#dead ??= closed(this.partition);
    await this.#producer.disconnect();
  }

  #write(lab: string | null, messagesOf: () => readonly EventMessage[], done: CommandOffset | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#checkPlace(lab, done);
      if (this.#dead !== null || this.#closing !== null) throw this.#dead ?? closed(this.partition);
      const messages = messagesOf();
      const next = done === undefined ? null : BigInt(done.offset) + 1n;
      if (messages.length === 0 && next === null) return resolve();
      this.#queue.push({ messages, sizes: messages.map(bytesOf), next, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  #checkPlace(lab: string | null, done: CommandOffset | undefined): void {
    const place = lab === null ? this.partition : this.#connection.partitionOf(lab);
    if (place !== this.partition) throw new RangeError(`lab ${lab} is in partition ${place}, not in ${this.partition}`);
    if (done !== undefined && done.partition !== this.partition) {
      throw new RangeError(`a command of partition ${done.partition} cannot be committed with partition ${this.partition}`);
    }
  }

  async #work(): Promise<void> {
    // Appends of the same turn of the event loop go together; after that, appends that arrive during a transaction.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0, groupLength(this.#queue));
      try {
        await this.#transact(group);
      } catch (error) {
        for (const { reject } of group) reject(error as Error);
        this.#die(error as Error);
        break;
      }
      for (const { resolve } of group) resolve();
    }
    this.#working = null;
  }

  async #transact(group: readonly Waiting[]): Promise<void> {
    const messages = group.flatMap((waiting) => waiting.messages);
    const next = group.reduce(
      (highest, waiting) => ((waiting.next ?? -1n) > highest ? (waiting.next ?? highest) : highest),
      this.#committed,
    );
    if (messages.length === 0 && next === this.#committed) return;
    const transaction = await this.#begun(messages, next);
    try {
      await transaction.commit();
    } catch (error) {
      throw isFencing(error) ? new Fenced(this.partition, { cause: error }) : new CommitUnknown(this.partition, { cause: error });
    }
    this.#committed = next;
  }

  /** A transaction with everything in it, ready to commit. Readers do not see it before the commit. */
  async #begun(messages: readonly EventMessage[], next: bigint): Promise<Transaction> {
    let transaction: Transaction | null = null;
    try {
      transaction = await this.#producer.transaction();
      const { events } = this.#connection.topics;
      for (const request of cutIntoRequests(messages, bytesOf)) {
        await transaction.send({ topic: events, messages: request, acks: -1 });
      }
      if (next !== this.#committed) await this.#sendOffset(transaction, next);
      return transaction;
    } catch (error) {
      // Else it would hold back readers until it times out.
      await transaction?.abort().catch(() => undefined);
      throw isFencing(error) ? new Fenced(this.partition, { cause: error }) : new WriteFailed(this.partition, { cause: error });
    }
  }

  /**
   * kafkajs asks again by itself when records meet a transaction that is still being ended, but not when offsets do; nor when the
   * group's coordinator is not there yet, since it looks for names of errors that its own table does not have (eosManager).
   */
  async #sendOffset(transaction: Transaction, next: bigint): Promise<void> {
    const offsets = {
      consumerGroupId: this.#connection.controllers,
      topics: [{ topic: this.#connection.topics.commands, partitions: [{ partition: this.partition, offset: String(next) }] }],
    };
    for (const end = Date.now() + PASSING_MS_MAX; ; ) {
      try {
        return await transaction.sendOffsets(offsets);
      } catch (error) {
        if (!isPassing(error) || Date.now() > end) throw error;
        await sleep(PASSING_WAIT_MS);
      }
    }
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const { reject } of this.#queue.splice(0)) reject(this.#dead);
  }
}

async function isOver(what: Promise<void>, waitMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(waitMs, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([what.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

function closed(partition: number): WriteFailed {
  return new WriteFailed(partition, { cause: new Error('the writer is closed') });
}
