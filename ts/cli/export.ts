/** `switchback export LAB -o FILE.sbk`: a recorded lab as one file; a test that holds it to its history; a link that the page opens. */
import { dirname, relative, sep } from 'node:path';
import type { Command } from 'commander';
import type { EventLog } from '../log/event-log.ts';
import type { Exported } from '../services/bundle/export-lab.ts';
import { writeAtomically } from './atomic-file.ts';
import { asUsage, CliError, EXIT } from './errors.ts';
import { readInput } from './input-file.ts';
import { readRunnable } from './lab-file.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { count, counted, note, paint, print, printJson, writeResult, writeText } from './output.ts';
import { headOf, withStore } from './store.ts';

interface ExportOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly output?: string;
  readonly file?: string;
  readonly test?: string;
  readonly link?: boolean;
  readonly withEngine?: boolean;
  readonly withSnapshots?: boolean;
  readonly perfetto?: boolean;
  readonly clab?: boolean;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .summary('write a recorded lab to one file, a bundle')
    .description(
      'Writes the whole history of a recorded lab to one file, which any Switchback can verify and import. It is a gzipped tar archive; ' +
        'the same history makes the same archive.',
    )
    .argument('<lab>', 'name of a recorded lab')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .option('-o, --output <file>', 'bundle to write (*.sbk), or - for standard output')
    .option('--with-engine', 'put the data plane of this build into the bundle, for those who have another one')
    .option('--with-snapshots', 'put snapshots into the bundle: whoever imports it finds any moment sooner')
    .option('--file <file>', 'the lab file that was run: for the checks of --test')
    .option('--test <file>', 'also write a vitest file that holds the bundle to its chain and to the checks of --file')
    .option('--link', 'print the lab as the fragment of a URL, which the page opens')
    .option('--perfetto', 'write a trace for ui.perfetto.dev instead: events, roles and carriers, with arrows from cause to event')
    .option('--clab', 'write a topology for containerlab instead: nodes, links, MACs and addresses')
    .action(exportTo);
}

async function exportTo(lab: string, options: ExportOptions): Promise<void> {
  refuseContradictions(options);
  if (options.perfetto === true) return trace(lab, options);
  if (options.clab === true) return topology(lab, options);
  const { output, test, link } = options;
  const toStdout = output === '-';
  const labFile = options.file === undefined ? null : await readLabText(options.file);
  const { exported, url } = await withStore(options.data, async (log) => {
    await headOf(log, lab);
    if (labFile !== null) await refuseOther(log, lab, options.file ?? '', labFile.file);
    const made = output === undefined ? null : await bundleTo(log, lab, output, options);
    return { exported: made, url: link === true ? await linkOf(log, lab) : null };
  });
  if (exported !== null && test !== undefined) {
    const { bundleTest } = await import('../services/bundle/bundle-test.ts');
    const text = bundleTest({ ...exported, bundle: besides(test, output ?? ''), labFile: labFile?.text ?? null });
    await writeAtomically(test, async (write) => write(new TextEncoder().encode(text)));
  }
  if (options.format === 'json' && !toStdout) {
    printJson({
      lab,
      ...(exported !== null && { file: output, ...exported }),
      ...(test !== undefined && { test }),
      ...(url !== null && { link: url }),
    });
  } else tellExport(options, exported, url);
}

async function trace(lab: string, { data, output = '-', format }: ExportOptions): Promise<void> {
  const { exportTrace } = await import('./export-trace.ts');
  const exported = await withStore(data, (log) => {
    const into = (write: (piece: Uint8Array) => void) => exportTrace(log, lab, write);
    return output === '-' ? into(writeResult) : writeAtomically(output, into);
  });
  if (output === '-') return;
  if (format === 'json') return printJson({ lab, file: output, ...exported });
  const { positions, bytes } = exported;
  print(
    `${paint('strong', lab)}: ${counted(positions, 'event')}, ${count(bytes)} bytes written to ${output}\nnext   open it in https://ui.perfetto.dev`,
  );
}

async function topology(lab: string, { data, output = '-', format }: ExportOptions): Promise<void> {
  const { exportTopology } = await import('./export-topology.ts');
  const { text, nodes, links, warnings } = await withStore(data, (log) => exportTopology(log, lab));
  if (format === 'table') for (const warning of warnings) note(`${lab}: ${warning}`);
  if (output === '-') return writeText(text);
  await writeAtomically(output, async (write) => write(new TextEncoder().encode(text)));
  if (format === 'json') return printJson({ lab, file: output, nodes, links, warnings });
  print(
    `${paint('strong', lab)}: ${counted(nodes, 'node')}, ${counted(links, 'link')} written to ${output}\nnext   containerlab deploy -t ${output}`,
  );
}

function refuseContradictions({ output, file, test, link, perfetto, clab, withEngine, withSnapshots }: ExportOptions): void {
  const ofBundle = {
    '--file': file,
    '--test': test,
    '--link': link,
    '--with-engine': withEngine,
    '--with-snapshots': withSnapshots,
  };
  if (perfetto === true || clab === true) {
    const what = perfetto === true ? '--perfetto' : '--clab';
    if (perfetto === true && clab === true) throw new CliError(EXIT.usage, '--perfetto and --clab exclude each other');
    if (output === undefined) throw new CliError(EXIT.usage, `${what} needs -o FILE, or -o - for standard output`);
    const other = Object.entries(ofBundle).find(([, one]) => one !== undefined);
    if (other !== undefined) throw new CliError(EXIT.usage, `${what} and ${other[0]} exclude each other`);
    return;
  }
  if (output === undefined && withSnapshots === true) throw new CliError(EXIT.usage, '--with-snapshots needs -o');
  if (output === undefined && link !== true) throw new CliError(EXIT.usage, 'expected -o FILE, or --link');
  if (test !== undefined && (output === undefined || output === '-'))
    throw new CliError(EXIT.usage, '--test needs -o with the name of a file');
  if (output === '-' && link === true) throw new CliError(EXIT.usage, '-o - and --link both write to standard output');
  if (output === '-' && process.stdout.isTTY === true)
    throw new CliError(EXIT.usage, 'a bundle is binary: pipe it on, or name a file');
}

async function readLabText(
  path: string,
): Promise<{ readonly text: string; readonly file: Awaited<ReturnType<typeof readRunnable>> }> {
  const file = await readRunnable(path);
  return { file, text: readInput(path).toString('utf8') };
}

/** @throws CliError where the lab file is not the one that was run: its checks and its link would be about another history. */
async function refuseOther(
  log: EventLog,
  lab: string,
  path: string,
  file: Awaited<ReturnType<typeof readRunnable>>,
): Promise<void> {
  const { courseParts } = await import('../services/bundle/same-course.ts');
  const parts = await courseParts(log, lab, file);
  if (parts !== null) throw new CliError(EXIT.usage, `--file: ${path} is not what lab ${lab} was run from: ${parts}`);
}

async function bundleTo(log: EventLog, lab: string, output: string, options: ExportOptions): Promise<Exported> {
  const { withEngine = false, withSnapshots = false } = options;
  const { exportLab } = await import('../services/bundle/export-lab.ts');
  const into = (write: (piece: Uint8Array) => void): Promise<Exported> =>
    exportLab(log, lab, write, { withEngine, withSnapshots }).catch((error: unknown) => asUsage(error, '--with-engine: '));
  return output === '-' ? into(writeResult) : writeAtomically(output, into);
}

async function linkOf(log: EventLog, lab: string): Promise<string> {
  const { labLink } = await import('../services/bundle/lab-link.ts');
  return labLink(log, lab).catch((error: unknown) => asUsage(error, '--link: '));
}

/** The bundle as a module beside it names it. */
function besides(test: string, bundle: string): string {
  const path = relative(dirname(test), bundle).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

function tellExport({ output, test }: ExportOptions, exported: Exported | null, link: string | null): void {
  const tell = output === '-' ? note : print;
  if (exported !== null) {
    const { lab, positions, chain, bytes, snapshots } = exported;
    const place = output === '-' ? 'standard output' : output;
    tell(`${paint('strong', lab)}: ${counted(positions, 'event')}, ${count(bytes)} bytes written to ${place}`);
    if (snapshots === 0) note(`switchback: no snapshots: lab ${lab} has no checkpoints of this engine that it comes to again`);
    else if (snapshots !== undefined) tell(`with   ${counted(snapshots, 'snapshot')}`);
    if (test !== undefined) tell(`test   ${test}`);
    tell(`chain  ${chain}${output === '-' ? '' : `\nnext   switchback verify ${output}`}`);
  }
  if (link !== null) print(link);
}
