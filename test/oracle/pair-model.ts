/**
 * The words in which a pair of firewalls is described and driven: shared by the oracle (reference-pair.ts, reference-roles.ts) and the lab
 * that plays it (dataplane-pair.ts). Each unit is a firewall of the oracle of firewalls, with cables of its own; the same stations are at
 * the cables of both.
 *
 *   station ── eth1  fw1  eth2 ── station        fw1:ha1 ── fw2:ha1
 *   station ── eth1  fw2  eth2 ── station        fw1:ha2 ── fw2:ha2
 */
import type { HaCondition } from '../../ts/model/lab/ha-pair.ts';
import type { FirewallDescription } from './firewall-model.ts';

export const UNITS = ['fw1', 'fw2'] as const;
export type Unit = (typeof UNITS)[number];

export type Role = 'initial' | 'active' | 'passive' | 'suspended' | 'non-functional';

export interface PairDescription {
  /** Both units but for their MACs: those of `firewall` are fw1's, and where the option is on fw2 has others. */
  readonly firewall: FirewallDescription;
  /** Rule HA-17: each unit uses the MACs of its hypervisor; else both use the virtual ones of HA-20. */
  readonly usesHypervisorMac: boolean;
  readonly group: number;
  /** By unit. */
  readonly priorities: readonly [number, number];
  readonly preemptive: readonly [boolean, boolean];
  readonly profile: 'recommended' | 'aggressive';
  readonly hasHa1Backup: boolean;
  readonly hasHa2: boolean;
  /** Rule HA-12: data interfaces of the passive unit have no carrier, and those of a new active unit get it so many ms later. */
  readonly shutdown: { readonly bringupMs: number } | null;
  /** Rule HA-09: eth1 and eth2, of which any or all must fail. */
  readonly monitors: HaCondition | null;
}

/** What operators and the world do to one unit. */
export type PairAction =
  | { readonly what: 'crash' | 'power-on' | 'suspend' | 'functional' | 'clear sessions'; readonly unit: Unit }
  | { readonly what: 'process'; readonly unit: Unit; readonly runs: boolean }
  | { readonly what: 'cable'; readonly unit: Unit; readonly port: string; readonly up: boolean };

export interface TimedAction {
  readonly atMs: number;
  readonly action: PairAction;
}

/** A unit takes a role. */
export interface RoleChange {
  readonly atMs: number;
  readonly unit: Unit;
  readonly role: Role;
}

export function peerOf(unit: Unit): Unit {
  return unit === 'fw1' ? 'fw2' : 'fw1';
}

/** The unit that wins an election (rule HA-06): the lower priority value; at a tie fw1, which has the lower HA1 MAC. */
export function betterOf({ priorities: [first, second] }: PairDescription): Unit {
  return second < first ? 'fw2' : 'fw1';
}
