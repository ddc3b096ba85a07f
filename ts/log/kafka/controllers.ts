/**
 * How controllers share the partitions of the command topic.
 *
 * Controllers form one group. The controller that is assigned a partition runs its labs. That partition's writer commits the offset of
 * the next command, in one transaction with the events of the command (partition-writer.ts). So an assignment has this order: the
 * handler takes over the partition, which ends the transactions of the previous owner; *then* the committed offset is looked up;
 * then the handler receives commands.
 *
 * kafkajs is never kept waiting: batches go into a lane per partition, a full lane pauses its partition, and handlers take
 * as long as they like. A slow handler inside kafkajs' own loop would miss heartbeats and be expelled, again and again
 * (https://github.com/tulios/kafkajs/issues/1720). kafkajs does not report revoked partitions either: they are missing in the next
 * assignment. When the brokers cannot be reached, nothing is revoked: they cannot assign the partitions to other controllers, and if
 * only this controller cannot reach them, they refuse its writes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { decodeCommand, type LabCommand } from '../../model/events/codec-command.ts';
import { Undecodable } from '../../model/events/codec-strict.ts';
import type { CommandOffset } from '../command-queue.ts';
import type { KafkaConnection } from './client.ts';
import { consume } from './consume.ts';
import { Fenced, messageOf } from './errors.ts';
import { Lane } from './lane.ts';
import { stickyAssigner } from './sticky-assigner.ts';

/** A controller that is not heard of for so long is dead. It is the least that brokers allow unless they are set otherwise. */
const SESSION_MS = 6000;
const HEARTBEAT_MS = 1500;
/** How long the others wait for a controller to join again. */
const REBALANCE_MS = 10_000;
/** How long a broker waits for something to deliver: a rebalance is noticed after that. */
const FETCH_WAIT_MS = 500;
const RETRY_WAIT_MS = 1000;
const FENCED_WAIT_MS = 2 * HEARTBEAT_MS;

export interface ControllerHandlers {
  /**
   * These partitions are ours now: take them over (`PartitionWriter.takeOver`), rebuild their labs. Their commands come when the
   * promise is resolved, from the committed offset on. Rejected: revoked, and assigned again after a while.
   */
  readonly assigned: (partitions: readonly number[]) => Promise<void>;
  /**
   * This controller no longer owns these partitions, and another may own them already: further writes are refused (`Fenced`). A
   * command may still be under way.
   */
  readonly revoked: (partitions: readonly number[]) => void;
  /**
   * The next command of a partition. The one after it comes when the promise is resolved. Rejected: the partition is revoked, and
   * assigned again after a while, so that commands come again from the committed offset on.
   */
  readonly command: (at: CommandOffset, command: LabCommand | Undecodable) => Promise<void>;
}

/** One time that a partition is ours; the next one is another. */
interface Tenure {
  /** Null until its commands can flow. */
  lane: Lane | null;
}

export class Controllers {
  readonly #connection: KafkaConnection;
  readonly #handlers: ControllerHandlers;
  /** The partitions assigned to this controller. */
  readonly #tenures = new Map<number, Tenure>();
  /** The last call of `assigned` for each partition: one at a time. */
  readonly #assigning = new Map<number, Promise<void>>();
  readonly #closing = new AbortController();
  #consumer: Consumer | null = null;
  #running: Promise<void> = Promise.resolve();

  private constructor(connection: KafkaConnection, handlers: ControllerHandlers) {
    this.#connection = connection;
    this.#handlers = handlers;
  }

  /** Use `joinControllers`. */
  static join(connection: KafkaConnection, handlers: ControllerHandlers): Controllers {
    const controllers = new Controllers(connection, handlers);
    controllers.#running = controllers.#run();
    return controllers;
  }

  /** The partitions assigned to this controller now, sorted. */
  get partitions(): readonly number[] {
    return [...this.#tenures.keys()].sort((a, b) => a - b);
  }

  /** Revokes a partition and assigns it again after a while: for a handler whose writer died. */
  restart(partition: number, reason: unknown): void {
    if (!this.#tenures.has(partition) || this.#closing.signal.aborted) return;
    this.#connection.log('warn', `partition ${partition} of the commands begins anew: ${messageOf(reason)}`);
    this.#end(partition);
    this.#begin(partition);
    this.#position(partition);
    this.#handlers.revoked([partition]);
    // A fenced controller may have left the group already. It waits for that news, so that it does not fence its successor.
    void this.#assignLater([partition], reason instanceof Fenced ? FENCED_WAIT_MS : RETRY_WAIT_MS);
  }

  /** Lets commands that are being handled end, then leaves: the partitions go to others at once. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      await Promise.all([...this.#tenures.values()].map(({ lane }) => lane?.stop()));
      const { partitions } = this;
      this.#tenures.clear();
      if (partitions.length > 0) this.#handlers.revoked(partitions);
    }
    await this.#running;
  }

  #run(): Promise<void> {
    const { controllers: groupId, topics, partitions } = this.#connection;
    const options = {
      topic: topics.commands,
      config: () => ({
        groupId,
        sessionTimeout: SESSION_MS,
        heartbeatInterval: HEARTBEAT_MS,
        rebalanceTimeout: REBALANCE_MS,
        maxWaitTimeInMs: FETCH_WAIT_MS,
        partitionAssigners: [stickyAssigner(topics.commands, partitions, () => this.partitions)],
      }),
      concurrency: 1,
      prepare: (consumer: Consumer) => {
        this.#consumer = consumer;
        consumer.on(consumer.events.GROUP_JOIN, (event) => this.#joined(event));
      },
      batch: (payload: EachBatchPayload) => this.#take(payload),
    };
    return consume(this.#connection, options, this.#closing.signal);
  }

  /** Called before the first fetch. kafkajs has forgotten where it was, in partitions that stay too. */
  #joined({ payload: { memberAssignment } }: ConsumerGroupJoinEvent): void {
    if (this.#closing.signal.aborted) return;
    const ours = memberAssignment[this.#connection.topics.commands] ?? [];
    const lost = this.partitions.filter((partition) => !ours.includes(partition));
    const gained = ours.filter((partition) => !this.#tenures.has(partition));
    for (const partition of lost) this.#end(partition);
    for (const partition of gained) this.#begin(partition);
    for (const partition of ours) this.#position(partition);
    if (lost.length > 0) this.#handlers.revoked(lost);
    if (gained.length > 0) void this.#assign(gained);
  }

  #begin(partition: number): void {
    this.#tenures.set(partition, { lane: null });
  }

  #end(partition: number): void {
    void this.#tenures.get(partition)?.lane?.stop();
    this.#tenures.delete(partition);
  }

  /** Tells kafkajs the offset at which a partition continues, or pauses the partition. */
  #position(partition: number): void {
    const lane = this.#tenures.get(partition)?.lane ?? null;
    const { commands: topic } = this.#connection.topics;
    if (lane !== null) this.#quietly((consumer) => consumer.seek({ topic, partition, offset: String(lane.next) }));
    if (lane === null || lane.full) this.#pause(partition);
    else this.#resume(partition);
  }

  /** Has the handler take partitions over, then lets their commands flow, as far as they are still ours. */
  async #assign(partitions: readonly number[]): Promise<void> {
    const tenures = new Map(partitions.map((partition) => [partition, this.#tenures.get(partition)]));
    const isOurs = (partition: number) => !this.#closing.signal.aborted && this.#tenures.get(partition) === tenures.get(partition);
    try {
      await this.#takeOver(partitions, isOurs);
      const offsets = await this.#offsets();
      for (const [partition, tenure] of tenures) {
        if (tenure === undefined || !isOurs(partition)) continue;
        tenure.lane = this.#newLane(partition, offsets[partition] ?? 0, tenure);
        this.#position(partition);
      }
    } catch (error) {
      this.#connection.log('warn', `could not begin with partitions ${partitions.join(', ')} of the commands: ${messageOf(error)}`);
      const ours = partitions.filter(isOurs);
      if (ours.length === 0) return;
      this.#handlers.revoked(ours);
      await this.#assignLater(ours);
    }
  }

  /** Calls the handler, when it is done with what it was called for before: partitions may go and come back in between. */
  async #takeOver(partitions: readonly number[], isOurs: (partition: number) => boolean): Promise<void> {
    const before = partitions.map((partition) => this.#assigning.get(partition));
    const call = Promise.allSettled(before).then(() => {
      const ours = partitions.filter(isOurs);
      return ours.length === 0 ? undefined : this.#handlers.assigned(ours);
    });
    for (const partition of partitions) this.#assigning.set(partition, call);
    await call;
  }

  async #assignLater(partitions: readonly number[], waitMs = RETRY_WAIT_MS): Promise<void> {
    const tenures = partitions.map((partition) => this.#tenures.get(partition));
    // An aborted wait is a wait that is over.
    await sleep(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    const ours = partitions.filter((partition, index) => this.#tenures.get(partition) === tenures[index]);
    if (ours.length > 0 && !this.#closing.signal.aborted) await this.#assign(ours);
  }

  /** The offset at which each partition continues: the committed one, or the earliest one. */
  async #offsets(): Promise<readonly number[]> {
    const { admin, controllers, topics } = this.#connection;
    const offsets = (await this.#connection.bounds(topics.commands)).map(({ start }) => start);
    for (const { partitions } of await admin.fetchOffsets({ groupId: controllers, topics: [topics.commands] })) {
      for (const { partition, offset } of partitions) offsets[partition] = Math.max(offsets[partition] ?? 0, Number(offset));
    }
    return offsets;
  }

  #newLane(partition: number, next: number, tenure: Tenure): Lane {
    const isOurs = () => this.#tenures.get(partition) === tenure;
    return new Lane(next, {
      handle: (message) => this.#handlers.command({ partition, offset: message.offset }, commandIn(message)),
      failed: (error) => isOurs() && this.restart(partition, error),
      drained: () => isOurs() && this.#resume(partition),
    });
  }

  /** kafkajs has to be given an answer at once; what a lane did not take, it will seek. */
  #take({ batch }: EachBatchPayload): Promise<void> {
    const lane = this.#tenures.get(batch.partition)?.lane ?? null;
    lane?.take(batch.messages, Number(batch.lastOffset()) + 1);
    if (lane?.full) this.#pause(batch.partition);
    return Promise.resolve();
  }

  #pause(partition: number): void {
    this.#quietly((consumer) => consumer.pause([{ topic: this.#connection.topics.commands, partitions: [partition] }]));
  }

  #resume(partition: number): void {
    this.#quietly((consumer) => consumer.resume([{ topic: this.#connection.topics.commands, partitions: [partition] }]));
  }

  /** A consumer that is not running refuses; the next one is positioned when it joins. */
  #quietly(work: (consumer: Consumer) => void): void {
    try {
      if (this.#consumer !== null) work(this.#consumer);
    } catch (error) {
      this.#connection.log('info', messageOf(error));
    }
  }
}

/** The command in a message. The handler reports messages that are unreadable or in the wrong partition. */
function commandIn({ key, value }: KafkaMessage): LabCommand | Undecodable {
  if (value === null) return new Undecodable('a message without a command');
  try {
    const command = decodeCommand(value);
    return key?.toString('utf8') === command.lab ? command : new Undecodable(`a command to lab ${command.lab} under another key`);
  } catch (error) {
    if (error instanceof Undecodable) return error;
    throw error;
  }
}

/** Joins the controllers. Resolves at once; partitions come as the group agrees, after some seconds on brokers set as usual. */
export function joinControllers(connection: KafkaConnection, handlers: ControllerHandlers): Controllers {
  return Controllers.join(connection, handlers);
}
