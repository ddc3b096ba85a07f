/**
 * The port for the queue of commands to labs. On Kafka the queue is a topic with as many partitions as the event topic; a process that
 * runs its labs alone has a queue in memory.
 */
import type { LabCommand } from '../model/events/codec-command.ts';

export interface CommandSender {
  /** Resolved: the command will not be lost. */
  send(command: LabCommand): Promise<void>;
  close(): Promise<void>;
}

/** Place of a command in its partition. */
export interface CommandOffset {
  readonly partition: number;
  /** Kafka's offset, as its own text. */
  readonly offset: string;
}
