/**
 * A process that works on an embedded store and may die of it: test/support/embedded-store.ts starts it, asks it on stdin and
 * reads its answers from stdout, one JSON value per line.
 *
 *   {"read": DIR, "labs": […]}   → what a full read finds, per lab
 *   {"append": DIR, "lab": NAME, "batch": N}   → every acknowledged position, until it is killed
 *   {"race": DIR, "lab": NAME, "rounds": N}    → how many single records it got in, competing with others
 */
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { openEmbeddedLog } from '../ts/log/embedded/index.ts';
import { AppendConflict, type EventLog, LogDamaged, type LogRecord } from '../ts/log/event-log.ts';
import { toHex } from '../ts/model/events/chain.ts';
import { chained, readAll } from './contract/records.ts';

/** Per lab: "12 <digest>", "absent", or "damaged: …"; `listed` likewise. */
export interface Findings {
  readonly listed: readonly string[] | string;
  readonly labs: Readonly<Record<string, string>>;
}

export interface Request {
  readonly read?: string;
  readonly labs?: readonly string[];
  readonly append?: string;
  readonly race?: string;
  readonly lab?: string;
  readonly batch?: number;
  readonly rounds?: number;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  if (request.read !== undefined) say(await findings(request.read, request.labs ?? []));
  if (request.append !== undefined) await appendForEver(request.append, request.lab ?? '', request.batch ?? 1);
  if (request.race !== undefined) say(await race(request.race, request.lab ?? '', request.rounds ?? 0));
}

async function findings(dir: string, names: readonly string[]): Promise<Findings> {
  let log: EventLog;
  try {
    log = await openEmbeddedLog(dir, { create: false });
  } catch (error) {
    const damage = damageText(error);
    return { listed: damage, labs: Object.fromEntries(names.map((name) => [name, damage])) };
  }
  try {
    const labs: Record<string, string> = {};
    for (const name of names) labs[name] = await log.head(name).then((head) => labText(log, name, head?.position), damageText);
    return { listed: await log.labs().catch(damageText), labs };
  } finally {
    await log.close();
  }
}

async function labText(log: EventLog, lab: string, position: number | undefined): Promise<string> {
  try {
    const records = await readAll(log, lab);
    if (records.length !== (position ?? 0)) return `${records.length} records, but the head is at ${position}`;
    return position === undefined ? 'absent' : `${records.length} ${digest(records)}`;
  } catch (error) {
    return damageText(error);
  }
}

function digest(records: readonly LogRecord[]): string {
  const hash = createHash('sha256');
  for (const record of records)
    hash.update(`${record.position} ${toHex(record.body)} ${toHex(record.chain)} ${record.recordedAtMs}\n`);
  return hash.digest('hex');
}

function damageText(error: unknown): string {
  if (error instanceof LogDamaged) return `damaged: ${error.message}`;
  return `unexpected: ${error instanceof Error ? error.stack : String(error)}`;
}

async function appendForEver(dir: string, lab: string, size: number): Promise<void> {
  const log = await openEmbeddedLog(dir);
  for (let last = (await readAll(log, lab)).at(-1) ?? null; ; ) {
    const records = chained(size, last);
    await log.append(lab, last?.position ?? 0, records);
    last = records.at(-1) ?? null;
    say(last?.position);
  }
}

async function race(dir: string, lab: string, rounds: number): Promise<number> {
  const log = await openEmbeddedLog(dir);
  let won = 0;
  while (won < rounds) {
    const last = (await readAll(log, lab, Math.max(1, (await log.head(lab))?.position ?? 1))).at(-1) ?? null;
    try {
      await log.append(
        lab,
        last?.position ?? 0,
        chained(1, last, () => `${process.pid} ${won}`),
      );
      won++;
    } catch (error) {
      if (!(error instanceof AppendConflict)) throw error;
    }
  }
  await log.close();
  return won;
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
