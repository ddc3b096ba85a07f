/** `switchback at LAB@MOMENT`: the state of a recorded lab at a position or a virtual time. */
import type { Command } from 'commander';
import type { EventLog } from '../log/event-log.ts';
import type { SnapshotStore } from '../log/snapshot-store.ts';
import { publishStateAt } from '../services/publish/publish-state.ts';
import { CliError, EXIT } from './errors.ts';
import { type DataOptions, dataOption, formatOption, type Moment, momentOf } from './options.ts';
import { print, printJson } from './output.ts';
import { stateText } from './state-tables.ts';
import { headOf, withStore } from './store.ts';

interface AtOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly recorded?: boolean;
}

export function addAt(program: Command): void {
  program
    .command('at')
    .summary('show a recorded lab at a position or a time')
    .description(
      'Shows a recorded lab at a moment: recorded state is folded from the log, derived state (counters, tables, flows) comes ' +
        'from re-execution up to that moment. LAB alone means its end.',
    )
    .argument('<lab@moment>', 'lab and moment: ha@98 (position), ha@12.5s (virtual time), or just ha')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .option('--recorded', 'recorded state only, without re-execution')
    .action(at);
}

async function at(target: string, options: AtOptions): Promise<void> {
  const { lab, moment } = parseTarget(target);
  const state = await withStore(options.data, async (log, snapshots) => {
    const { position: end } = await headOf(log, lab);
    await refuseBeyond(log, lab, moment, snapshots);
    const { stateAt } = await import('../services/ask/state-at.ts');
    return stateAt(log, lab, moment ?? { position: end }, { derived: options.recorded !== true, snapshots });
  });
  if (options.format === 'json') printJson(publishStateAt(state, moment));
  else print(stateText(state, moment));
}

/** @throws CliError for a position or a time that the lab does not have. */
export async function refuseBeyond(log: EventLog, lab: string, moment: Moment | null, snapshots?: SnapshotStore): Promise<void> {
  const { position: end } = await headOf(log, lab);
  if (moment === null) return;
  if ('position' in moment) {
    if (moment.position <= end) return;
    throw new CliError(EXIT.usage, `lab ${lab} ends at position ${end}; it has no position ${moment.position}`);
  }
  const { beyondEnd } = await import('../services/ask/lab-end.ts');
  const beyond = await beyondEnd(log, lab, moment.atNs, snapshots);
  if (beyond !== null) throw new CliError(EXIT.usage, beyond);
}

/** "ha@12.5s" as its parts; no moment means the end. */
export function parseTarget(target: string): { readonly lab: string; readonly moment: Moment | null } {
  const cut = target.lastIndexOf('@');
  if (cut < 0) return { lab: target, moment: null };
  return { lab: target.slice(0, cut), moment: momentOf(target.slice(cut + 1), target) };
}
