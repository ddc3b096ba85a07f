/** `switchback run FILE`: a lab file in virtual time, onto the embedded log, with its checks evaluated. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { LabEvent } from '../model/events/events.ts';
import type { RunReport } from '../services/living/run-lab.ts';
import { EXIT } from './errors.ts';
import { readRunnable } from './lab-file.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { count, counted, note, paint, print, printJson, span } from './output.ts';
import { progressTo, showReading, stormTeller } from './progress.ts';
import { checkLines, connectionTables, coreTable, flowTable, rateTable } from './report-tables.ts';
import { refuseMirror, withNewStore } from './store.ts';

interface RunOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly replace?: boolean;
  readonly timeline?: boolean;
}

export function addRun(program: Command): void {
  program
    .command('run')
    .summary('run a lab file in virtual time and record it')
    .description('Runs a lab file through its steps in virtual time, records every event, and evaluates its checks.')
    .argument('<file>', 'lab file (*.lab.yml)')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .option('--replace', 'forget an earlier lab of the same name')
    .option('--timeline', 'also print the time line (table format only)')
    .action(run);
}

async function run(path: string, options: RunOptions): Promise<void> {
  const file = await readRunnable(path, showReading(path));
  refuseMirror(options.data);
  const progress = progressTo(file.script.durationNs);
  const { runLab } = await import('../services/living/run-lab.ts');
  const events: LabEvent[] = [];
  const interruption = new AbortController();
  // From a terminal it comes twice, once by the process that watches over this one.
  const interrupt = (): void => interruption.abort();
  process.on('SIGINT', interrupt);
  const tellStorm = stormTeller(path, progress, 'Ctrl-C ends the run and keeps its log');
  const startMs = performance.now();
  const report = await withNewStore(options.data, (log) =>
    runLab(file, log, {
      replace: options.replace === true,
      signal: interruption.signal,
      onProgress: ({ atNs, frames }) => progress.at(atNs, frames),
      onEvent: (event) => {
        progress.at(event.atNs);
        tellStorm(event);
        if (options.timeline === true) events.push(event);
      },
    }),
  ).finally(() => progress.end());
  process.off('SIGINT', interrupt);
  if (options.format === 'json') printJson(report);
  else if (options.timeline === true) print(`${(await import('./timeline.ts')).timelineText(events)}\n`);
  if (report.interrupted) sayInterrupted(report, options.data, file.script.durationNs);
  else if (options.format === 'table') print(reportText(report, options.data, performance.now() - startMs));
  if (report.checks.some(({ pass }) => !pass)) process.exitCode = EXIT.failed;
}

/** What a run came to that was ended by Ctrl-C: all that was decided is recorded. */
function sayInterrupted({ lab, position, chain, virtualTimeNs }: RunReport, data: string, endNs: number): void {
  const dataFlag = data === '.switchback' ? '' : ` --data ${data}`;
  note(
    [
      `${lab}: interrupted at ${span(virtualTimeNs)} of ${span(endNs)} of virtual time, ${counted(position, 'event')} recorded, no checks evaluated`,
      `log    ${join(data, '/')} (lab ${lab}, positions 1 to ${position})`,
      `chain  ${chain}`,
      `next   switchback events ${lab}${dataFlag} -f timeline`,
    ].join('\n'),
  );
  process.exitCode = EXIT.interrupted;
}

/** Some time within a run, as people would type it. */
function halfway(endNs: number): string {
  return endNs >= 2e9 ? `${Math.floor(endNs / 2e9)}s` : `${Math.floor(endNs / 2e6)}ms`;
}

/** The result of a run, where it is stored, and what to do next. */
export function reportText(
  { lab, position, chain, virtualTimeNs, checks, flows, cores, frames }: RunReport,
  data: string,
  wallMs: number,
): string {
  const dataFlag = data === '.switchback' ? '' : ` --data ${data}`;
  const born = count(frames.born + frames.copied);
  const parts = [
    `${paint('strong', lab)}: ${span(virtualTimeNs)} of virtual time in ${span(Math.round(wallMs) * 1e6)}, ` +
      `${counted(position, 'event')}, ${born} frames, every frame accounted for: ${frames.holds ? 'yes' : paint('bad', 'NO')}`,
    checks.length === 0 ? 'the file has no checks' : checkLines(checks).join('\n'),
    ...(flows.length === 0 ? [] : [cores.length === 0 ? flowTable(flows) : rateTable(flows)]),
    ...connectionTables(flows),
    ...(cores.length === 0 ? [] : [coreTable(cores)]),
    [
      `log    ${join(data, '/')} (lab ${lab}, positions 1 to ${position})`,
      `chain  ${chain}`,
      'next   ' +
        [
          `switchback events ${lab}${dataFlag} -f timeline`,
          `switchback at ${lab}@${halfway(virtualTimeNs)}${dataFlag}`,
          `switchback verify ${lab}${dataFlag}`,
        ].join('\n       '),
    ].join('\n'),
  ];
  return parts.join('\n\n');
}
