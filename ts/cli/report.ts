/** `switchback report LAB[@MOMENT] -o FILE.html`: picture, time line, checks and losses of a recorded lab in one page for a ticket. */
import type { Command } from 'commander';
import { lineOf } from '../services/publish/describe-event.ts';
import { parseTarget, refuseBeyond } from './at.ts';
import { writeAtomically } from './atomic-file.ts';
import { CliError, EXIT } from './errors.ts';
import { readRunnable } from './lab-file.ts';
import { type DataOptions, dataOption } from './options.ts';
import { writeText } from './output.ts';
import { headOf, withStore } from './store.ts';

interface ReportOptions extends DataOptions {
  readonly output?: string;
  readonly file?: string;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .summary('write what happened in a recorded lab as one page, for a ticket')
    .description(
      'Writes one HTML file without scripts: the picture of a moment, a time line of roles, power and losses, the verdicts of checks, and for ' +
        'each loss of a flow its causes, proven by reruns. It needs no network and no other file.',
    )
    .argument('<lab@moment>', 'lab, and the moment of the picture: ha@98 (position), ha@12.5s (virtual time), or just ha')
    .addOption(dataOption())
    .option('-o, --output <file>', 'file to write; default: standard output')
    .option('--file <file>', 'the lab file that was run, for its checks')
    .action(report);
}

async function report(target: string, options: ReportOptions): Promise<void> {
  const { lab, moment } = parseTarget(target);
  const file = options.file === undefined ? null : await readRunnable(options.file);
  const text = await withStore(options.data, async (log, snapshots) => {
    await headOf(log, lab);
    await refuseBeyond(log, lab, moment, snapshots);
    if (file !== null) {
      const { courseParts } = await import('../services/bundle/same-course.ts');
      const parts = await courseParts(log, lab, file);
      if (parts !== null) throw new CliError(EXIT.usage, `--file: ${options.file} is not what lab ${lab} was run from: ${parts}`);
    }
    const [{ reportLab }, { reportText }] = await Promise.all([
      import('../services/picture/report-lab.ts'),
      import('../picture/report.ts'),
    ]);
    return reportText(await reportLab(log, { lab, until: moment, file, describe: lineOf }, snapshots));
  });
  if (options.output === undefined || options.output === '-') writeText(text);
  else await writeAtomically(options.output, async (write) => write(new TextEncoder().encode(text)));
}
