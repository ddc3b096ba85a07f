/** Pairs of firewalls (rules HA-01 to HA-20). */
import type { Nanos } from '../../values/nanos.ts';
import type { NodeName } from './endpoint.ts';

export interface HaTimers {
  readonly helloNs: Nanos;
  readonly heartbeatNs: Nanos;
  readonly promotionHoldNs: Nanos;
  /** Rule HA-01: how long a unit waits for a peer before it becomes active alone. */
  readonly initialHoldNs: Nanos;
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

/** Two firewalls, active and passive (rules HA-01 to HA-20). */
export interface HaPair {
  readonly name: string;
  readonly mode: 'active-passive';
  /** 1 to 63. */
  readonly group: number;
  readonly members: readonly [HaMember, HaMember];
  readonly timers: HaTimers;
}
