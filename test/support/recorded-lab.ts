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

/** Runs a lab file to its end. @param checkpoints whether its inputs carry hashes of the state before them, as a living lab's do */
export function recordsOf({ lab, script }: LabFile, { checkpoints = false } = {}): LogRecord[] {
  playsLab();
  const engine = createEngine();
  const records: LogRecord[] = [];
  for (const input of scriptInputs(lab, script)) {
    engine.receive(input, { checkpoint: checkpoints });
    engine.step();
    for (const { event, body, chain, checkpoint } of engine.take()) {
      records.push({ position: event.position, body, chain, recordedAtMs: 0, commandId: '', checkpoint, settled: true });
    }
  }
  return records;
}

/** Two hosts on one cable, with a flow of 100 frames a second; `script` is the rest of the file. */
export function cabledHosts(script: string): LabFile {
  return twoHosts('', '{ endpoints: ["a:eth0", "b:eth0"] }', script);
}

/** The same two hosts on a switch. */
export function switchedHosts(script: string): LabFile {
  const links = '{ endpoints: ["a:eth0", "sw:p1"] }, { endpoints: ["b:eth0", "sw:p2"] }';
  return twoHosts('sw: { kind: switch }', links, script);
}

/** @param between the node between them, if there is one */
function twoHosts(between: string, links: string, script: string): LabFile {
  return labOf(`
name: small
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    ${between}
  links: [${links}]
flows:
  web: { from: a:eth0, to: 10.0.0.2, rate: 100 }
${script}`);
}
