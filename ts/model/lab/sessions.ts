/** What a firewall with zones does with sessions: zones, policies, source NAT, timeouts. One without zones forwards each packet by itself. */
import { type Ipv4, type Ipv4Prefix, ipv4ToNumber } from '../../values/ipv4-address.ts';
import type { Nanos } from '../../values/nanos.ts';

/** Interfaces that policies treat alike. */
export interface Zone {
  readonly name: string;
  readonly interfaces: readonly string[];
}

/** Zones of one side of a rule; null for any. */
export type ZoneNames = readonly string[] | null;

export const POLICY_PROTOCOLS = ['any', 'tcp', 'udp', 'icmp'] as const;
export type PolicyProtocol = (typeof POLICY_PROTOCOLS)[number];

export const POLICY_ACTIONS = ['allow', 'deny', 'reset'] as const;
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The first policy that fits decides whether a session may be opened. */
export interface SecurityPolicy {
  readonly name: string;
  readonly from: ZoneNames;
  readonly to: ZoneNames;
  readonly source: Ipv4Prefix;
  readonly destination: Ipv4Prefix;
  readonly protocol: PolicyProtocol;
  /** Destination ports of TCP or UDP. */
  readonly ports: PortRange;
  readonly action: PolicyAction;
}

/** Source NAT with dynamic addresses and ports. */
export interface SourceNat {
  readonly name: string;
  readonly from: ZoneNames;
  readonly to: ZoneNames;
  readonly source: Ipv4Prefix;
  /** First and last address of the pool. */
  readonly pool: { readonly first: Ipv4; readonly last: Ipv4 };
  readonly ports: PortRange;
}

/** In the order of TIMEOUT_* (asm/memory/layout.ts), with the values of PAN-OS. */
export const SESSION_TIMEOUTS_S = {
  tcp: 3600,
  'tcp-init': 5,
  'tcp-handshake': 10,
  'tcp-half-closed': 120,
  'tcp-time-wait': 15,
  udp: 30,
  icmp: 6,
  default: 30,
} as const;
export type SessionTimeout = keyof typeof SESSION_TIMEOUTS_S;
export const SESSION_TIMEOUTS = Object.keys(SESSION_TIMEOUTS_S) as SessionTimeout[];

/** What happens to TCP that neither has a session nor opens one. */
export const WITHOUT_SYN = ['drop', 'reset', 'accept'] as const;
export type WithoutSyn = (typeof WITHOUT_SYN)[number];

export interface Sessions {
  readonly zones: readonly Zone[];
  readonly policies: readonly SecurityPolicy[];
  readonly nat: readonly SourceNat[];
  readonly max: number;
  readonly timeoutsNs: Readonly<Record<SessionTimeout, Nanos>>;
  readonly withoutSyn: WithoutSyn;
}

/** The zone of an interface; null for none. */
export function zoneOf(sessions: Sessions, name: string): string | null {
  return sessions.zones.find(({ interfaces }) => interfaces.includes(name))?.name ?? null;
}

/** How many addresses a pool has. */
export function poolSize({ pool }: SourceNat): number {
  return ipv4ToNumber(pool.last) - ipv4ToNumber(pool.first) + 1;
}

export function poolContains({ pool }: SourceNat, ip: Ipv4): boolean {
  const number = ipv4ToNumber(ip);
  return number >= ipv4ToNumber(pool.first) && number <= ipv4ToNumber(pool.last);
}
