/** `switchback completion SHELL`, and `complete`, which the shell asks at each press of the key. */
import { Argument, type Command } from 'commander';
import type { Lab } from '../model/lab/lab.ts';
import { type CompletedVerbs, candidatesFor, type Lookups } from './completion/candidates.ts';
import { SHELLS, type Shell } from './completion/shells.ts';
import { dataOption } from './options.ts';
import { print, writeText } from './output.ts';
import { CHILD_MARK, supervise } from './supervisor.ts';

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
}

export function addComplete(program: Command, verbs: CompletedVerbs): void {
  program
    .command('complete', { hidden: true })
    .description('Prints the words that may stand at the end of a command line, one a line. Scripts of "completion" ask it.')
    .argument('[words...]', 'the line behind "switchback"; the last word is the one to complete')
    .action((words: readonly string[]) => printCandidates(verbs, words));
}

/** Only a line that needs the store is completed by a child process (supervisor.ts says why): most need nothing. */
async function printCandidates(verbs: CompletedVerbs, words: readonly string[]): Promise<void> {
  const isChild = process.env[CHILD_MARK] !== undefined;
  try {
    const candidates = await candidatesFor(verbs, words, isChild ? STORE : NO_STORE);
    if (candidates === 'files') return;
    const fitting = candidates.filter((candidate) => candidate.startsWith(words.at(-1) ?? ''));
    if (fitting.length > 0) print(fitting.join('\n'));
  } catch (error) {
    if (!(error instanceof NeedsStore)) throw error;
    const [, script = '', ...args] = process.argv;
    process.exitCode = await supervise(script, args);
  }
}

class NeedsStore extends Error {
  override readonly name = 'NeedsStore';
}

const NO_STORE: Lookups = {
  labs: () => Promise.reject(new NeedsStore()),
  lab: () => Promise.reject(new NeedsStore()),
};

/** A store that is not there, or is damaged, has no names: whoever presses a key wants no message. */
const STORE: Lookups = {
  labs: async (data) => {
    const { withStore } = await import('./store.ts');
    return withStore(directory(data), (log) => log.labs()).catch(() => []);
  },
  lab: async (data, name) => {
    const [{ withStore }, { decodeBody }] = await Promise.all([import('./store.ts'), import('../model/events/codec.ts')]);
    return withStore(directory(data), async (log): Promise<Lab | null> => {
      for await (const [first] of log.read(name, 1, 1)) {
        const event = first === undefined ? null : decodeBody(first.body);
        return event?.type === 'LabDefined' ? (JSON.parse(event.data.definition) as Lab) : null;
      }
      return null;
    }).catch(() => null);
  },
};

/** The directory of the line, else as every verb has it. */
function directory(data: string | undefined): string {
  const { envVar = '', defaultValue } = dataOption();
  return data ?? process.env[envVar] ?? String(defaultValue);
}
