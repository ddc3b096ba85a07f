/**
 * Commands, as people type them: one line of words, the same in a lab file's `steps`, on the command line and in the log.
 *
 * This is the table of all of them. What a command does, and why it may be refused, is decided by the engine.
 */

import { CONFIG } from './families/config.ts';
import { HA } from './families/ha.ts';
import { LINES } from './families/lines.ts';
import { MACS } from './families/macs.ts';
import { NODES } from './families/nodes.ts';
import { PACKET_IO } from './families/packet-io.ts';
import { PHYSICAL_SWITCHES } from './families/physical-switches.ts';
import { SESSIONS } from './families/sessions.ts';
import { SR_IOV } from './families/sr-iov.ts';
import { TIME } from './families/time.ts';
import { TRAFFIC } from './families/traffic.ts';
import type { CommandForm, CommandOf } from './grammar.ts';
import { mistakeIn } from './mistake.ts';
import { readCommand } from './read.ts';

/** Commands of a lab, by family, in the order of the docs. */
export const FAMILIES = [NODES, MACS, CONFIG, HA, LINES, PHYSICAL_SWITCHES, SR_IOV, PACKET_IO, TRAFFIC, SESSIONS] as const;

/** Everything that a living lab can be told. */
export const LIVING_FAMILIES = [...FAMILIES, TIME] as const;

export type Command = CommandOf<(typeof FAMILIES)[number]['forms'][number]>;
/** A command, or "step": what a living lab takes. */
export type LivingCommand = CommandOf<(typeof LIVING_FAMILIES)[number]['forms'][number]>;

export const COMMANDS: readonly CommandForm<Command>[] = FAMILIES.flatMap(({ forms }): readonly CommandForm<Command>[] => forms);
export const LIVING_COMMANDS: readonly CommandForm<LivingCommand>[] = LIVING_FAMILIES.flatMap(
  ({ forms }): readonly CommandForm<LivingCommand>[] => forms,
);

/** `error` is one line for people, with at most one suggestion. */
export type Parsed<C> = { readonly command: C } | { readonly error: string };

/** Reads one command of a lab. Names are not looked up here. */
export function parseCommand(text: string): Parsed<Command> {
  return parseBy(COMMANDS, text);
}

/** Reads what a living lab is told: a command, or "step 5s". */
export function parseLiving(text: string): Parsed<LivingCommand> {
  return parseBy(LIVING_COMMANDS, text);
}

/** Reads one line by a table. */
export function parseBy<C>(forms: readonly CommandForm<C>[], text: string): Parsed<C> {
  const command = readCommand(forms, text);
  return command === null ? { error: mistakeIn(forms, text) } : { command };
}
