/** `switchback export LAB --clab -o FILE.clab.yml`: the network of a recorded lab, as it began, for containerlab. */
import type { EventLog } from '../log/event-log.ts';
import { decodeBody } from '../model/events/codec.ts';
import type { Lab } from '../model/lab/lab.ts';
import { type ExportedClab, exportClab } from '../topology/clab/export-clab.ts';
import { CliError, EXIT } from './errors.ts';
import { headOf } from './store.ts';

export async function exportTopology(log: EventLog, lab: string): Promise<ExportedClab> {
  await headOf(log, lab);
  for await (const [first] of log.read(lab, 1, 1)) {
    const event = first === undefined ? null : decodeBody(first.body);
    if (event?.type === 'LabDefined') return exportClab(lab, JSON.parse(event.data.definition) as Lab);
  }
  throw new CliError(EXIT.damaged, `lab ${lab} does not begin with its definition`);
}
