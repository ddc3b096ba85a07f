/** `switchback import FILE.sbk`: the lab in a bundle, recorded here. `import FILE.clab.yml`: a topology of containerlab as a lab file. */
import type { Command } from 'commander';
import type { OpenBytes } from '../services/bundle/file/bundle-file.ts';
import type { ImportOptions as How, Imported } from '../services/bundle/import-lab.ts';
import { openBundle } from './bundle-input.ts';
import { CliError, EXIT, usable } from './errors.ts';
import { addLivingOptions, type LivingOptions } from './living.ts';
import { formatOption } from './options.ts';
import { counted, note, paint, print, printJson } from './output.ts';
import type { RemoteServer } from './remote.ts';
import { refuseMirror, withNewStore } from './store.ts';

interface ImportOptions extends LivingOptions {
  readonly format: 'table' | 'json';
  readonly name?: string;
  readonly replace?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

const CLAB = /\.clab\.ya?ml$/;

export function addImport(program: Command): void {
  const verb = program
    .command('import')
    .summary('record the lab of a bundle here, or make a lab file of a containerlab topology')
    .description(
      'Reads a bundle, checks all of it, and records its lab under its own name or another one. What was recorded elsewhere is not ' +
        'proven by that: "switchback verify" decides every event again. Of a topology of containerlab (*.clab.yml) it makes a lab file (-o): nodes, ' +
        'links, MACs and addresses; nodes of other kinds become hosts, with a warning.',
    )
    .argument('<file>', 'bundle (*.sbk), or - for standard input; or a topology of containerlab (*.clab.yml)');
  addLivingOptions(verb)
    .addOption(formatOption('table', 'json'))
    .option('-n, --name <name>', 'name of the lab here (default: as in the bundle)')
    .option('--replace', 'forget an earlier lab of that name')
    .option('-o, --output <file>', 'of a topology: lab file to write, or - for standard output')
    .option('--force', 'of a topology: write over a lab file that is there')
    .action(importFrom);
}

async function importFrom(file: string, options: ImportOptions): Promise<void> {
  const { name, replace = false, output } = options;
  if (CLAB.test(file)) return (await import('./import-topology.ts')).importTopology(file, options);
  if (output !== undefined)
    throw new CliError(EXIT.usage, '-o goes with a topology of containerlab (*.clab.yml); a bundle is recorded');
  if (name !== undefined) {
    const { checkLabName } = await import('../log/checks.ts');
    usable(() => checkLabName(name), '--name: ');
  }
  const open = openBundle(file);
  const how = { replace, ...(name !== undefined && { name }) };
  const { findServer } = await import('./remote.ts');
  const server = await findServer(options);
  const imported = await (server === null ? importHere(open, how, options.data) : importThere(server, open, how, options.id));
  if (options.format === 'json') return printJson(imported);
  const { lab, positions, chain, snapshots } = imported;
  const dataFlag = options.data === '.switchback' ? '' : ` --data ${options.data}`;
  const beside = snapshots === undefined ? '' : `, with ${counted(snapshots.kept, 'snapshot')}`;
  print(`${paint('strong', lab)}: ${counted(positions, 'event')} imported${beside}`);
  for (const why of snapshots?.leftOut ?? []) note(`switchback: left out ${why}`);
  print(`chain  ${chain}\nnext   switchback verify ${lab}${dataFlag}`);
}

async function importHere(open: OpenBytes, how: How, data: string): Promise<Imported> {
  refuseMirror(data);
  const { importLab } = await import('../services/bundle/import-lab.ts');
  return withNewStore(data, (log, snapshots) => importLab(log, open, { ...how, snapshots }));
}

/** The same by the server that runs the labs. */
async function importThere(server: RemoteServer, open: OpenBytes, { name, replace = false }: How, id?: string): Promise<Imported> {
  const pieces: Uint8Array[] = [];
  for await (const piece of open()) pieces.push(piece);
  const json = await server.import(Buffer.concat(pieces), { replace, ...(name !== undefined && { name }) }, id);
  return json as unknown as Imported;
}
