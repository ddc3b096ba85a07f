/** Pairs of firewalls (rules HA-01 to HA-20). */
import { type Nanos, nanos } from '../../values/nanos.ts';
import type { NodeName } from './endpoint.ts';

export interface HaTimers {
  readonly helloNs: Nanos;
  readonly heartbeatNs: Nanos;
  readonly promotionHoldNs: Nanos;
  /** Rule HA-01: how long a unit waits for a peer before it becomes active alone. */
  readonly initialHoldNs: Nanos;
  /** Rule HA-03: from the loss of carrier of an HA1 link to its declaration. Absent, as the others below: HA_TIMER_DEFAULTS. */
  readonly ha1MonitorHoldNs?: Nanos;
}

/** Of timers that a lab may leave out (vector ha-timeline.json#timers_ms). */
export const HA_TIMER_DEFAULTS = {
  ha1MonitorHoldNs: nanos(3e9),
} as const;

/** The timers of a pair, all of them. */
export function timersOf({ timers }: HaPair): Required<HaTimers> {
  return { ...HA_TIMER_DEFAULTS, ...timers };
}

export interface HaMember {
  readonly node: NodeName;
  /** 0 or 1. */
  readonly deviceId: number;
  /** Rule HA-06: the lower value wins. */
  readonly priority: number;
  /** Interface that carries HA1. */
  readonly ha1: string;
}

/** Links over which the units say hello and answer heartbeats, the preferred first (rule HA-02). */
export const CONTROL_LINKS = ['ha1', 'ha1-b', 'heartbeat-backup'] as const;
export type ControlLink = (typeof CONTROL_LINKS)[number];

/** Two firewalls, active and passive (rules HA-01 to HA-20). */
export interface HaPair {
  readonly name: string;
  readonly mode: 'active-passive';
  /** 1 to 63. */
  readonly group: number;
  readonly members: readonly [HaMember, HaMember];
  readonly timers: HaTimers;
  /** Interface of both units that carries the backup of HA1; absent for none (rule HA-02). */
  readonly ha1Backup?: string;
  /** Heartbeats also cross the management ports (rule HA-03). */
  readonly heartbeatBackup?: true;
}

/** The control links that a pair is configured with. */
export function controlLinksOf({ ha1Backup, heartbeatBackup }: HaPair): readonly ControlLink[] {
  return CONTROL_LINKS.filter((link) => link === 'ha1' || (link === 'ha1-b' ? ha1Backup !== undefined : heartbeatBackup === true));
}
