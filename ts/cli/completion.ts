/** `switchback completion SHELL`, and `complete`, which the shell asks at each press of the key. */
import { Argument, type Command } from 'commander';
import { decodeBody } from '../model/events/codec.ts';
import type { Lab } from '../model/lab/lab.ts';
import type { Lookups } from './completion/candidates.ts';
import { SHELLS, type Shell } from './completion/shells.ts';
import { dataOption } from './options.ts';
import { print, writeText } from './output.ts';
import { withStore } from './store.ts';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print what makes a shell complete this command')
    .description(
      'Prints a script that makes bash or zsh complete verbs, options, names of recorded labs, their nodes, interfaces and flows, and commands of ' +
        'living labs. For bash: source <(switchback completion bash). For zsh: source <(switchback completion zsh), after compinit.',
    )
    .addArgument(new Argument('<shell>', 'shell').choices(Object.keys(SHELLS)))
    .action((shell: Shell) => writeText(SHELLS[shell]));
  program
    .command('complete', { hidden: true })
    .description('Prints the words that may stand at the end of a command line, one a line. Scripts of "completion" ask it.')
    .argument('[words...]', 'the line behind "switchback"; the last word is the one to complete')
    .action((words: readonly string[]) => printCandidates(program, words));
}

async function printCandidates(program: Command, words: readonly string[]): Promise<void> {
  const { candidatesFor } = await import('./completion/candidates.ts');
  const word = words.at(-1) ?? '';
  const candidates = await candidatesFor(program, words, STORE);
  if (candidates === 'files') return;
  const fitting = candidates.filter((candidate) => candidate.startsWith(word));
  if (fitting.length > 0) print(fitting.join('\n'));
}

/** A store that is not there, or is damaged, has no names: whoever presses a key wants no message. */
const STORE: Lookups = {
  labs: (data) => withStore(directory(data), (log) => log.labs()).catch(() => []),
  lab: (data, name) =>
    withStore(directory(data), async (log): Promise<Lab | null> => {
      for await (const [first] of log.read(name, 1, 1)) {
        const event = first === undefined ? null : decodeBody(first.body);
        return event?.type === 'LabDefined' ? (JSON.parse(event.data.definition) as Lab) : null;
      }
      return null;
    }).catch(() => null),
};

/** The directory of the line, else as every verb has it. */
function directory(data: string | undefined): string {
  const { envVar = '', defaultValue } = dataOption();
  return data ?? process.env[envVar] ?? String(defaultValue);
}
