/**
 * What may stand where a command line ends: verbs and options by the program itself, commands of labs by their table, names of labs, nodes,
 * interfaces and flows by what is recorded. Pure but for the lookups.
 */
import type { Argument, Command, Option } from 'commander';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { Lab } from '../../model/lab/lab.ts';

export interface Lookups {
  /** Names of recorded labs, in the directory that the line names. */
  labs(data: string | undefined): Promise<readonly string[]>;
  /** Its definition; null when there is no such lab. */
  lab(data: string | undefined, name: string): Promise<Lab | null>;
}

/** The verbs of the program, each loaded when a line has it: the shell asks at each press of a key. */
export interface CompletedVerbs {
  readonly names: readonly string[];
  /** Null for what is no verb. */
  load(name: string): Promise<Command | null>;
}

/** Words that may stand at the end, unfiltered; "files" where the shell knows better. */
export type Candidates = readonly string[] | 'files';

/** The line, as far as an argument needs it. */
interface Line {
  readonly lookups: Lookups;
  readonly data: string | undefined;
  /** Arguments before the word to complete, options left out. */
  readonly before: readonly string[];
  /** Of the argument that the word belongs to. */
  readonly argument: number;
}

type Source = (line: Line) => Candidates | Promise<Candidates>;

/** What arguments are, by their names. test/cli/completion.spec.ts holds the table to the program. */
const ARGUMENTS: Readonly<Record<string, Source>> = {
  lab: recordedLabs,
  labs: recordedLabs,
  'lab@moment': recordedLabs,
  'a@moment': recordedLabs,
  'b@moment': recordedLabs,
  interface: async (line) => endpointsOf(await labOf(line)),
  interfaces: async (line) => endpointsOf(await labOf(line)),
  node: async (line) => (await labOf(line))?.nodes.map(({ name }) => name) ?? [],
  command: async (line) => commandWords(line.before.slice(line.argument), await labOf(line)),
  id: async () => (await import('../../rules/rules.ts')).RULES.map(({ id }) => id),
  file: () => 'files',
  // Nobody can guess these.
  address: () => [],
  show: () => [],
};

/** What values of options are, by the option or by what its flags show: "--flow <name>", "--output <file>". */
const VALUES: Readonly<Record<string, Source>> = {
  '--flow': async (line) => (await labOf(line))?.flows.map(({ name }) => name) ?? [],
  '--type': async () => (await import('../../model/events/event-names.ts')).EVENT_TYPES,
  '--node': async (line) => (await labOf(line))?.nodes.map(({ name }) => name) ?? [],
  '<file>': () => 'files',
  '<dir>': () => 'files',
};

/** Whether completion knows what an argument is. */
export function isKnownArgument(name: string): boolean {
  return Object.hasOwn(ARGUMENTS, name);
}

/**
 * Candidates for the last of the words.
 * @param words of the line behind the command's own name; the last one is the one to complete, empty when nothing of it is there yet.
 */
export async function candidatesFor(verbs: CompletedVerbs, words: readonly string[], lookups: Lookups): Promise<Candidates> {
  const given = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const [name] = given;
  if (name === undefined) return verbs.names;
  const verb = await verbs.load(name);
  if (verb === null) return [];
  const { before, open, data } = readGiven(verb, given.slice(1));
  const line = { lookups, data, before, argument: before.length };
  if (open !== null) return open.argChoices ?? valueSource(open)(line);
  if (word.startsWith('-')) return optionsOf(verb);
  const argument = verb.registeredArguments[before.length] ?? variadicOf(verb);
  if (argument === undefined) return [];
  const source = ARGUMENTS[argument.name()] ?? NOTHING;
  return argument.argChoices ?? source({ ...line, argument: verb.registeredArguments.indexOf(argument) });
}

function optionsOf(verb: Command): readonly string[] {
  const options = verb.createHelp().visibleOptions(verb);
  return options.flatMap(({ long, short }) => long ?? short ?? []);
}

interface Given {
  readonly before: readonly string[];
  /** The option whose value is the word to complete; null when it is none. */
  readonly open: Option | null;
  readonly data: string | undefined;
}

function readGiven(verb: Command, words: readonly string[]): Given {
  const before: string[] = [];
  let open: Option | null = null;
  let data: string | undefined;
  for (const word of words) {
    if (open !== null) {
      if (open.long === '--data') data = word;
      open = null;
      continue;
    }
    const option = verb.options.find(({ long, short }) => word === long || word === short);
    if (option !== undefined) open = option.required || option.optional ? option : null;
    else if (!word.startsWith('-')) before.push(word);
  }
  return { before, open, data };
}

function variadicOf({ registeredArguments }: Command): Argument | undefined {
  const last = registeredArguments.at(-1);
  return last?.variadic === true ? last : undefined;
}

/** A moment, a number, an expression: nobody can guess it. */
const NOTHING: Source = () => [];

function valueSource({ long, flags }: Option): Source {
  const [shown = ''] = /<\w+>/.exec(flags) ?? [];
  return VALUES[long ?? ''] ?? VALUES[shown] ?? NOTHING;
}

function recordedLabs({ lookups, data }: Line): Promise<readonly string[]> {
  return lookups.labs(data);
}

function labOf({ lookups, data, before }: Line): Promise<Lab | null> {
  const [name = ''] = (before[0] ?? '').split('@');
  return name === '' ? Promise.resolve(null) : lookups.lab(data, name);
}

function endpointsOf(lab: Lab | null): readonly string[] {
  return lab?.interfaces.map(endpointOf) ?? [];
}

/** Words that may come next in a command of a lab. */
async function commandWords(words: readonly string[], lab: Lab | null): Promise<readonly string[]> {
  return (await import('../../model/commands/next-words.ts')).nextWords(words, lab);
}
