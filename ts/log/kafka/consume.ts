/**
 * A consumer that does not give up. kafkajs retries for some seconds and then crashes (event CRASH), at times for good; then a new
 * consumer is made, again and again, until the signal aborts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerConfig, EachBatchPayload } from 'kafkajs';
import type { KafkaConnection } from './client.ts';
import { messageOf } from './errors.ts';

const RESTART_WAIT_MS = 500;

export interface ConsumeOptions {
  readonly topic: string;
  /** Of each new consumer. */
  readonly config: () => ConsumerConfig;
  /** Partitions whose batches are handled at the same time. */
  readonly concurrency: number;
  /** Called with each new consumer, for listening to its events. */
  readonly prepare: (consumer: Consumer) => void;
  readonly batch: (payload: EachBatchPayload) => Promise<void>;
}

/** Resolves when the signal has aborted and the last consumer has left its group. */
export async function consume(connection: KafkaConnection, options: ConsumeOptions, signal: AbortSignal): Promise<void> {
  const { topic } = options;
  while (!signal.aborted) {
    try {
      const reason = await consumeOnce(connection, options, signal);
      if (!signal.aborted) connection.log('warn', `reading ${topic} broke off and begins anew: ${reason}`);
    } catch (error) {
      connection.log('warn', `cannot read ${topic}: ${messageOf(error)}`);
    }
    // An aborted wait is a wait that is over.
    if (!signal.aborted) await sleep(RESTART_WAIT_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Consumes until the signal aborts or kafkajs gives up; answers why. */
async function consumeOnce(connection: KafkaConnection, options: ConsumeOptions, signal: AbortSignal): Promise<string> {
  const { topic, config, concurrency, prepare, batch } = options;
  const consumer = connection.consumer(config());
  const { promise: over, resolve: end } = withResolvers();
  const abort = () => end('closed');
  signal.addEventListener('abort', abort);
  try {
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => end(error.message));
    prepare(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: concurrency, eachBatch: batch });
    return signal.aborted ? 'closed' : await over;
  } finally {
    signal.removeEventListener('abort', abort);
    await consumer.disconnect().catch(() => undefined);
  }
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers(): { readonly promise: Promise<string>; readonly resolve: (reason: string) => void } {
  let resolve: (reason: string) => void = () => undefined;
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
