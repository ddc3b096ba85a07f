/** A lab with a real history: an engine decided it. */
import { readFileSync } from 'node:fs';
import { scriptInputs } from '../../ts/engine/script.ts';
import type { EventLog, LogRecord } from '../../ts/log/event-log.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';

export const TWO_HOSTS = readFileSync('test/cli/fixtures/two-hosts.lab.yml', 'utf8');

/** Runs the lab of two hosts through its file's steps, onto a log. */
export async function recordTwoHosts(log: EventLog, lab = 'two-hosts'): Promise<readonly LogRecord[]> {
  const result = readLabFile(TWO_HOSTS, 'two-hosts');
  if (!result.ok) throw new Error('two-hosts is invalid');
  const engine = createEngine();
  const records: LogRecord[] = [];
  for (const input of scriptInputs(result.file.lab, result.file.script)) {
    engine.receive(input);
    engine.step();
    for (const { event, body, chain, commandId, checkpoint } of engine.take()) {
      const { position } = event;
      records.push({ position, body, chain, recordedAtMs: 0, commandId, checkpoint, settled: true });
    }
  }
  await log.append(lab, 0, records);
  return records;
}
