/**
 * npm run bench:log [-- --quick] [-- -f json]: figures of the log, embedded and on a real Kafka broker, all in one run. The broker is
 * started for it where Java and Maven are there, and skipped with a line where they are not.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchEmbeddedCommands, benchKafkaCommands } from '../ts/bench/commands-log.ts';
import { benchCodec, benchEmbeddedLog } from '../ts/bench/embedded-log.ts';
import { benchKafkaLog } from '../ts/bench/kafka-log.ts';
import type { LogRow } from '../ts/bench/log-rows.ts';
import { longLab } from '../ts/bench/long-lab.ts';
import { benchReaders } from '../ts/bench/readers.ts';
import { table } from '../ts/cli/table.ts';
import { readLabFile } from '../ts/topology/read-lab-file.ts';
import { canonicalJson } from '../ts/values/canonical-json.ts';
import { Broker, FAST_SETTINGS } from './kafka-broker.ts';
import { canHaveKafka } from './kafka-jars.ts';

const LAB_FILE = 'labs/ha-assigned-mac.lab.yml';
/** Nobody has the address that its frames are for: every virtual second has something to record. */
const BUSY_LAB = `
name: busy
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24, mtu: 9000 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["a:eth0", "b:eth0"] } ]
flows: { dying: { from: a:eth0, to: 10.0.0.2, rate: 10, size: 9000 } }
duration: 10s
`;

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, format: { type: 'string', short: 'f', default: 'table' } },
});
const [events, samples] = values.quick ? [100_000, 2] : [1_000_000, 5];
/** As it is installed: `npm run build` makes it. */
const COMMAND_LINE = 'dist/ts/cli/bin.js';
/** Records held in memory, for codec and appends. */
const HELD = 100_000;

function definitionOf(path: string, text = readFileSync(path, 'utf8')): string {
  const read = readLabFile(text, path);
  if (!read.ok) throw new Error(`${path} is invalid`);
  return canonicalJson(read.file.lab);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function kafkaRows(definition: string): Promise<LogRow[]> {
  if (!canHaveKafka()) {
    say('skipped: Kafka, which needs Java 17 and Maven (apt-get install openjdk-17-jre-headless maven)');
    return [];
  }
  // Groups form at once: a default broker's three seconds of waiting for more members are no figure of the log.
  const broker = await Broker.start({ say, settings: FAST_SETTINGS });
  try {
    const rows = await benchKafkaLog({ brokers: [broker.address], prefix: 'bench', definition }, records, samples);
    return [...rows, ...(await benchKafkaCommands([broker.address], definition, samples))];
  } finally {
    await broker.dispose();
  }
}

function figure({ unit }: LogRow, value: number): string {
  return unit === 'ms' || unit === '%' ? value.toFixed(2) : Math.round(value).toLocaleString('en');
}

function tableOf(rows: readonly LogRow[]): string {
  const right = (head: string) => ({ head, align: 'right' }) as const;
  const columns = ['what', 'unit', right('median'), right('min'), right('max'), right('to reach')];
  return table(
    columns,
    rows.map((row) => {
      const [median, min, max] = [row.median, row.min, row.max].map((value) => figure(row, value));
      return [row.name, row.unit, median ?? '', min ?? '', max ?? '', row.target === null ? '' : figure(row, row.target)];
    }),
  );
}

const definition = definitionOf(LAB_FILE);
const history = (length: number) => longLab({ type: 'LabDefined', data: { definition, pacePermille: 0 } }, length);
const records = [...history(HELD)];
const logRows = [
  ...(await benchEmbeddedLog(records, history(events), events, samples)),
  ...(await benchReaders([COMMAND_LINE], history)),
  ...(await benchEmbeddedCommands(definition, definitionOf('busy', BUSY_LAB), samples)),
  ...(await kafkaRows(definition)),
];
const rows = [...(await benchCodec(records, samples)), ...logRows];
process.stdout.write(`${values.format === 'json' ? JSON.stringify(rows, null, 2) : tableOf(rows)}\n`);
