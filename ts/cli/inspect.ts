/** `switchback inspect [LAB]`: which labs are recorded, or what one of them is at its end. */
import type { Command } from 'commander';
import { type EventLog, LogDamaged } from '../log/event-log.ts';
import { toHex } from '../model/chain.ts';
import { formatSeconds } from '../model/nanos.ts';
import { EXIT } from './errors.ts';
import { publishState } from './lab-at.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { note, paint, print, printJson } from './output.ts';
import { haTable, interfaceTable, neighbourTable, nodeTable } from './state-tables.ts';
import { headOf, withStore } from './store.ts';
import { table } from './table.ts';

interface InspectOptions extends DataOptions {
  readonly format: 'table' | 'json';
}

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .summary('list recorded labs, or show one at its end')
    .description('Lists recorded labs; with a lab, shows its nodes, interfaces, HA units and neighbours as they are at its end.')
    .argument('[lab]', 'name of a recorded lab')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .action((lab: string | undefined, options: InspectOptions) =>
      withStore(options.data, (log) => (lab === undefined ? list(log, options) : show(log, lab, options))),
    );
}

interface Listed {
  readonly lab: string;
  readonly position: number;
  readonly chain: string;
  readonly virtualTimeNs: number;
  /** Null for a lab that is whole, as far as its end tells. */
  readonly damage: string | null;
}

async function list(log: EventLog, { format }: InspectOptions): Promise<void> {
  const labs: Listed[] = [];
  for (const lab of await log.labs()) labs.push(await summaryOf(log, lab));
  if (format === 'json') printJson({ labs });
  else if (labs.length === 0) print('no lab is recorded here');
  else {
    const columns = ['lab', { head: 'positions', align: 'right' }, 'chain', { head: 'virtual time', align: 'right' }] as const;
    const rows = labs.map(({ lab, position, chain, virtualTimeNs, damage }) =>
      damage === null
        ? [lab, position, chain.slice(0, 16), formatSeconds(virtualTimeNs)]
        : [lab, '-', paint('bad', 'damaged'), '-'],
    );
    print(table(columns, rows));
  }
  const damaged = labs.flatMap(({ damage }) => damage ?? []);
  for (const damage of damaged) note(`switchback: ${damage}`);
  if (damaged.length > 0) process.exitCode = EXIT.damaged;
}

/** A lab's end, from its last record alone. */
async function summaryOf(log: EventLog, lab: string): Promise<Listed> {
  const { decodeBody } = await import('../model/codec.ts');
  try {
    const { position, chain } = await headOf(log, lab);
    let virtualTimeNs = 0;
    for await (const batch of log.read(lab, position)) {
      for (const { body } of batch) virtualTimeNs = decodeBody(body).atNs;
    }
    return { lab, position, chain: toHex(chain), virtualTimeNs, damage: null };
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    return { lab, position: error.position, chain: '', virtualTimeNs: 0, damage: error.message };
  }
}

async function show(log: EventLog, lab: string, { format }: InspectOptions): Promise<void> {
  const { position, chain } = await headOf(log, lab);
  const { stateAt } = await import('../services/state-at.ts');
  const { atNs, recorded } = await stateAt(log, lab, { position }, false);
  const state = publishState(recorded);
  const { nodes, interfaces, ha, neighbours } = state;
  if (format === 'json') return printJson({ lab, position, atNs, chain: toHex(chain), nodes, interfaces, ha, neighbours });
  const head = `${paint('strong', lab)}: ${position} events, ${formatSeconds(atNs)} s, chain ${toHex(chain).slice(0, 16)}`;
  const sections = [head, nodeTable(state), interfaceTable(state), haTable(state), neighbourTable(state)];
  print(sections.filter((section) => section !== '').join('\n\n'));
}
