/** `switchback diff A B`: two recorded labs, or one at two moments, side by side. */
import type { Command } from 'commander';
import { parseTarget, refuseBeyond } from './at.ts';
import { differenceText } from './difference-text.ts';
import { EXIT } from './errors.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { print, printJson } from './output.ts';
import { headOf, withStore } from './store.ts';

interface DiffOptions extends DataOptions {
  readonly format: 'table' | 'json';
}

export function addDiff(program: Command): void {
  program
    .command('diff')
    .summary('compare two recorded labs, or two moments of one')
    .description(
      'Compares two recorded labs at two moments: what they were defined as, where they first part, events, recorded and derived state, ' +
        'and the frames that each flow lost or gained. Positions, names and derived MACs make no difference. Exits with 1 when there is one.',
    )
    .argument('<a@moment>', 'lab and moment: ha@98 (position), ha@12.5s (virtual time), or just ha for its end')
    .argument('<b@moment>', 'what it is compared with')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .action(diff);
}

async function diff(a: string, b: string, options: DiffOptions): Promise<void> {
  const [left, right] = [parseTarget(a), parseTarget(b)];
  const difference = await withStore(options.data, async (log, snapshots) => {
    for (const { lab, moment } of [left, right]) {
      await headOf(log, lab);
      await refuseBeyond(log, lab, moment, snapshots);
    }
    const { diffLabs } = await import('../services/ask/diff-labs.ts');
    return diffLabs(log, { lab: left.lab, until: left.moment }, { lab: right.lab, until: right.moment }, snapshots);
  });
  if (options.format === 'json') {
    const { publishDifference } = await import('../services/publish/publish-difference.ts');
    printJson(publishDifference(difference));
  } else print(differenceText(difference));
  if (!difference.same) process.exitCode = EXIT.failed;
}
