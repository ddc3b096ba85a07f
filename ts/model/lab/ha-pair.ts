/** Pairs of firewalls (rules HA-01 to HA-20). */
import { type Nanos, nanos } from '../../values/nanos.ts';
import type { CloudMove } from './cloud.ts';
import type { NodeName } from './endpoint.ts';

export interface HaTimers {
  readonly helloNs: Nanos;
  readonly heartbeatNs: Nanos;
  readonly promotionHoldNs: Nanos;
  /** Rule HA-01: how long a unit waits for a peer before it becomes active alone. */
  readonly initialHoldNs: Nanos;
  /** Rule HA-03: from the loss of carrier of an HA1 link to its declaration. Absent, as the others below: HA_TIMER_DEFAULTS. */
  readonly ha1MonitorHoldNs?: Nanos;
  /** Rule HA-11: from the failure of a monitor to giving up active; the second is added to the first. */
  readonly monitorFailHoldUpNs?: Nanos;
  readonly additionalMasterHoldUpNs?: Nanos;
  /** Rule HA-11: how long a unit stays non-functional after its monitors recovered. */
  readonly monitorFailHoldDownNs?: Nanos;
  /** Rule HA-14: how long a better unit is passive before it takes active. */
  readonly preemptionHoldNs?: Nanos;
  /** Rule HA-15: so many flaps suspend a unit; 0 is never. */
  readonly flapMax?: number;
}

/** Of timers that a lab may leave out (vector ha-timeline.json#timers_ms). */
export const HA_TIMER_DEFAULTS = {
  ha1MonitorHoldNs: nanos(3e9),
  monitorFailHoldUpNs: nanos(0),
  additionalMasterHoldUpNs: nanos(500e6),
  monitorFailHoldDownNs: nanos(60e9),
  preemptionHoldNs: nanos(60e9),
  flapMax: 3,
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
  /** Takes active from a worse peer, where the peer is preemptive too (rule HA-14). */
  readonly preemptive?: true;
  /** A commit disabled HA at this unit (rule MAC-05): it is a firewall of its own. */
  readonly disabled?: true;
  /** What a commit at this unit alone made of the pair's settings; absent until there is one. */
  readonly own?: HaOwn;
}

/** How many of several must fail for the whole to fail. */
export const HA_CONDITIONS = ['any', 'all'] as const;
export type HaCondition = (typeof HA_CONDITIONS)[number];

/** What a pair monitors on its active unit (rules HA-09, HA-10). */
export interface HaMonitoring {
  /** Of the groups. */
  readonly condition: HaCondition;
  readonly groups: readonly {
    readonly name: string;
    /** Of the interfaces or targets of this group. */
    readonly condition: HaCondition;
    /** Names of interfaces, or addresses. */
    readonly of: readonly string[];
  }[];
}

export const MONITOR_KINDS = ['link', 'path'] as const;
export type MonitorKind = (typeof MONITOR_KINDS)[number];

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
  /** HA1 and its backup are encrypted (rule HA-02). */
  readonly ha1Encryption?: true;
  /** A commit at one unit reaches the other over HA1 (rules HA-01, HA-02). */
  readonly configSync?: true;
  /** Rule EUI-03: what breaks HA by itself is no warning but a refusal. */
  readonly strict?: true;
  /** Heartbeats also cross the management ports (rule HA-03). */
  readonly heartbeatBackup?: true;
  /** Interface of both units that carries HA2; absent for none (rule HA-02). */
  readonly ha2?: string;
  /** Interface of both units that carries the backup of HA2; absent for none (rule HA-02). */
  readonly ha2Backup?: string;
  /** What HA2's messages cross it in; absent for Ethernet (rule HA-02). */
  readonly ha2Transport?: Exclude<Ha2Transport, 'ethernet'>;
  /** Rule HA-19: neighbours and routes cross HA2 beside sessions. */
  readonly ha2Tables?: true;
  /** Keep-alive frames cross HA2, both ways. */
  readonly ha2KeepAlive?: true;
  /** Rule HA-09: groups of interfaces. */
  readonly linkMonitoring?: HaMonitoring;
  /** Rule HA-10: groups of addresses. */
  readonly pathMonitoring?: HaMonitoring;
  /** Rule HA-12: data interfaces of the passive unit have no carrier; absent for auto. */
  readonly passiveLinkState?: 'shutdown';
  /** Rule HA-12: from promotion to carrier, where the passive unit had none; absent for none. */
  readonly linkBringupNs?: Nanos;
  /** Rule HA-22: what the new active unit has the API of its cloud move; absent outside clouds. */
  readonly cloud?: CloudMove;
}

/** What a pair monitors of one kind; null for nothing. */
export function monitoringOf(pair: HaPair, kind: MonitorKind): HaMonitoring | null {
  return (kind === 'link' ? pair.linkMonitoring : pair.pathMonitoring) ?? null;
}

/** The control links that a pair is configured with. */
export function controlLinksOf({ ha1Backup, heartbeatBackup }: HaPair): readonly ControlLink[] {
  return CONTROL_LINKS.filter((link) => link === 'ha1' || (link === 'ha1-b' ? ha1Backup !== undefined : heartbeatBackup === true));
}

/** Links over which sessions and tables cross, the preferred first (rules HA-02, HA-19). */
export const DATA_LINKS = ['ha2', 'ha2-b'] as const;
export type DataLink = (typeof DATA_LINKS)[number];

/** Rule HA-02: a frame of type 0x7261, a packet of IP protocol 99, or a datagram to port 29281. */
export const HA2_TRANSPORTS = ['ethernet', 'ip', 'udp'] as const;
export type Ha2Transport = (typeof HA2_TRANSPORTS)[number];

/** The interface of each unit that carries a data link; undefined where the pair has no such link. */
export function dataPortName({ ha2, ha2Backup }: HaPair, link: DataLink): string | undefined {
  return link === 'ha2' ? ha2 : ha2Backup;
}

/** The data links that a pair is configured with. */
export function dataLinksOf(pair: HaPair): readonly DataLink[] {
  return DATA_LINKS.filter((link) => dataPortName(pair, link) !== undefined);
}

/** A pair as one of its units is configured. */
export function asUnit(pair: HaPair, { own }: HaMember): HaPair {
  if (own === undefined) return pair;
  const entries = Object.entries({ ...pair, ...own }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as unknown as HaPair;
}

/** Properties of a pair that its units can be configured with apart; null takes one away. */
export type HaOwn = {
  readonly [K in Exclude<keyof HaPair, 'name' | 'mode' | 'members'>]?: HaPair[K] | null;
};
