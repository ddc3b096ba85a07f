/** Labs and commands that campaigns give to the product, and what their histories must be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventLog, LogRecord } from '../../ts/log/event-log.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { createMemorySnapshots } from '../../ts/log/memory-snapshots.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import { createEmbeddedService } from '../../ts/services/living/embedded-service.ts';
import { ask } from '../../ts/services/living/lab-commands.ts';
import type { LabService } from '../../ts/services/living/lab-service.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import type { Tally } from './campaign.ts';
import { ROOT } from './processes.ts';
import type { Random } from './random.ts';

/** The lab that most campaigns change: two firewalls, two vSwitches, three flows. */
export const WORK_LAB = 'ha-assigned-mac';

export function labPath(name: string): string {
  return join(ROOT, `labs/${name}.lab.yml`);
}

/** A lab file under another name. */
export function labText(name: string, as: string): string {
  return readFileSync(labPath(name), 'utf8').replace(/^name: .*$/m, `name: ${as}`);
}

export function labOf(text: string): LabFile {
  const read = readLabFile(text, 'campaign.lab.yml');
  if (!read.ok) throw new Error(`invalid lab file: ${read.findings[0]?.message}`);
  return read.file;
}

const NODES = ['fw1', 'fw2', 'esx1', 'esx2'];
const CABLES = ['fw1:eth1', 'fw2:eth2', 'vsw1-in:up1', 'client1:eth0', 'fw1:ha1'];

/** A command to the lab above. Some are refused: a refusal is acknowledged like any other answer. */
export function commandOf(random: Random): string {
  if (random.chance(60)) return `step ${random.between(1, 400)}ms`;
  if (random.chance(60)) return `link ${random.pick(['up', 'down'])} ${random.pick(CABLES)}`;
  return `${random.pick(['crash', 'power-on'])} ${random.pick(NODES)}`;
}

/** What one lab was told: its commands in order, and which were acknowledged. The id of a command is its place. */
export class History {
  readonly commands: string[] = [];
  readonly acknowledged = new Set<string>();

  constructor(readonly lab: string) {}

  /** The id of the command with a number, from 1. */
  id(number: number): string {
    return `${this.lab}-${number}`;
  }

  /** Compares a lab's records with what was acknowledged, and with the lab that nothing disturbed. */
  async check(records: readonly LogRecord[], tally: Tally): Promise<void> {
    this.compare(records, await undisturbedChain(this.lab, this.commands), tally);
  }

  /** `undisturbed`: the chain that the lab must have, hex. */
  compare(records: readonly LogRecord[], undisturbed: string, tally: Tally): void {
    const seen = new Map<string, number>();
    for (const { commandId } of records) if (commandId !== '') seen.set(commandId, (seen.get(commandId) ?? 0) + 1);
    tally.acknowledged = (tally.acknowledged ?? 0) + this.acknowledged.size;
    for (const id of this.acknowledged) {
      if (seen.has(id)) continue;
      tally.lost++;
      tally.fault(this.lab, `acknowledged command ${id} is not in the log`);
    }
    for (const [id, times] of seen) {
      if (times === 1) continue;
      tally.doubled++;
      tally.fault(this.lab, `command ${id} has ${times} effects`);
    }
    const chain = toHex(records.at(-1)?.chain ?? new Uint8Array());
    tally.chains++;
    if (chain !== undisturbed) tally.fault(this.lab, `chain ${chain} at ${records.length}, undisturbed ${undisturbed}`);
  }
}

const undisturbed = openMemoryLog();
let service: Promise<LabService> | null = null;

/** The chain of a lab that was told the same in this process, which nothing disturbs. Names of labs are used once. */
async function undisturbedChain(lab: string, commands: readonly string[]): Promise<string> {
  service ??= createEmbeddedService({ log: undisturbed, snapshots: createMemorySnapshots(), workers: 1, adopts: true });
  const shared = await service;
  const { lab: definition } = labOf(labText(WORK_LAB, lab));
  await ask(shared, lab, { verb: 'deploy', definition: canonicalJson(definition), pacePermille: 0, replace: false });
  for (const text of commands) await ask(shared, lab, { verb: 'execute', text });
  return toHex((await undisturbed.head(lab))?.chain ?? new Uint8Array());
}

/** Ends what computes chains; a process with a worker does not end by itself. */
export async function closeUndisturbed(): Promise<void> {
  await (await service)?.close();
}

export async function recordsOf(log: EventLog, lab: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of log.read(lab)) records.push(...batch);
  return records;
}
