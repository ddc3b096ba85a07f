/**
 * A verb as the engine sees it: why a command is refused, and what follows when it is accepted, side by side. Each family of agents
 * has a table of its verbs; agents/commands.ts puts the tables together.
 */
import type { Command } from '../../model/commands/command.ts';
import type { Position } from '../../model/events/events.ts';
import type { LabIndex } from '../../model/lab/lab-index.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import type { Turn } from './turn.ts';

/** A command of that verb. */
export type Of<V extends Command['verb']> = Extract<Command, { verb: V }>;

export interface Verb<V extends Command['verb']> {
  /** Every reason to refuse the command; none when it may be done. */
  refusals(command: Of<V>, index: LabIndex, state: Readonly<LabState>): string[];
  /** @param cause position of CommandAccepted. */
  perform(turn: Turn, command: Of<V>, cause: Position): void;
}

/** A table of verbs. */
export type Verbs<V extends Command['verb']> = { readonly [K in V]: Verb<K> };
