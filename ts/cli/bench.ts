/** `switchback bench`: how fast this build is, here, beside C and JavaScript that do the same work. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Comparison } from '../bench/against.ts';
import type { BenchReport } from '../bench/bench.ts';
import { median, type Row } from '../bench/row.ts';
import { CliError, EXIT } from './errors.ts';
import { formatOption } from './options.ts';
import { count, counted, note, print, printJson } from './output.ts';
import { table } from './table.ts';

interface BenchOptions {
  readonly format: 'table' | 'json';
  readonly filter?: string;
  readonly quick?: boolean;
  readonly compare?: string;
  readonly save?: string;
  readonly against?: string;
  readonly pairs?: string;
}

/** Enough for a median whose quartiles say whether 3 % is a difference; all rows take about four minutes. */
const PAIRS = 9;

export function addBench(program: Command): void {
  program
    .command('bench')
    .summary('measure this build')
    .description(
      'Measures forwarding, host calls, the engine, its state and the debugger, in about two minutes. Learning switches, NICs and a firewall with sessions are ' +
        'compared with C (when gcc is there) doing the same work, switches and NICs with JavaScript, too; every row shows the digest of what was delivered. Ratios are rates: ' +
        '1.2 is 20 % faster than the baseline. Compare ratios, not absolutes, across machines.',
    )
    .option('--filter <text>', 'only benchmarks with this in their name')
    .option('--quick', 'about 10 s: fewer and shorter samples')
    .option('--compare <file>', 'show the change since a saved report (bench/baseline.json)')
    .option('--save <file>', 'save the rows as JSON, to compare with later')
    .option('--against <dir>', 'compare with another build, in interleaved pairs: a checkout or installed package, built')
    .option('--pairs <n>', `with --against: pairs of each benchmark (default: ${PAIRS})`)
    .addOption(formatOption('table', 'json'))
    .action((options: BenchOptions) => (options.against === undefined ? measure(options) : compare(options, options.against)));
}

async function measure(options: BenchOptions): Promise<void> {
  if (options.pairs !== undefined) throw new CliError(EXIT.usage, '--pairs belongs to --against');
  const { filter, quick = false, compare, save, format } = options;
  const saved = compare === undefined ? null : readSaved(compare);
  const { runBenchmarks } = await import('../bench/bench.ts');
  const onRow = ({ name }: Row) => void (process.stderr.isTTY === true && note(`measured  ${name}`));
  const report = await runBenchmarks({ quick, note, onRow, ...(filter === undefined ? {} : { filter }) });
  if (report.rows.length === 0)
    throw new CliError(EXIT.usage, `no benchmark has "${filter ?? ''}" in its name, or none can run here`);
  if (save !== undefined) writeFileSync(save, `${JSON.stringify(report.rows, null, 2)}\n`);
  if (format === 'json') printJson(report.rows);
  else printReport(report, saved);
}

async function compare(options: BenchOptions, folder: string): Promise<void> {
  const { filter, format, pairs = `${PAIRS}` } = options;
  for (const other of ['compare', 'save', 'quick'] as const)
    if (options[other] !== undefined) throw new CliError(EXIT.usage, `--against cannot be combined with --${other}`);
  if (!/^[1-9]\d{0,3}$/.test(pairs)) throw new CliError(EXIT.usage, `--pairs: "${pairs}" is not a number from 1 to 9999`);
  const { builtRoot, compareBuilds } = await import('../bench/against.ts');
  const root = builtRoot(folder);
  if (root === null)
    throw new CliError(
      EXIT.usage,
      `--against: no build in ${folder}; expected a checkout or an installed package with dist/ in it`,
    );
  const onRow = ({ name, ratio: speed }: Comparison) => void (process.stderr.isTTY === true && note(`${ratio(speed)}  ${name}`));
  const rows = await compareBuilds(root, { pairs: Number(pairs), note, onRow, ...(filter === undefined ? {} : { filter }) });
  if (rows.length === 0) throw new CliError(EXIT.usage, `no benchmark of both builds has "${filter ?? ''}" in its name`);
  if (format === 'json') printJson(rows);
  else printComparisons(rows);
}

/** Rows saved before. @throws CliError when the file is no saved report. */
function readSaved(path: string): readonly Row[] {
  const text = readFileSync(path, 'utf8');
  const rows = parsed(text);
  if (Array.isArray(rows) && rows.every(isRow)) return rows;
  throw new CliError(EXIT.usage, `--compare: ${path} is no saved report; make one with --save`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && 'name' in value && 'median' in value && typeof value.median === 'number';
}

function printReport({ rows, wasm }: BenchReport, saved: readonly Row[] | null): void {
  const right = (head: string) => ({ head, align: 'right' as const });
  const columns = [
    'benchmark',
    right('median'),
    right('spread'),
    'unit',
    right('samples'),
    right('to C'),
    right('to JS'),
    'digest',
  ];
  const lines = rows.map((row) => [
    row.name,
    figure(row.median, row.unit),
    `${figure(row.min, row.unit)} - ${figure(row.max, row.unit)}`,
    row.unit.endsWith('/s') ? `M ${row.unit}` : row.unit,
    row.samples,
    ratio(row.ratioToC),
    ratio(row.ratioToJs),
    row.digest,
    ...(saved === null ? [] : [change(row, saved)]),
  ]);
  print(table(saved === null ? columns : [...columns, right('since')], lines));
  print(`wasm  sha256 ${wasm}, the one that labs run`);
}

function printComparisons(rows: readonly Comparison[]): void {
  const right = (head: string) => ({ head, align: 'right' as const });
  const heads = ['ratio', 'quartiles', 'range', 'best', 'pairs', 'this build', 'the other'];
  const columns = ['benchmark', ...heads.map(right), 'unit', 'digest'];
  const lines = rows.map((row) => [
    row.name,
    row.ratio.toFixed(3),
    `${row.lower.toFixed(3)} - ${row.upper.toFixed(3)}`,
    `${row.min.toFixed(3)} - ${row.max.toFixed(3)}`,
    row.best.toFixed(3),
    row.pairs.length,
    figure(median(row.pairs.map(([own]) => own)), row.unit),
    figure(median(row.pairs.map(([, other]) => other)), row.unit),
    row.unit.endsWith('/s') ? `M ${row.unit}` : row.unit,
    row.digest === row.otherDigest ? row.digest : `DIFFERS: ${row.digest}, other ${row.otherDigest}`,
  ]);
  print(table(columns, lines));
  print('ratio  speed of this build as a share of the other, median of the pairs: 1.02 is 2 % faster; best: of the best samples');
  const different = rows.filter(({ digest, otherDigest }) => digest !== otherDigest);
  if (different.length > 0) note(`${counted(different.length, 'benchmark')} did not deliver the same in both builds`);
}

/** Rates in millions; else as many digits as say something. */
function figure(value: number, unit: Row['unit']): string {
  if (unit.endsWith('/s')) return (value / 1e6).toFixed(2);
  return Math.abs(value) >= 1000 ? count(Math.round(value)) : value.toFixed(2);
}

function ratio(value: number | null): string {
  return value === null ? '' : value.toFixed(2);
}

/** Since the saved report: of the ratio to C where there is one, else of the median. */
function change(row: Row, saved: readonly Row[]): string {
  const before = saved.find(({ name }) => name === row.name);
  if (before === undefined) return 'new';
  const [now, then] =
    row.ratioToC !== null && before.ratioToC !== null ? [row.ratioToC, before.ratioToC] : [row.median, before.median];
  const percent = (now / then - 1) * 100;
  return Number.isFinite(percent) ? `${percent < 0 ? '' : '+'}${percent.toFixed(0)} %` : '';
}
