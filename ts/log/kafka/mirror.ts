/**
 * Copies the event topic into a log of this process. Readers read history from it, and writers learn the end of each lab from it.
 *
 * The copy may be behind. `caughtUp` asks the brokers where the partitions end, and waits until the copy has reached these ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '../../model/events/events.ts';
import type { EventLog } from '../event-log.ts';
import type { SnapshotStore } from '../snapshot-store.ts';
import type { KafkaConnection } from './client.ts';
import { messageOf } from './errors.ts';
import { GroupReader } from './group-reader.ts';
import { Intake, type Trouble } from './intake.ts';
import { type Progress, readProgress, writeProgress } from './progress-file.ts';
import { SnapshotAssembly } from './snapshot-assembly.ts';
import { MirrorClosed, type Wait, Waiters } from './waiters.ts';

const SAVE_MS = 1000;
const ASK_AGAIN_MS = 500;

export interface MirrorOptions {
  /** Where the copy goes: a log in memory or an embedded one, written by nobody else. The caller opens and closes it. */
  readonly target: EventLog;
  /** Where snapshots go; they are not mirrored without. */
  readonly snapshots?: SnapshotStore;
  /** Where to keep how far the copy came, beside an embedded target. Without, every start reads all there is. */
  readonly progressFile?: string;
}

export interface PartitionLag {
  readonly partition: number;
  /** Messages of the event topic, markers of transactions included, that are not in the copy yet. */
  readonly messages: number;
}

/** Begins to mirror; reading goes on in the background until `close`. */
export async function openMirror(connection: KafkaConnection, options: MirrorOptions): Promise<Mirror> {
  const { topics, partitions, prefix, clusterId } = connection;
  const saved = options.progressFile === undefined ? null : readProgress(options.progressFile);
  const own = saved?.cluster === clusterId && saved.prefix === prefix ? saved : null;
  const [events, snapshots] = await Promise.all([
    believable(connection, topics.events, own?.events),
    believable(connection, topics.snapshots, own?.snapshots),
  ]);
  const nowhere: readonly number[] = Array.from({ length: partitions }, () => 0);
  return new Mirror(connection, options, events ?? nowhere, snapshots ?? nowhere);
}

/** Offsets that were saved, if the topic has them: one that was deleted and made again begins at 0. */
async function believable(
  connection: KafkaConnection,
  topic: string,
  saved: readonly number[] | undefined,
): Promise<readonly number[] | null> {
  if (saved?.length !== connection.partitions) return null;
  const ends = await connection.ends(topic);
  return saved.every((offset, partition) => offset <= (ends[partition] ?? 0)) ? saved : null;
}

export class Mirror {
  readonly #connection: KafkaConnection;
  readonly #options: MirrorOptions;
  readonly #intake: Intake;
  readonly #waiters = new Waiters();
  readonly #events: GroupReader;
  readonly #snapshots: GroupReader | null;
  readonly #assemblies: readonly SnapshotAssembly[];
  #saving: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  /** Use `openMirror`. */
  constructor(connection: KafkaConnection, options: MirrorOptions, events: readonly number[], snapshots: readonly number[]) {
    this.#connection = connection;
    this.#options = options;
    this.#intake = new Intake(options.target, options.snapshots ?? null, this.#waiters);
    this.#assemblies = snapshots.map(() => new SnapshotAssembly());
    this.#events = GroupReader.open(connection, connection.topics.events, events, {
      batch: (partition, messages) => this.#takeEvents(partition, messages),
      passed: (partition, next) => this.#passed(partition, next),
    });
    this.#snapshots = options.snapshots === undefined ? null : this.#readSnapshots(options.snapshots, snapshots);
  }

  get target(): EventLog {
    return this.#options.target;
  }

  /** Wrong messages that were found in the event topic. */
  troubles(): readonly Trouble[] {
    return this.#intake.troubles;
  }

  /** Why nothing more of a lab is taken; null when it is. */
  stalled(lab: string): Trouble | null {
    return this.#intake.stalled(lab);
  }

  /**
   * Resolves when everything that was committed when it was called, in one partition or in all, is in the copy. It waits for
   * the brokers if need be.
   *
   * `PartitionWriter.append` resolves some ms before readers see the committed records. Code that must see them waits for their
   * position (`holds`) or takes over the partition: a take-over is answered only after that.
   */
  async caughtUp(partition?: number): Promise<void> {
    this.#checkOpen();
    const ends = await this.#ends();
    this.#checkOpen();
    const wanted = ends
      .map((end, index): [number, number] => [index, end])
      .filter(([index]) => partition === undefined || index === partition);
    await Promise.all(wanted.map(([index, end]) => this.#waiters.passed(index, end, this.#events.next(index))));
  }

  /**
   * Resolves when the copy holds a position of a lab that it does not hold yet: call before it is written.
   * @throws LogDamaged when the lab stalls before it.
   */
  holds(lab: string, position: Position): Wait {
    return this.#waiters.holds(lab, position);
  }

  /** Resolves when a lab is removed from the copy: call before it is asked for. */
  forgets(lab: string): Wait {
    return this.#waiters.forgets(lab);
  }

  /** How far behind the copy is. @throws kafkajs' error when no broker answers. */
  async lag(): Promise<readonly PartitionLag[]> {
    this.#checkOpen();
    const ends = await this.#connection.ends(this.#connection.topics.events);
    return ends.map((end, partition) => ({ partition, messages: Math.max(0, end - this.#events.next(partition)) }));
  }

  /** Ends mirroring; the target stays open. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#waiters.close();
    await Promise.all([this.#events.close(), this.#snapshots?.close()]);
    this.#save();
  }

  async #takeEvents(partition: number, messages: Parameters<Intake['take']>[1]): Promise<void> {
    try {
      await this.#intake.take(partition, messages);
    } catch (error) {
      this.#connection.log('error', `mirroring partition ${partition} failed and is tried again: ${messageOf(error)}`);
      throw error;
    }
  }

  #readSnapshots(store: SnapshotStore, from: readonly number[]): GroupReader {
    return GroupReader.open(this.#connection, this.#connection.topics.snapshots, from, {
      batch: async (partition, messages) => {
        for (const { offset, value } of messages) {
          const whole = this.#assemblies[partition]?.take(Number(offset), value) ?? null;
          if (whole !== null) await store.put(whole);
        }
      },
      passed: () => this.#saveSoon(),
    });
  }

  /** Asks until the brokers answer. */
  async #ends(): Promise<readonly number[]> {
    for (;;) {
      try {
        return await this.#connection.ends(this.#connection.topics.events);
      } catch (error) {
        this.#checkOpen();
        this.#connection.log('warn', `the brokers do not say where the partitions end: ${messageOf(error)}`);
        await sleep(ASK_AGAIN_MS);
        this.#checkOpen();
      }
    }
  }

  #passed(partition: number, next: number): void {
    this.#waiters.reached(partition, next);
    this.#saveSoon();
  }

  #saveSoon(): void {
    if (this.#options.progressFile === undefined || this.#closing !== null) return;
    this.#saving ??= sleep(SAVE_MS, undefined, { ref: false }).then(() => {
      this.#saving = null;
      if (this.#closing === null) this.#save();
    });
  }

  #save(): void {
    const { progressFile } = this.#options;
    if (progressFile === undefined) return;
    try {
      writeProgress(progressFile, this.#progress());
    } catch (error) {
      this.#connection.log('warn', `cannot write ${progressFile}: ${messageOf(error)}`);
    }
  }

  #progress(): Progress {
    const { clusterId, prefix } = this.#connection;
    const reader = this.#snapshots;
    return {
      cluster: clusterId,
      prefix,
      events: this.#assemblies.map((_, partition) => this.#events.next(partition)),
      snapshots: this.#assemblies.map((assembly, partition) => (reader === null ? 0 : assembly.resumeFrom(reader.next(partition)))),
    };
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new MirrorClosed();
  }
}
