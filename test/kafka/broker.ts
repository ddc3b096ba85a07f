/** Brokers for tests, and topics on them that no other test uses. */
import { inject } from 'vitest';
import { Broker, FAST_SETTINGS } from '../../scripts/kafka-broker.ts';
import { KAFKA_VERSION } from '../../scripts/kafka-jars.ts';
import { connectKafka, type KafkaConnection, type KafkaOptions } from '../../ts/log/kafka/index.ts';

export type { Broker };

/** A broker of one's own, to be killed, paused and disposed of. */
export function startBroker(settings: Readonly<Record<string, string>> = {}): Promise<Broker> {
  const version = process.env['KAFKA_VERSION'] ?? KAFKA_VERSION;
  return Broker.start({ version, settings: { ...FAST_SETTINGS, ...settings }, say: (text) => process.stderr.write(`${text}\n`) });
}

let prefixes = 0;

/** Topics of one's own on the broker that all tests share. */
export function freshTopics(partitions = 2): KafkaOptions & { readonly prefix: string } {
  prefixes++;
  return { brokers: [inject('kafka')], prefix: `t${process.pid}-${prefixes}`, partitions };
}

/** Connections of one test, closed when it ends. */
export class Connections {
  readonly #open: KafkaConnection[] = [];

  async connect(options: KafkaOptions = freshTopics()): Promise<KafkaConnection> {
    const connection = await connectKafka(options);
    this.#open.push(connection);
    return connection;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((connection) => connection.close()));
  }
}

/** Names of labs that are in a partition, as many as asked for. */
export function labsIn(connection: KafkaConnection, partition: number, count: number): readonly string[] {
  const names: string[] = [];
  for (let number = 1; names.length < count; number++) {
    const name = `lab-${number}`;
    if (connection.partitionOf(name) === partition) names.push(name);
  }
  return names;
}
