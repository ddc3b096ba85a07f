/** Commands on their way to the controllers (controllers.ts). */
import { encodeCommand, type LabCommand } from '../../model/events/codec-command.ts';
import { checkLabName } from '../checks.ts';
import type { CommandSender } from '../command-queue.ts';
import type { KafkaConnection } from './client.ts';
import { asBuffer } from './message.ts';

/** A sender that survives what brokers do: it tries again, and what it sent twice is there once. */
export async function openCommandSender(connection: KafkaConnection): Promise<CommandSender> {
  const producer = connection.idempotentProducer();
  await producer.connect();
  return {
    async send(command: LabCommand): Promise<void> {
      checkLabName(command.lab);
      const { lab } = command;
      const messages = [{ partition: connection.partitionOf(lab), key: lab, value: asBuffer(encodeCommand(command)) }];
      await producer.send({ topic: connection.topics.commands, messages, acks: -1 });
    },
    close: () => producer.disconnect(),
  };
}
