/**
 * The log on Kafka, behind the port: reads from a mirror that has caught up, appends as the partition's one writer.
 *
 * Kafka cannot compare and append. So an append takes over the partition (partition-writer.ts), which fences every other
 * writer; reads to its end; compares; and writes. Taking over again and again is slow: many processes may read, but one should
 * write to a partition at a time. Services do not append through this (they own partitions by their group); tools and tests do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sameBytes } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import { checkContiguous, checkLabName, checkRange } from '../checks.ts';
import { AppendConflict, type EventLog, type Head, type LabWatch, LogDamaged, type LogRecord } from '../event-log.ts';
import type { SnapshotStore } from '../snapshot-store.ts';
import { connectKafka, type KafkaConnection, type KafkaOptions } from './client.ts';
import { CommitUnknown, Fenced, WriteFailed } from './errors.ts';
import { type Mirror, openMirror } from './mirror.ts';
import { PartitionWriter } from './partition-writer.ts';
import { MirrorClosed } from './waiters.ts';

export interface KafkaLogOptions extends KafkaOptions {
  /** Holds the copy that is read from; in memory or embedded, written by nobody else. The caller opens and closes it. */
  readonly mirror: EventLog;
  readonly snapshots?: SnapshotStore;
  /** See MirrorOptions. */
  readonly progressFile?: string;
}

/** How long an append goes on trying, when others take its partition or the brokers do not answer. */
const PATIENCE_MS = 120_000;
/** Chance decides which of two rivals comes first. */
const RIVAL_WAIT_MS = 20;
const RIVAL_WAIT_MS_MAX = 1000;

/** @throws TopicUnusable; kafkajs' errors when no broker answers. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const connection = await connectKafka(options);
  const { mirror: target, snapshots, progressFile } = options;
  try {
    const mirror = await openMirror(connection, {
      target,
      ...(snapshots === undefined ? {} : { snapshots }),
      ...(progressFile === undefined ? {} : { progressFile }),
    });
    return new KafkaLog(connection, mirror);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

export class KafkaLog implements EventLog {
  readonly #writers = new Map<number, Promise<PartitionWriter>>();
  /** Last of the appends to each lab: one at a time, since each is compared with what the one before left. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #closed = new AbortController();
  #closing: Promise<void> | null = null;

  /** Use `openKafkaLog`. */
  constructor(
    readonly connection: KafkaConnection,
    readonly mirror: Mirror,
  ) {}

  async append(lab: string, expected: Position, records: readonly LogRecord[]): Promise<void> {
    this.#checkOpen();
    checkContiguous(lab, expected, records);
    await this.#inTurn(lab, () => (records.length === 0 ? this.#compare(lab, expected) : this.#append(lab, expected, records)));
  }

  async *read(lab: string, from: Position = 1, to: Position = Number.POSITIVE_INFINITY): AsyncGenerator<readonly LogRecord[]> {
    checkRange(from, to);
    await this.#caughtUp(lab);
    for await (const batch of this.mirror.target.read(lab, from, to)) {
      yield batch;
      this.#checkOpen();
    }
    const stall = this.mirror.stalled(lab);
    if (stall !== null && from <= stall.position && stall.position <= to) throw new LogDamaged(lab, stall.position, stall.detail);
  }

  async head(lab: string): Promise<Head | null> {
    await this.#caughtUp(lab);
    this.#checkStall(lab);
    return await this.mirror.target.head(lab);
  }

  async labs(): Promise<readonly string[]> {
    this.#checkOpen();
    await this.mirror.caughtUp();
    return await this.mirror.target.labs();
  }

  async *follow(lab: string, from: Position, signal: AbortSignal): AsyncGenerator<readonly LogRecord[]> {
    if (this.#closing !== null) return;
    yield* this.mirror.target.follow(lab, from, AbortSignal.any([signal, this.#closed.signal]));
  }

  watch(lab: string, signal: AbortSignal): LabWatch {
    return this.mirror.target.watch(lab, AbortSignal.any([signal, this.#closed.signal]));
  }

  async remove(lab: string): Promise<void> {
    this.#checkOpen();
    checkLabName(lab);
    await this.#inTurn(lab, () => this.#remove(lab));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#writers.values()].map(closeWriter));
    await this.mirror.close();
    await this.connection.close();
  }

  async #append(lab: string, expected: Position, records: readonly LogRecord[]): Promise<void> {
    const last = records.at(-1);
    if (last === undefined) return;
    let unknown = false;
    await this.#asOwner(lab, async (writer) => {
      // After a commit without an answer: is it there?
      if (unknown && (await this.#stands(lab, last))) return;
      await this.#compare(lab, expected);
      const held = this.mirror.holds(lab, last.position);
      try {
        await writer.append(lab, records);
        // From here on it is there, whatever becomes of the writer.
        unknown = true;
        await writer.seen(held.done);
      } catch (error) {
        unknown ||= error instanceof CommitUnknown;
        throw error;
      } finally {
        held.cancel();
      }
    });
  }

  async #remove(lab: string): Promise<void> {
    await this.#asOwner(lab, async (writer) => {
      await this.#caughtUp(lab);
      if (this.mirror.stalled(lab) === null && (await this.mirror.target.head(lab)) === null) return;
      const gone = this.mirror.forgets(lab);
      try {
        await writer.forget(lab);
        await writer.seen(gone.done);
      } finally {
        gone.cancel();
      }
    });
  }

  /** @throws AppendConflict when the lab ends elsewhere. An end that is not the expected one may only be an old one. */
  async #compare(lab: string, expected: Position): Promise<void> {
    this.#checkStall(lab);
    if ((await this.#end(lab)) === expected) return;
    await this.#caughtUp(lab);
    this.#checkStall(lab);
    const actual = await this.#end(lab);
    if (actual !== expected) throw new AppendConflict(lab, expected, actual);
  }

  async #end(lab: string): Promise<Position> {
    return (await this.mirror.target.head(lab))?.position ?? 0;
  }

  /** Whether a record is in the log, at its place. */
  async #stands(lab: string, { position, chain }: LogRecord): Promise<boolean> {
    for await (const batch of this.mirror.target.read(lab, position, position)) {
      if (batch.some((record) => sameBytes(record.chain, chain))) return true;
    }
    return false;
  }

  /** Does work as the writer of the lab's partition; anew, when the writer died of it, until it does not. */
  async #asOwner(lab: string, work: (writer: PartitionWriter) => Promise<void>): Promise<void> {
    const partition = this.connection.partitionOf(lab);
    const end = Date.now() + PATIENCE_MS;
    for (let attempt = 1; ; attempt++) {
      const owning = this.#own(partition);
      try {
        return await work(await owning);
      } catch (error) {
        const died = error instanceof Fenced || error instanceof CommitUnknown || error instanceof WriteFailed;
        if (!died || Date.now() > end || this.#closing !== null) throw error;
        await this.#disown(partition, owning);
        if (attempt > 1) await sleep(Math.random() * Math.min(RIVAL_WAIT_MS * attempt, RIVAL_WAIT_MS_MAX));
      }
    }
  }

  /** The writer of a partition whose end is known: an append compares with the records in the mirror. */
  #own(partition: number): Promise<PartitionWriter> {
    this.#checkOpen();
    const owned = this.#writers.get(partition);
    if (owned !== undefined) return owned;
    const owning = this.#takeOver(partition);
    this.#writers.set(partition, owning);
    owning.catch(() => this.#writers.delete(partition));
    return owning;
  }

  async #takeOver(partition: number): Promise<PartitionWriter> {
    const writer = await PartitionWriter.takeOver(this.connection, partition);
    try {
      await this.mirror.caughtUp(partition);
      return writer;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  async #disown(partition: number, owning: Promise<PartitionWriter>): Promise<void> {
    if (this.#writers.get(partition) === owning) this.#writers.delete(partition);
    await closeWriter(owning);
  }

  /** Runs work on a lab when all before it is over. */
  async #inTurn(lab: string, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(lab) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    this.#turns.set(lab, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(lab) === turn) this.#turns.delete(lab);
    }
  }

  #caughtUp(lab: string): Promise<void> {
    this.#checkOpen();
    return this.mirror.caughtUp(this.connection.partitionOf(lab));
  }

  #checkStall(lab: string): void {
    const stall = this.mirror.stalled(lab);
    if (stall !== null) throw new LogDamaged(lab, stall.position, stall.detail);
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new MirrorClosed();
  }
}

async function closeWriter(owning: Promise<PartitionWriter>): Promise<void> {
  await owning.then((writer) => writer.close()).catch(() => undefined);
}
