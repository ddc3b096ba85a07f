/**
 * The examples of docs/consumers.md, as a stranger would run them, against the broker that KAFKA_BROKERS names, or the one that
 * `npm run test:kafka` starts. They must tell the MAC changes of a real lab, and nothing that was never committed; and a command
 * they send must be one.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import { connectKafka, type KafkaConnection } from '../../ts/log/kafka/client.ts';
import { recordMessage, tombstone } from '../../ts/log/kafka/message.ts';
import { PartitionWriter } from '../../ts/log/kafka/partition-writer.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { decodeCommand } from '../../ts/model/events/codec-command.ts';
import type { LogRecord } from '../../ts/model/events/record.ts';
import { isCi, suiteFor } from '../needs.ts';

const LAB = 'ha-virtual-mac';
const BROKERS = (process.env['KAFKA_BROKERS'] ?? inject('kafka') ?? '').split(',').filter((broker) => broker !== '');
const BROKER = BROKERS[0] ?? '';
const PREFIX = `examples-${randomUUID()}`;

/** What must work, and the Debian packages that bring it. Its protoc comes without the messages of protobuf itself. */
const NEEDED: Readonly<Record<string, string>> = {
  'kcat -V': 'kcat',
  'protoc -I proto --descriptor_set_out=/dev/null switchback/v1/events.proto': 'protobuf-compiler libprotobuf-dev',
  'python3 -c "import ensurepip"': 'python3-venv',
};
const absent = Object.keys(NEEDED).filter((probe) => spawnSync('sh', ['-c', probe]).status !== 0);
const remedies = absent.map((probe) => NEEDED[probe]);

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const options = { encoding: 'utf8', timeout: 120_000, env: { ...process.env, SWITCHBACK_PREFIX: PREFIX, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status, stdout, stderr };
}

/** The records of a shipped lab, made by the built command. */
async function recorded(): Promise<readonly LogRecord[]> {
  const data = mkdtempSync(join(tmpdir(), 'switchback-consumers-'));
  try {
    const { status, stderr } = run(process.execPath, ['dist/ts/cli/bin.js', 'run', `labs/${LAB}.lab.yml`, '--data', data]);
    if (status !== 0 && status !== 3) throw new Error(`the lab did not run: ${stderr}`);
    const log = await openEmbeddedLog(data);
    const records: LogRecord[] = [];
    const end = (await log.head(LAB))?.position ?? 0;
    for await (const batch of log.read(LAB, 1, end)) records.push(...batch);
    await log.close();
    return records;
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** What a consumer should print. */
function told(lab: string, records: readonly LogRecord[]): readonly string[] {
  return records.flatMap(({ body }) => {
    const { type, position, atNs, data } = decodeBody(body);
    if (type !== 'MacAddressChanged') return [];
    const { node, interface: name, which, old, new: next, cause } = data;
    return [`${lab} #${position} ${(atNs / 1e9).toFixed(9)} s ${node}:${name} ${which} ${old} -> ${next} (${cause})`];
  });
}

/** Python with what the example says it needs, from PyPI, once. */
function python(): { readonly command: string; readonly messages: string } {
  const folder = resolve('node_modules/.cache/consumers');
  const command = join(folder, 'bin', 'python');
  const messages = join(folder, 'messages');
  if (!existsSync(messages)) {
    const must = (ended: Ended): void => expect(ended, ended.stderr).toMatchObject({ status: 0 });
    must(run('python3', ['-m', 'venv', '--clear', folder]));
    must(run(command, ['-m', 'pip', 'install', '--quiet', 'confluent-kafka', 'grpcio-tools']));
    const aside = `${messages}.new`;
    mkdirSync(aside, { recursive: true });
    const files = ['switchback/v1/events.proto', 'switchback/v1/options.proto'];
    must(run(command, ['-m', 'grpc_tools.protoc', '-I', 'proto', `--python_out=${aside}`, ...files]));
    renameSync(aside, messages);
  }
  return { command, messages };
}

const need = { missing: absent.length > 0 ? `does not work: ${absent.join('; ')}` : 'KAFKA_BROKERS names no broker' };
const remedy = absent.length > 0 ? `apt-get install ${remedies.join(' ')}` : 'npm run test:kafka starts one';
const found = absent.length === 0 && BROKER !== '';

suiteFor(
  'consumers',
  { ...need, remedy, found: () => found },
  found,
  isCi(),
)('consumers of the event topic', () => {
  let kafka: KafkaConnection;
  let expected: readonly string[] = [];

  beforeAll(async () => {
    const records = await recorded();
    kafka = await connectKafka({ brokers: BROKERS, prefix: PREFIX, partitions: 4, replicas: 1 });
    const writer = await PartitionWriter.takeOver(kafka, kafka.partitionOf(LAB));
    await writer.append(LAB, records);
    expected = told(LAB, records);

    // A lab that was there, was forgotten, and is another one now.
    const other = 'renamed';
    const second = await PartitionWriter.takeOver(kafka, kafka.partitionOf(other));
    const macs = records.findIndex(({ body }) => decodeBody(body).type === 'MacAddressChanged');
    await second.append(other, records.slice(0, macs + 1));
    await second.forget(other);
    await second.append(other, records.slice(0, macs + 1));
    const [line = ''] = told(other, records.slice(0, macs + 1));
    expected = [...expected, line, `${other} is forgotten`, line];
    await neverCommitted(kafka, records);
  }, 180_000);

  afterAll(async () => {
    await kafka?.close();
  });

  test('what is expected is what docs/consumers.md shows', () => {
    expect(expected.length).toBeGreaterThan(5);
    expect(readFileSync('docs/consumers.md', 'utf8')).toContain(`\n${expected[0]}\n`);
  });

  test('kcat and protoc follow them', () => {
    const { status, stdout, stderr } = run('examples/follow-macs.sh', [BROKER, '-e']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expectTold(stdout, expected);
  });

  test('Python follows them, and checks every chain', () => {
    const { command, messages } = python();
    const { status, stdout, stderr } = run(command, ['examples/follow-macs.py', BROKER, '--once'], { PYTHONPATH: messages });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expectTold(stdout, expected);
  }, 180_000);

  describe('a command from the shell', () => {
    test('arrives where the lab is run, and says what was meant', async () => {
      const text = 'set "a\\b" crash fw1';
      const { status, stdout, stderr } = run('examples/send-command.sh', [BROKER, LAB, ...text.split(' ')]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const [message] = await commands(kafka);
      expect(message?.partition).toBe(kafka.partitionOf(LAB));
      expect(message?.key).toBe(LAB);
      const request = { verb: 'execute', text };
      expect(decodeCommand(message?.value ?? new Uint8Array())).toEqual({ id: stdout.trim(), lab: LAB, request });
    });
  });
});

/** Labs are in several partitions, so only the order within a lab is known. */
function expectTold(stdout: string, lines: readonly string[]): void {
  const actual = stdout.split('\n').filter((line) => line !== '');
  for (const lab of [LAB, 'renamed']) {
    const of = (all: readonly string[]) => all.filter((line) => line.startsWith(`${lab} `));
    expect(of(actual)).toEqual(of(lines));
  }
  expect(actual).toHaveLength(lines.length);
}

/** Leaves a whole lab, and a tombstone for another, in a transaction that is taken back. */
async function neverCommitted(kafka: KafkaConnection, records: readonly LogRecord[]): Promise<void> {
  const producer = kafka.transactionalProducer(`${PREFIX}-never`);
  await producer.connect();
  const transaction = await producer.transaction();
  const partition = kafka.partitionOf(LAB);
  const messages = [...records.map((record) => recordMessage(partition, 'never', record)), tombstone(partition, LAB)];
  await transaction.send({ topic: kafka.topics.events, messages, acks: -1 });
  await transaction.abort();
  await producer.disconnect();
}

interface Received {
  readonly partition: number;
  readonly key: string;
  readonly value: Uint8Array;
}

/** The first message of the command topic. */
async function commands(kafka: KafkaConnection): Promise<readonly Received[]> {
  const consumer = kafka.consumer({ groupId: `${PREFIX}-test` });
  await consumer.connect();
  await consumer.subscribe({ topic: kafka.topics.commands, fromBeginning: true });
  try {
    return await new Promise((resolve, reject) => {
      consumer
        .run({
          eachMessage: ({ partition, message: { key, value } }) => {
            resolve([{ partition, key: key?.toString() ?? '', value: value ?? new Uint8Array() }]);
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}
