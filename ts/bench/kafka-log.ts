/** The log on Kafka: transactions, reading them back as committed, and how long a command takes to become an event. */

import type { EventLog, Head } from '../log/event-log.ts';
import { GroupReader } from '../log/kafka/group-reader.ts';
import { connectKafka, type KafkaConnection, openMirror, PartitionWriter } from '../log/kafka/index.ts';
import { openMemoryLog } from '../log/memory.ts';
import { createMemorySnapshots } from '../log/memory-snapshots.ts';
import { CHAIN_START } from '../model/events/chain.ts';
import { decodeBody, decodeRecord } from '../model/events/codec.ts';
import type { Position } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import { evolve, initialState, type LabState } from '../model/state/lab-state.ts';
import { openKafkaService } from '../services/kafka/kafka-service.ts';
import { ask } from '../services/living/lab-commands.ts';
import { eventRates, type LogRow, logRow, percentile } from './log-rows.ts';

export interface KafkaBench {
  readonly brokers: readonly string[];
  /** Topics of this run alone. */
  readonly prefix: string;
  readonly definition: string;
}

const COMMANDS = 300;
const LABS = 4;

export async function benchKafkaLog(bench: KafkaBench, records: readonly LogRecord[], samples: number): Promise<LogRow[]> {
  return [
    ...(await appendRows(bench, records, samples)),
    ...(await readRows(bench, records, samples)),
    ...(await commandRows(bench)),
  ];
}

async function appendRows({ brokers, prefix }: KafkaBench, records: readonly LogRecord[], samples: number): Promise<LogRow[]> {
  const connection = await connectKafka({ brokers, prefix: `${prefix}-append`, partitions: 1 });
  const writer = await PartitionWriter.takeOver(connection, 0);
  const rows: LogRow[] = [];
  try {
    for (const [size, count, target] of [
      [1, 200, null],
      [100, 20_000, null],
      [1000, 100_000, 60_000],
    ] as const) {
      const events = Math.min(count, records.length);
      const rates = await eventRates(events, samples, (sample) => write(writer, `append-${size}-${sample}`, records, events, size));
      rows.push(logRow(`Kafka append, transactions of ${size}`, 'events/s', rates, target));
    }
    return rows;
  } finally {
    await writer.close();
    await connection.close();
  }
}

async function write(
  writer: PartitionWriter,
  lab: string,
  records: readonly LogRecord[],
  count: number,
  size: number,
): Promise<void> {
  for (let from = 0; from < count; from += size) await writer.append(lab, records.slice(from, Math.min(count, from + size)));
}

/** Histories of several labs, written in transactions of 1000, from joining a group to the last event. */
async function readRows({ brokers, prefix }: KafkaBench, records: readonly LogRecord[], samples: number): Promise<LogRow[]> {
  const connection = await connectKafka({ brokers, prefix: `${prefix}-read`, partitions: 1 });
  try {
    const writer = await PartitionWriter.takeOver(connection, 0);
    for (let lab = 0; lab < LABS; lab++) await write(writer, `lab-${lab}`, records, records.length, 1000);
    await writer.close();
    const events = LABS * records.length;
    const folded = await eventRates(events, samples, () => foldTopic(connection, events));
    const mirrored = await eventRates(events, samples, async () => {
      const mirror = await openMirror(connection, { target: headsOnly() });
      await mirror.caughtUp();
      await mirror.close();
    });
    return [
      logRow('Kafka consume and fold, read committed', 'events/s', folded, 250_000),
      logRow('Kafka mirror, chain checked', 'events/s', mirrored),
    ];
  } finally {
    await connection.close();
  }
}

/** Reads the event topic from its beginning and folds every lab. */
async function foldTopic(connection: KafkaConnection, events: number): Promise<void> {
  const states = new Map<string, LabState>();
  let left = events;
  await new Promise<void>((resolve) => {
    const reader = GroupReader.open(connection, connection.topics.events, [0], {
      batch: (_, messages) => {
        for (const { value } of messages) if (value !== null) fold(states, value);
        left -= messages.length;
        if (left <= 0) void reader.close().then(resolve);
        return Promise.resolve();
      },
      passed: () => undefined,
    });
  });
}

function fold(states: Map<string, LabState>, value: Uint8Array): void {
  const { lab, record } = decodeRecord(value);
  let state = states.get(lab);
  if (state === undefined) {
    state = initialState();
    states.set(lab, state);
  }
  evolve(state, decodeBody(record.body));
}

/** A log that keeps nothing but where each lab ends. */
function headsOnly(): EventLog {
  const heads = new Map<string, Head>();
  return {
    ...openMemoryLog(),
    append: (lab: string, _expected: Position, appended: readonly LogRecord[]) => {
      const last = appended.at(-1);
      heads.set(lab, { position: last?.position ?? 0, chain: last?.chain ?? CHAIN_START });
      return Promise.resolve();
    },
    head: (lab: string) => Promise.resolve(heads.get(lab) ?? null),
    remove: () => Promise.resolve(),
  };
}

/** From handing a command over to its events in this process's own copy of the log. */
async function commandRows({ brokers, prefix, definition }: KafkaBench): Promise<LogRow[]> {
  const service = await openKafkaService({
    brokers,
    prefix: `${prefix}-commands`,
    partitions: 1,
    log: openMemoryLog(),
    snapshots: createMemorySnapshots(),
    roles: ['controller', 'reader'],
    workers: 1,
  });
  try {
    await ask(service, 'lab', { verb: 'deploy', definition, pacePermille: 0, replace: false });
    const tookMs: number[] = [];
    for (let command = 0; command < COMMANDS; command++) {
      const startMs = performance.now();
      await ask(service, 'lab', { verb: 'execute', text: command % 2 === 0 ? 'link down fw1:eth1' : 'link up fw1:eth1' });
      tookMs.push(performance.now() - startMs);
    }
    return [
      logRow('command to event', 'ms', tookMs),
      logRow('command to event, 99th percentile', 'ms', [percentile(tookMs, 0.99)], 50),
    ];
  } finally {
    await service.close();
  }
}
