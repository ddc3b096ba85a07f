/** `switchback exec LAB COMMAND`: changes a living lab, or lets its time pass. */
import type { Command } from 'commander';
import { wordsOf } from '../model/commands/read.ts';
import { CliError, EXIT } from './errors.ts';
import { addLivingOptions, type LivingOptions, tellOutcome, withLivingLabs } from './living.ts';
import { formatOption } from './options.ts';
import { print } from './output.ts';

interface Options extends LivingOptions {
  readonly format: 'table' | 'json' | 'timeline';
}

export function addExec(program: Command): void {
  const verb = program
    .command('exec')
    .summary('change a living lab, or let its time pass')
    .description(
      'Gives a living lab a command, as in the steps of a lab file ("crash fw1", "link down fw1:eth1"), or lets time pass ("step 5s"). ' +
        'Prints what follows from it, until the lab waits again. "exec LAB help" lists all commands, "exec LAB help VERB" explains one. ' +
        'Exit code 1: the lab refused it, on record, and says why. Exit code 2: it is not a command; nothing is recorded.',
    )
    .argument('<lab>', 'name of a living lab')
    .argument('<command...>', 'the command, in one or several words');
  addLivingOptions(verb)
    .addOption(formatOption('table', 'json', 'timeline'))
    .action(exec);
}

async function exec(lab: string, words: readonly string[], options: Options): Promise<void> {
  const [first, verb] = wordsOf(words.join(' '));
  if (first === 'help') return help(verb);
  await withLivingLabs(options, false, async (labs) => {
    const outcome = await untilInterrupted(lab, labs.execute(lab, words.join(' '), options.id));
    await tellOutcome(lab, outcome, options.format);
  });
}

/** The outcome, unless Ctrl-C comes first. @throws CliError then; closing the lab cuts the step off and keeps what is recorded of it */
async function untilInterrupted<T>(lab: string, outcome: Promise<T>): Promise<T> {
  const told = new AbortController();
  const interrupt = (): void => told.abort();
  // From a terminal it comes twice, once by the process that watches over this one.
  process.on('SIGINT', interrupt);
  const interrupted = new Promise<never>((_, reject) => {
    const message = `${lab}: interrupted; what was recorded stays, and the lab's next command finishes the step`;
    told.signal.addEventListener('abort', () => reject(new CliError(EXIT.interrupted, message)));
  });
  return await Promise.race([outcome, interrupted]);
}

/** The grammar, of all commands or of one. No lab is opened and nothing recorded. */
async function help(verb: string | undefined): Promise<void> {
  const { LIVING_FAMILIES } = await import('../model/commands/command.ts');
  const { helpOf, helpOn } = await import('../model/commands/help.ts');
  if (verb === undefined) return print(helpOf(LIVING_FAMILIES));
  const found = helpOn(LIVING_FAMILIES, verb);
  if ('error' in found) throw new CliError(EXIT.usage, found.error);
  print(found.help);
}
