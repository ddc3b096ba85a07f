/** `switchback exec LAB COMMAND`: changes a living lab, or lets its time pass. */
import type { Command } from 'commander';
import { addLivingOptions, type LivingOptions, tellOutcome, withLivingLabs } from './living.ts';
import { formatOption } from './options.ts';

interface Options extends LivingOptions {
  readonly format: 'table' | 'json';
}

export function addExec(program: Command): void {
  const verb = program
    .command('exec')
    .summary('change a living lab, or let its time pass')
    .description(
      'Gives a living lab a command, as in the steps of a lab file ("crash fw1", "link down fw1:eth1"), or lets time pass ("step 5s"). ' +
        'Prints what follows from it, until the lab waits again. Exit code 1: the lab refused it, and says why.',
    )
    .argument('<lab>', 'name of a living lab')
    .argument('<command...>', 'the command, in one or several words');
  addLivingOptions(verb).addOption(formatOption('table', 'json')).action(exec);
}

async function exec(lab: string, words: readonly string[], options: Options): Promise<void> {
  await withLivingLabs(options, false, async (labs) => {
    await tellOutcome(lab, await labs.execute(lab, words.join(' '), options.id), options.format);
  });
}
