/** `switchback bisect LAB --check EXPR`: the first event with which an expectation turns false. */
import type { Command } from 'commander';
import type { BisectedLab } from '../services/debug/bisect-lab.ts';
import { textOf, whoOf } from '../services/publish/describe-event.ts';
import { formatSeconds } from '../values/nanos.ts';
import { asUsage, EXIT } from './errors.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { counted, paint, print, printJson } from './output.ts';
import { headOf, withStore } from './store.ts';

interface BisectOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly check: string;
}

export function addBisect(program: Command): void {
  program
    .command('bisect')
    .summary('find the first event with which an expectation turns false')
    .description(
      'Finds the first event of a recorded lab with which an expectation turns false, after it was true. Expectations are written as in ' +
        '"validate" of a lab file, without times. Exits with 1 when there is no such event.',
    )
    .argument('<lab>', 'name of a recorded lab')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .requiredOption('--check <expectation>', 'such as "{ ha: fw1, state: active }" or "{ flow: up, lost: { max: 3 } }"')
    .action(bisect);
}

async function bisect(lab: string, options: BisectOptions): Promise<void> {
  const found = await withStore(options.data, async (log) => {
    await headOf(log, lab);
    const { bisectLab } = await import('../services/debug/bisect-lab.ts');
    return bisectLab(log, lab, options.check).catch((error: unknown) => asUsage(error, '--check: '));
  });
  if (options.format === 'json') {
    const { publishBisected } = await import('../services/debug/publish-difference.ts');
    printJson(publishBisected(found));
  } else print(bisectText(found, options.data));
  if (found.status !== 'turned') process.exitCode = EXIT.failed;
}

function bisectText({ lab, check, events, status, event, seen, trueSince }: BisectedLab, data: string): string {
  const asked = `${check}: ${counted(events, 'event')} of ${lab}`;
  if (status === 'never') return `${asked}, true at none`;
  if (event === null) return `${asked}, true from #${trueSince} to the end`;
  const dataFlag = data === '.switchback' ? '' : ` --data ${data}`;
  return [
    `${asked}, true from #${trueSince}, false with`,
    paint('bad', `  #${event.position}  ${formatSeconds(event.atNs)}  ${event.type}  ${whoOf(event)}  ${textOf(event)}`),
    `  ${seen}`,
    `next   switchback at ${lab}@${event.position}${dataFlag}`,
  ].join('\n');
}
