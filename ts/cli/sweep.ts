/** `switchback sweep FILE`: a lab file run with each value of a range: the moment of a step, a property, a seed. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { SweptRun } from '../debug/sweep.ts';
import type { Variant } from '../services/debug/sweep-labs.ts';
import { formatSeconds } from '../values/nanos.ts';
import { writeAtomically } from './atomic-file.ts';
import { CliError, EXIT, usable } from './errors.ts';
import { readInput } from './input-file.ts';
import { readRunnable } from './lab-file.ts';
import { formatOption, timeOf } from './options.ts';
import { count, counted, paint, print, printJson, span } from './output.ts';
import { csvLine, table } from './table.ts';

interface SweepOptions {
  readonly format: 'table' | 'json' | 'csv';
  readonly step?: string;
  readonly from?: string;
  readonly to?: string;
  readonly count: string;
  readonly property?: string;
  readonly values?: string;
  readonly seeds?: string;
  readonly workers?: string;
  readonly output?: string;
}

/** Runs of one sweep. */
const RUNS_MAX = 10_000;

export function addSweep(program: Command): void {
  program
    .command('sweep')
    .summary('run a lab file with each value of a range')
    .description(
      'Runs a lab file once with each value of a range, several at a time: a step at other moments (--step, --from, --to), a property with other ' +
        'values (--property, --values), or other seeds (--seeds). Nothing is recorded; each chain is that of "run" with this value in the file.',
    )
    .argument('<file>', 'lab file (*.lab.yml)')
    .addOption(formatOption('table', 'json', 'csv'))
    .option('--step <command>', 'a step of the file, to be given at other times')
    .option('--from <time>', 'first time of the step')
    .option('--to <time>', 'last time of the step')
    .option('--count <n>', 'how many times, both ends among them', '10')
    .option('--property <path>', 'a property of the file, with dots: topology.nodes.fw1.packet-io')
    .option('--values <values>', 'its values, separated by commas')
    .option('--seeds <range>', 'seeds of the file, such as 1-50')
    .option('--workers <n>', 'runs at a time (default: one a processor)')
    .option('-o, --output <file>', 'write a strip of the longest gaps as SVG')
    .action(sweep);
}

async function sweep(path: string, options: SweepOptions): Promise<void> {
  const ways = [options.step, options.property, options.seeds].filter((one) => one !== undefined);
  if (ways.length !== 1) throw new CliError(EXIT.usage, 'expected one of --step, --property and --seeds');
  const workers = options.workers === undefined ? availableParallelism() : whole(options.workers, '--workers', 64);
  const { lab, runs } =
    options.step === undefined ? await byText(path, options, workers) : await byStep(path, options.step, options, workers);
  const title = options.step ?? options.property ?? 'seed';
  if (options.output !== undefined) {
    const { stripSvg } = await import('../debug/sweep.ts');
    await writeAtomically(options.output, async (write) => write(new TextEncoder().encode(stripSvg(title, runs))));
  }
  if (options.format === 'json') printJson({ lab, of: title, runs });
  else print(options.format === 'csv' ? csvText(runs) : tableText(lab, title, runs));
}

/** What a sweep comes to. */
interface Swept {
  readonly lab: string;
  readonly runs: readonly SweptRun[];
}

async function byStep(path: string, step: string, { from, to, count: number }: SweepOptions, workers: number): Promise<Swept> {
  if (from === undefined || to === undefined) throw new CliError(EXIT.usage, '--step needs --from and --to');
  const [fromNs, toNs] = [timeOf(from, '--from'), timeOf(to, '--to')];
  if (fromNs > toNs) throw new CliError(EXIT.usage, `--from ${from} is after --to ${to}`);
  const file = await readRunnable(path);
  const [{ momentsOf, withStepAt }, { sweepMoments }] = await Promise.all([
    import('../debug/sweep.ts'),
    import('../services/debug/sweep-labs.ts'),
  ]);
  const times = momentsOf(fromNs, toNs, whole(number, '--count', RUNS_MAX));
  // A time that cannot be is refused before anything runs.
  usable(() => {
    for (const atNs of times) withStepAt(file, step, atNs);
  }, '--step: ');
  const moments = times.map((atNs) => ({ value: secondsText(atNs), atNs }));
  return { lab: file.name, runs: await sweepMoments(file, step, moments, Math.min(workers, moments.length)) };
}

/** By values that stand in the text of the file. @throws CliError for one with which the file is invalid */
async function byText(path: string, { property, values, seeds }: SweepOptions, workers: number): Promise<Swept> {
  if (property !== undefined && values === undefined) throw new CliError(EXIT.usage, '--property needs --values');
  await readRunnable(path);
  const [{ withValue }, { readLabFile }, { sweepLabs }] = await Promise.all([
    import('../services/debug/changed-file.ts'),
    import('../topology/read-lab-file.ts'),
    import('../services/debug/sweep-labs.ts'),
  ]);
  const text = readInput(path).toString('utf8');
  const all = property === undefined ? seedsOf(seeds ?? '') : (values ?? '').split(',').map((one) => one.trim());
  const variants = all.map((value): Variant => {
    const read = readLabFile(withValue(text, property ?? 'seed', value), path);
    if (read.ok) return { value, file: read.file };
    const [finding] = read.findings;
    throw new CliError(EXIT.failed, `with ${property ?? 'seed'} ${value} the file is invalid: ${finding?.message ?? ''}`);
  });
  const runs = await sweepLabs(variants, Math.min(workers, variants.length));
  return { lab: variants[0]?.file.name ?? '', runs };
}

function seedsOf(range: string): string[] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(range) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from > to || to - from >= RUNS_MAX) {
    throw new CliError(EXIT.usage, `--seeds: "${range}" is no range; expected FIRST-LAST, such as 1-50`);
  }
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
}

function whole(text: string, what: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new CliError(EXIT.usage, `${what}: expected a whole number from 1 to ${max}, got "${text}"`);
}

function secondsText(ns: number): string {
  return `${formatSeconds(ns).replace(/\.?0+$/, '')}s`;
}

function csvText(runs: readonly SweptRun[]): string {
  const lines = runs.map(({ value, lost, longestGapNs, failed, position, chain }) =>
    csvLine([value, lost, longestGapNs, failed.join(' '), position, chain]),
  );
  return ['value,lost,longestGapNs,failed,position,chain', ...lines].join('\n');
}

function tableText(lab: string, title: string, runs: readonly SweptRun[]): string {
  const gaps = runs.map(({ longestGapNs }) => longestGapNs);
  const numbers = ['lost', 'longest gap', 'events'].map((head) => ({ head, align: 'right' }) as const);
  const rows = runs.map(({ value, lost, longestGapNs, position, failed, chain }) => [
    value,
    count(lost),
    span(longestGapNs),
    count(position),
    failed.length === 0 ? '-' : paint('bad', failed.join(', ')),
    chain.slice(0, 12),
  ]);
  return [
    table([title, ...numbers, 'failed checks', 'chain'], rows),
    `${lab}: ${counted(runs.length, 'run')}, longest gap ${span(Math.min(...gaps))} to ${span(Math.max(...gaps))}`,
  ].join('\n\n');
}
