/** Guests on their way to another hypervisor, and the lab as those that have arrived make it, folded from events (rule PCI-03). */
import type { Position } from '../events/events.ts';
import { type NodeName, splitEndpoint } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { movedTo } from '../lab/migration.ts';
import type { ConfigStates } from './config-state.ts';
import type { Evolvers } from './evolvers.ts';

export interface MigrationState {
  from: NodeName;
  to: NodeName;
  stunNs: number;
  /** When a stunned guest runs again; null while it still runs. */
  stunnedUntilNs: number | null;
  /** Position of the event that last changed this. */
  since: Position;
}

export interface MigrationStates extends ConfigStates {
  /** Guests on their way. */
  migrations: Record<NodeName, MigrationState>;
}

/** A guest that arrives folds the cables of the lab. @throws TypeError for a cable without ends: such a lab defines nothing */
export function defineMigrations({ links }: Lab): void {
  for (const { a, b } of links) for (const end of [a, b]) splitEndpoint(end);
}

export const MIGRATION_EVOLVERS: Evolvers<MigrationStates> = {
  MigrationStarted: (state, { node, from, to, stunNs }, { position }) => {
    state.migrations[node] = { from, to, stunNs, stunnedUntilNs: null, since: position };
  },
  GuestStunned: (state, { node, untilNs }, { position }) => {
    const migration = state.migrations[node];
    if (migration !== undefined) Object.assign(migration, { stunnedUntilNs: untilNs, since: position });
  },
  GuestMigrated: (state, { node, to }) => {
    delete state.migrations[node];
    if (state.lab === null) return;
    state.defined ??= state.lab;
    state.lab = movedTo(state.lab, node, to);
  },
  MigrationAborted: (state, { node }) => {
    delete state.migrations[node];
  },
};
