/**
 * The least controller: each command becomes one record of its lab, which carries the command's id and is committed together
 * with its offset. If a command is lost, handled twice or out of its turn, the lab's history shows it.
 *
 * As a program: mini-controller.ts ADDRESS PREFIX; it says on stdout what it is assigned, and can be killed.
 */
import { fileURLToPath } from 'node:url';
import type { LogRecord } from '../../ts/log/event-log.ts';
import {
  type ControllerHandlers,
  type Controllers,
  connectKafka,
  joinControllers,
  type KafkaConnection,
  type Mirror,
  openMirror,
  PartitionWriter,
} from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { Undecodable } from '../../ts/model/events/codec-strict.ts';
import { chained, readAll } from '../contract/records.ts';

export interface MiniOptions {
  /** Called before each command; what it throws fails the command. */
  readonly before?: (partition: number, id: string) => Promise<void>;
  readonly assigned?: (partitions: readonly number[]) => void;
}

export class MiniController {
  readonly #connection: KafkaConnection;
  readonly #mirror: Mirror;
  readonly #options: MiniOptions;
  readonly #writers = new Map<number, PartitionWriter>();
  /** Last record of each lab, by partition. */
  readonly #lasts = new Map<number, Map<string, LogRecord>>();
  readonly revoked: number[][] = [];
  readonly undecodable: string[] = [];
  readonly controllers: Controllers;

  private constructor(connection: KafkaConnection, mirror: Mirror, options: MiniOptions) {
    this.#connection = connection;
    this.#mirror = mirror;
    this.#options = options;
    const handlers: ControllerHandlers = {
      assigned: (partitions) => this.#assigned(partitions),
      revoked: (partitions) => this.#revoked(partitions),
      command: async (at, command) => {
        const id = command instanceof Undecodable ? '' : command.id;
        await options.before?.(at.partition, id);
        const writer = this.#writers.get(at.partition);
        if (writer === undefined) throw new Error(`a command of partition ${at.partition}, which is not ours`);
        if (command instanceof Undecodable) {
          this.undecodable.push(command.message);
          return await writer.commit(at);
        }
        const lasts = this.#lasts.get(at.partition);
        const [record] = chained(1, lasts?.get(command.lab) ?? null, () => id);
        if (record === undefined) return;
        await writer.append(command.lab, [{ ...record, commandId: id }], at);
        lasts?.set(command.lab, record);
      },
    };
    this.controllers = joinControllers(connection, handlers);
  }

  static async join(address: string, prefix: string, options: MiniOptions = {}): Promise<MiniController> {
    const connection = await connectKafka({ brokers: [address], prefix, partitions: 4 });
    const mirror = await openMirror(connection, { target: openMemoryLog() });
    return new MiniController(connection, mirror, options);
  }

  get partitions(): readonly number[] {
    return this.controllers.partitions;
  }

  async close(): Promise<void> {
    await this.controllers.close();
    for (const writer of this.#writers.values()) await writer.close();
    await this.#mirror.close();
    await this.#connection.close();
  }

  async #assigned(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) {
      this.#writers.set(partition, await PartitionWriter.takeOver(this.#connection, partition));
      await this.#mirror.caughtUp(partition);
      this.#lasts.set(partition, await this.#lastsIn(partition));
    }
    this.#options.assigned?.(this.partitions);
  }

  async #lastsIn(partition: number): Promise<Map<string, LogRecord>> {
    const lasts = new Map<string, LogRecord>();
    for (const lab of await this.#mirror.target.labs()) {
      const last = (await readAll(this.#mirror.target, lab)).at(-1);
      if (last !== undefined && this.#connection.partitionOf(lab) === partition) lasts.set(lab, last);
    }
    return lasts;
  }

  #revoked(partitions: readonly number[]): void {
    this.revoked.push([...partitions]);
    for (const partition of partitions) {
      void this.#writers.get(partition)?.close();
      this.#writers.delete(partition);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , address = '', prefix = ''] = process.argv;
  await MiniController.join(address, prefix, {
    assigned: (partitions) => void process.stdout.write(`${JSON.stringify(partitions)}\n`),
  });
}
