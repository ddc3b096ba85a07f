/** What an aggregate is, and what its node says in LACP (IEEE 802.1AX). */
import type { Mac } from '../../values/mac.ts';

/** An active end speaks first; a passive one answers. */
export const LACP_MODES = ['active', 'passive'] as const;
/** What an end wants of the other: a frame each second, or each 30 seconds. After three without one it counts as gone. */
export const LACP_RATES = ['slow', 'fast'] as const;

export interface Lacp {
  readonly mode: (typeof LACP_MODES)[number];
  readonly rate: (typeof LACP_RATES)[number];
  /** The system's id: its priority, where lower is better, and its MAC. */
  readonly systemPriority: number;
  readonly system: Mac;
  /** Tells the node's aggregates apart. */
  readonly key: number;
  /** By member, where it is not the default: the lower value is used first when there are more members than `maxPorts`. */
  readonly portPriorities: Readonly<Record<string, number>>;
  /** How many members are used at once; the others stand by. */
  readonly maxPorts: number;
  /** A member that stands by takes another's place at once, not after three seconds. */
  readonly fastFailover?: true;
  /** A unit of a pair speaks LACP while it is not active, too. */
  readonly preNegotiation?: true;
}

export interface Aggregate {
  /** Names of interfaces of the same node, in their order. */
  readonly members: readonly string[];
  /** With fewer members that are ready the aggregate is down. */
  readonly minLinks: number;
  /** Absent for a static aggregate: each member with carrier is used. */
  readonly lacp?: Lacp;
}

export const PORT_PRIORITY_DEFAULT = 32768;
export const SYSTEM_PRIORITY_DEFAULT = 32768;
