/** Reads command lines by the table. */

import { type ArgumentData, type CommandForm, headOf, type SettingsData } from './grammar.ts';
import type { Value } from './values.ts';

/** What could stand at a place of a command line. */
export type Expected =
  | { readonly is: 'word'; readonly text: string }
  /** `after`: the setting's name. */
  | { readonly is: 'value'; readonly value: Value<unknown>; readonly after: string | null }
  | { readonly is: 'words'; readonly usage: string };

/** How far some words agree with a grammar. */
export interface Reading {
  /** Null when they are no such command. */
  readonly fields: object | null;
  /** Words that agree, from the first. */
  readonly at: number;
  /** What could stand there, or could still follow. */
  readonly expected: readonly Expected[];
}

/** "  crash   fw1 " as ["crash", "fw1"]. */
export function wordsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The command of a line; null when it is none of the table's. */
export function readCommand<C>(forms: readonly CommandForm<C>[], text: string): C | null {
  const words = wordsOf(text);
  for (const form of forms) {
    if (headOf(form) !== words[0]) continue;
    const { fields } = readForm(form, words);
    if (fields !== null) return form.make(fields);
  }
  return null;
}

/** Reads words by one entry's grammar, as far as they agree. */
export function readForm({ grammar }: CommandForm, words: readonly string[]): Reading {
  let reading: Reading = { fields: {}, at: 0, expected: [] };
  for (const argument of grammar) {
    const { fields, at, expected } = readArgument(argument, words, reading.at);
    reading = { fields: fields && { ...reading.fields, ...fields }, at, expected };
    if (fields === null) return reading;
  }
  return reading.at < words.length ? { ...reading, fields: null } : reading;
}

function readArgument(argument: ArgumentData, words: readonly string[], at: number): Reading {
  const word = words[at];
  switch (argument.is) {
    case 'word':
      return word === argument.text ? read({}, at + 1) : { fields: null, at, expected: [argument] };
    case 'value': {
      const value = word === undefined ? undefined : argument.value.read(word);
      if (value === undefined) return { fields: null, at, expected: [{ is: 'value', value: argument.value, after: null }] };
      return read(argument.field === null ? (value as object) : { [argument.field]: value }, at + 1);
    }
    case 'words':
      if (word === undefined) return { fields: null, at, expected: [argument] };
      return read({ [argument.field]: words.slice(at) }, words.length);
    case 'settings':
      return readSettings(argument, words, at);
  }
}

function readSettings(argument: SettingsData, words: readonly string[], start: number): Reading {
  const { field, settings, isOptional, instead } = argument;
  if (instead !== null && words[start] === instead) return read({ [field ?? '']: null }, start + 1);
  const left = new Map(Object.entries(settings));
  const change: Record<string, unknown> = {};
  let at = start;
  for (; at < words.length; at += 2) {
    const name = words[at] ?? '';
    const setting = left.get(name);
    if (setting === undefined) break;
    const word = words[at + 1];
    const value = word === undefined ? undefined : setting.value.read(word);
    if (value === undefined) {
      return { fields: null, at: at + 1, expected: [{ is: 'value', value: setting.value, after: name }] };
    }
    change[setting.field] = value;
    left.delete(name);
  }
  const isFirst = at === start;
  const names = [...left.keys(), ...(isFirst && instead !== null ? [instead] : [])];
  const expected = names.map((text) => ({ is: 'word', text }) as const);
  if (isFirst && !isOptional) return { fields: null, at, expected };
  return { fields: field === null ? change : { [field]: change }, at, expected };
}

function read(fields: object, at: number): Reading {
  return { fields, at, expected: [] };
}
