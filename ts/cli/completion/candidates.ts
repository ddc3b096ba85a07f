/**
 * What may stand where a command line ends: verbs and options by the program itself, commands of labs by their table, names of labs, nodes,
 * interfaces and flows by what is recorded. Pure but for the lookups.
 */
import type { Argument, Command, Option } from 'commander';
import { LIVING_COMMANDS } from '../../model/commands/command.ts';
import { type Candidate, complete } from '../../model/commands/complete.ts';
import { EVENT_TYPES } from '../../model/events/event-names.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { RULES } from '../../rules/rules.ts';

export interface Lookups {
  /** Names of recorded labs, in the directory that the line names. */
  labs(data: string | undefined): Promise<readonly string[]>;
  /** Its definition; null when there is no such lab. */
  lab(data: string | undefined, name: string): Promise<Lab | null>;
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
  id: () => RULES.map(({ id }) => id),
  file: () => 'files',
  // Nobody can guess these.
  address: () => [],
  show: () => [],
};

/** What values of options are, by the option or by what its flags show: "--flow <name>", "--output <file>". */
const VALUES: Readonly<Record<string, Source>> = {
  '--flow': async (line) => (await labOf(line))?.flows.map(({ name }) => name) ?? [],
  '--type': () => EVENT_TYPES,
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
export function candidatesFor(program: Command, words: readonly string[], lookups: Lookups): Candidates | Promise<Candidates> {
  const given = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const verb = program.commands.find((command) => command.name() === given[0]);
  if (verb === undefined) return given.length > 0 ? [] : verbsOf(program);
  const { before, open, data } = readGiven(verb, given.slice(1));
  const line = { lookups, data, before, argument: before.length };
  if (open !== null) return open.argChoices ?? valueSource(open)(line);
  if (word.startsWith('-')) return optionsOf(verb);
  const argument = verb.registeredArguments[before.length] ?? variadicOf(verb);
  if (argument === undefined) return [];
  const source = ARGUMENTS[argument.name()] ?? NOTHING;
  return argument.argChoices ?? source({ ...line, argument: verb.registeredArguments.indexOf(argument) });
}

function verbsOf(program: Command): readonly string[] {
  const verbs = program.createHelp().visibleCommands(program);
  return verbs.map((verb) => verb.name());
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
function commandWords(words: readonly string[], lab: Lab | null): readonly string[] {
  return [...new Set(complete(LIVING_COMMANDS, words).flatMap((candidate) => wordsOf(candidate, lab)))];
}

function wordsOf({ kind, words, nodeKinds }: Candidate, lab: Lab | null): readonly string[] {
  const nodes = lab?.nodes.filter((node) => nodeKinds === undefined || nodeKinds.includes(node.kind)).map(({ name }) => name) ?? [];
  if (kind === 'node') return nodes;
  if (kind === 'endpoint') return endpointsOf(lab).filter((endpoint) => nodes.includes(endpoint.split(':', 1)[0] ?? ''));
  if (kind === 'flow') return lab?.flows.map(({ name }) => name) ?? [];
  return words;
}
