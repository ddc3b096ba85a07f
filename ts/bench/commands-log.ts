/**
 * Commands to living labs: how many a second are acknowledged, on one lab and on many, and how long one lab's command takes beside a lab
 * that steps for hours. On the embedded log with its syncs, or on whatever service is given.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '../log/embedded/index.ts';
import { openEmbeddedSnapshots } from '../log/embedded/snapshots.ts';
import { openMemoryLog } from '../log/memory.ts';
import { createMemorySnapshots } from '../log/memory-snapshots.ts';
import { openKafkaService } from '../services/kafka/kafka-service.ts';
import { createEmbeddedService } from '../services/living/embedded-service.ts';
import { ask } from '../services/living/lab-commands.ts';
import type { LabService } from '../services/living/lab-service.ts';
import { eventRates, type LogRow, logRow, percentile } from './log-rows.ts';

const COMMANDS = 500;
const LABS = 100;
/** Commands of one lab beside another that steps. */
const BESIDE = 100;
const RATE_TARGET = 300;
const BESIDE_MS_TARGET = 250;

/** @param definition of a lab with an interface fw1:eth1; @param busy of one that records something every virtual second. */
export async function benchEmbeddedCommands(definition: string, busy: string, samples: number): Promise<LogRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
  const log = await openEmbeddedLog(dir);
  const snapshots = openEmbeddedSnapshots(dir);
  const service = await createEmbeddedService({ log, snapshots, workers: 1, adopts: false });
  try {
    const rates = await rateRows('embedded', service, definition, samples, RATE_TARGET);
    return [...rates, await besideRow(service, definition, busy)];
  } finally {
    await service.close();
    await snapshots.close();
    await log.close();
    rmSync(dir, { recursive: true });
  }
}

/** The same rates over a broker: one controller, which also answers. */
export async function benchKafkaCommands(brokers: readonly string[], definition: string, samples: number): Promise<LogRow[]> {
  const service = await openKafkaService({
    brokers,
    prefix: 'bench-many-commands',
    partitions: 1,
    log: openMemoryLog(),
    snapshots: createMemorySnapshots(),
    roles: ['controller', 'reader'],
    workers: 1,
  });
  try {
    return await rateRows('Kafka', service, definition, samples, null);
  } finally {
    await service.close();
  }
}

async function rateRows(
  where: string,
  service: LabService,
  definition: string,
  samples: number,
  target: number | null,
): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  for (const labs of [1, LABS]) {
    const names = Array.from({ length: labs }, (_, index) => `many-${labs}-${index}`);
    for (const lab of names) await begin(service, lab, definition);
    const rates = await eventRates(COMMANDS, samples, (sample) => sendAll(service, names, sample));
    rows.push(logRow(`${where} commands, 500 at once to ${labs === 1 ? 'one lab' : `${labs} labs`}`, 'commands/s', rates, target));
  }
  return rows;
}

async function begin(service: LabService, lab: string, definition: string): Promise<void> {
  await ask(service, lab, { verb: 'deploy', definition, pacePermille: 0, replace: false });
}

async function sendAll(service: LabService, labs: readonly string[], sample: number): Promise<void> {
  const outcomes = await Promise.all(
    Array.from({ length: COMMANDS }, (_, index) => {
      const text = `link ${Math.floor(index / labs.length) % 2 === 0 ? 'down' : 'up'} fw1:eth1`;
      return ask(service, labs[index % labs.length] ?? '', { verb: 'execute', text }, { id: `s${sample}-${index}` });
    }),
  );
  const lost = outcomes.filter(({ status }) => status !== 'done' && status !== 'refused').length;
  if (lost > 0) throw new Error(`${lost} commands were not answered`);
}

async function besideRow(service: LabService, definition: string, busy: string): Promise<LogRow> {
  await begin(service, 'busy', busy);
  await begin(service, 'beside', definition);
  const stepped = new AbortController();
  const step = ask(service, 'busy', { verb: 'execute', text: 'step 2000h' }, { signal: stepped.signal });
  const tookMs: number[] = [];
  for (let command = 0; command < BESIDE; command++) {
    const startMs = performance.now();
    await ask(service, 'beside', { verb: 'execute', text: `link ${command % 2 === 0 ? 'down' : 'up'} fw1:eth1` });
    tookMs.push(performance.now() - startMs);
  }
  stepped.abort();
  if ((await step).status !== 'pending') throw new Error('the step ended before the commands beside it');
  await ask(service, 'busy', { verb: 'destroy', forget: true });
  return logRow('command beside a lab that steps for 2000 h, 99th percentile', 'ms', [percentile(tookMs, 0.99)], BESIDE_MS_TARGET);
}
