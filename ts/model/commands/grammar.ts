/**
 * A command as data. Each command is written once, as an entry of its family (families/): its words, one sentence of help, its
 * page, examples. Parser (read.ts), "did you mean" (mistake.ts), completion (complete.ts), help (help.ts), docs/commands.md
 * (page.ts) and the type `Command` (command.ts) all come from that entry.
 */

import type { NodeKind } from '../lab/nodes.ts';
import type { Value } from './values.ts';

/** Carries the type of an argument's fields; no value ever has it. */
declare const FIELDS: unique symbol;

/** One part of a command line; `F` are the fields that it gives the command. */
export type Argument<F extends object = object> = ArgumentData & { readonly [FIELDS]?: F };

export type ArgumentData =
  /** A word that must be there, and gives no field. */
  | { readonly is: 'word'; readonly text: string }
  /** One word for one value. Without a field, the value is an object of fields. */
  | { readonly is: 'value'; readonly field: string | null; readonly value: Value<unknown> }
  | SettingsData
  /** All further words, as they are; at least one. */
  | { readonly is: 'words'; readonly field: string; readonly usage: string };

/** "name value name value …", in any order, each name once; always last. */
export interface SettingsData {
  readonly is: 'settings';
  /** Without a field, the settings themselves are the fields. */
  readonly field: string | null;
  readonly settings: Readonly<Record<string, { readonly field: string; readonly value: Value<unknown> }>>;
  /** Whether no setting at all is allowed. */
  readonly isOptional: boolean;
  /** A word instead of all settings, which makes the field null. */
  readonly instead: string | null;
}

type Setting<T> = { readonly [K in keyof T & string]: { readonly field: K; readonly value: Value<T[K]> } }[keyof T & string];
type Settings<T> = Readonly<Record<string, Setting<Required<T>>>>;

export function word(text: string): Argument<Record<never, never>> {
  return { is: 'word', text };
}

export function value<const K extends string, T>(field: K, read: Value<T>): Argument<{ readonly [P in K]: T }> {
  return { is: 'value', field, value: read };
}

/** One word that gives several fields. */
export function fieldsOf<F extends object>(read: Value<F>): Argument<F> {
  return { is: 'value', field: null, value: read };
}

/** At least one setting, as one field. */
export function settings<T>(): <const K extends string>(
  field: K,
  known: Settings<T>,
) => Argument<{ readonly [P in K]: Partial<T> }> {
  return (field, known) => ({ is: 'settings', field, settings: known, isOptional: false, instead: null });
}

/** At least one setting, or one word instead, which makes the field null. */
export function settingsOr<T>(
  instead: string,
): <const K extends string>(field: K, known: Settings<T>) => Argument<{ readonly [P in K]: Partial<T> | null }> {
  return (field, known) => ({ is: 'settings', field, settings: known, isOptional: false, instead });
}

/** Any number of settings, each a field of the command. */
export function optional<T>(known: Settings<T>): Argument<Partial<T>> {
  return { is: 'settings', field: null, settings: known, isOptional: true, instead: null };
}

/** All further words. */
export function words<const K extends string>(field: K, usage: string): Argument<{ readonly [P in K]: readonly string[] }> {
  return { is: 'words', field, usage };
}

// ── An entry of the table ───────────────────────────────────────────────────────────────────────────────────────────────

export interface CommandForm<C = unknown> {
  /** Names the command in the program; the first word of its line may be shared ("ip"). */
  readonly verb: string;
  readonly grammar: Grammar;
  /** Kinds of nodes that the command is for; undefined where every kind will do. */
  readonly kinds: readonly NodeKind[] | undefined;
  /** One sentence. */
  readonly help: string;
  /** What follows, which events, which rules: the rest of its paragraph in docs/commands.md. */
  readonly doc: readonly string[];
  readonly examples: readonly string[];
  /** The command of the fields that were read. */
  readonly make: (fields: object) => C;
}

/** The first part is the word by which people know the command. */
export type Grammar = readonly [Argument, ...Argument[]];

type FieldsOf<A extends readonly Argument[]> = A extends readonly [infer First, ...infer Rest extends readonly Argument[]]
  ? (First extends { readonly [FIELDS]?: infer F } ? NonNullable<F> : never) & FieldsOf<Rest>
  : unknown;
type Flat<T> = { readonly [K in keyof T]: T[K] };

interface Entry<V extends string, A extends Grammar> {
  readonly verb: V;
  readonly grammar: A;
  readonly kinds?: readonly NodeKind[];
  readonly help: string;
  readonly doc: readonly string[];
  readonly examples: readonly [string, ...string[]];
}

/** A command whose fields are those of its grammar. */
export function command<const V extends string, const A extends Grammar>(
  entry: Entry<V, A>,
): CommandForm<Flat<{ verb: V } & FieldsOf<A>>> {
  return commandOf(entry, (fields) => fields as FieldsOf<A> & object);
}

/** A command whose fields are made of those of its grammar. */
export function commandOf<const V extends string, const A extends Grammar, M extends object>(
  { verb, kinds, ...entry }: Entry<V, A>,
  make: (fields: Flat<FieldsOf<A>>) => M,
): CommandForm<Flat<{ verb: V } & M>> {
  return { ...entry, verb, kinds, make: (fields) => ({ verb, ...make(fields as Flat<FieldsOf<A>>) }) };
}

/** What an entry makes. */
export type CommandOf<F> = F extends CommandForm<infer C> ? C : never;

/** Commands that belong together: a section of the docs and of the help. */
export interface Family<F extends readonly CommandForm[] = readonly CommandForm[]> {
  readonly title: string;
  readonly forms: F;
}

export function family<const F extends readonly CommandForm[]>(title: string, forms: F): Family<F> {
  return { title, forms };
}

// ── Usage ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The first word of a command's line. */
export function headOf({ grammar: [first] }: CommandForm): string {
  return usageOfArgument(first);
}

/** What a command looks like: "link up|down NODE:INTERFACE". */
export function usageOf({ grammar }: CommandForm): string {
  return grammar.map(usageOfArgument).join(' ');
}

function usageOfArgument(argument: ArgumentData): string {
  switch (argument.is) {
    case 'word':
      return argument.text;
    case 'value':
      return argument.value.usage;
    case 'words':
      return argument.usage;
    case 'settings': {
      const known = Object.entries(argument.settings).map(([name, setting]) => `[${name} ${setting.value.usage}]`);
      return known.join(' ') + (argument.instead === null ? '' : ` | ${argument.instead}`);
    }
  }
}

/** Rules that an entry cites, in order. */
export function rulesOf({ help, doc }: CommandForm): readonly string[] {
  return [...new Set([help, ...doc].join(' ').match(/\b[A-Z]+-\d+\b/g))];
}
