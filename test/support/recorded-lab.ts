/** A shipped lab as it is recorded: the records that a log would have. */
import { readFileSync } from 'node:fs';
import { scriptInputs } from '../../ts/engine/script.ts';
import type { LogRecord } from '../../ts/model/events/record.ts';
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { playsLab } from './played.ts';

/** A lab file of labs/, by its name. @throws when it is not valid. */
export function shippedLab(name: string): LabFile {
  return labOf(readFileSync(new URL(`../../labs/${name}.lab.yml`, import.meta.url), 'utf8'));
}

/** The lab file of a text. @throws with everything that is wrong with it. */
export function labOf(text: string): LabFile {
  const read = readLabFile(text, 'lab.yml');
  if (!read.ok) throw new Error(read.findings.map(({ message }) => message).join('\n'));
  return read.file;
}

/** Runs a lab file to its end. */
export function recordsOf({ lab, script }: LabFile): LogRecord[] {
  playsLab();
  const engine = createEngine();
  const records: LogRecord[] = [];
  for (const input of scriptInputs(lab, script)) {
    engine.receive(input, { checkpoint: false });
    engine.step();
    for (const { event, body, chain } of engine.take()) {
      records.push({ position: event.position, body, chain, recordedAtMs: 0, commandId: '', checkpoint: null, settled: true });
    }
  }
  return records;
}
