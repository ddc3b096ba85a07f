/** `switchback destroy LAB`: ends a living lab; its history stays, except with --cleanup. */
import type { Command } from 'commander';
import { addLivingOptions, type LivingOptions, tellOutcome, withLivingLabs } from './living.ts';
import { formatOption } from './options.ts';

interface Options extends LivingOptions {
  readonly format: 'table' | 'json';
  readonly cleanup?: boolean;
}

export function addDestroy(program: Command): void {
  const verb = program
    .command('destroy')
    .summary('end a living lab')
    .description('Ends a living lab for good. Its history stays and can be read and verified; --cleanup forgets it too.')
    .argument('<lab>', 'name of a lab');
  addLivingOptions(verb).addOption(formatOption('table', 'json')).option('-c, --cleanup', 'forget its history too').action(destroy);
}

async function destroy(lab: string, options: Options): Promise<void> {
  await withLivingLabs(options, false, async (labs) => {
    await tellOutcome(lab, await labs.destroy(lab, options.cleanup === true, options.id), options.format);
  });
}
