/** Leases, folded from events: what clients have, and what servers have given. */
import { type Ipv4, parseIpv4 } from '../../values/ipv4-address.ts';
import { named } from '../../values/named.ts';
import type { Position } from '../events/events.ts';
import type { Endpoint, NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { serverOf, withLease } from '../lab/leases.ts';
import type { ConfigStates } from './config-state.ts';
import { type Evolvers, known } from './evolvers.ts';

/** A client's lease. */
export interface LeaseState {
  ip: string;
  prefix: number;
  gateway: string;
  server: string;
  clientId: string;
  mac: string;
  /** When it ends unless it is renewed. */
  untilNs: number;
  since: Position;
}

export const GRANT_STATES = ['leased', 'released', 'expired', 'declined'] as const;

/** An address that a server has given; it remembers to whom when the lease has ended. */
export interface GrantState {
  clientId: string;
  mac: string;
  state: (typeof GRANT_STATES)[number];
  /** When the lease ends, or ended. */
  untilNs: number;
  since: Position;
}

export interface LeaseStates extends ConfigStates {
  /** By the client's interface. */
  leases: Record<Endpoint, LeaseState>;
  /** By server, then by address. */
  grants: Record<NodeName, Record<string, GrantState>>;
}

export function defineLeases(state: LeaseStates, lab: Lab): void {
  for (const node of lab.nodes) if (serverOf(node) !== undefined) state.grants[node.name] = named();
}

const NANOS_PER_SECOND = 1_000_000_000;

export const LEASE_EVOLVERS: Evolvers<LeaseStates> = {
  LeaseAcquired: (state, data, event) => {
    const endpoint = `${data.node}:${data.interface}`;
    const address = parseIpv4(data.ip);
    if (!isClient(state, endpoint) || address === null || data.prefix > 32) return;
    const { ip, prefix, gateway, server, clientId, mac, seconds } = data;
    const untilNs = event.atNs + seconds * NANOS_PER_SECOND;
    state.leases[endpoint] = { ip, prefix, gateway, server, clientId, mac, untilNs, since: event.position };
    setAddress(state, endpoint, { address: { address, prefix }, gateway: parseIpv4(gateway) });
  },
  LeaseRenewed: (state, data, event) => {
    const lease = state.leases[`${data.node}:${data.interface}`];
    if (lease === undefined) return;
    lease.untilNs = event.atNs + data.seconds * NANOS_PER_SECOND;
    lease.server = data.server;
  },
  LeaseReleased: (state, data) => {
    const endpoint = `${data.node}:${data.interface}`;
    if (state.leases[endpoint] === undefined) return;
    delete state.leases[endpoint];
    setAddress(state, endpoint, null);
  },
  LeaseGranted: (state, { node, ip, clientId, mac, seconds }, event) => {
    const grants = state.grants[node];
    const untilNs = event.atNs + seconds * NANOS_PER_SECOND;
    if (grants !== undefined) grants[ip] = { clientId, mac, state: 'leased', untilNs, since: event.position };
  },
  LeaseEnded: (state, { node, ip, clientId, reason }, event) => {
    const grants = state.grants[node];
    if (grants === undefined) return;
    const mac = grants[ip]?.mac ?? '';
    grants[ip] = { clientId, mac, state: known(GRANT_STATES, reason) ?? 'expired', untilNs: event.atNs, since: event.position };
  },
};

function isClient({ lab }: LeaseStates, endpoint: Endpoint): boolean {
  return lab?.interfaces.some((iface) => iface.dhcp !== undefined && `${iface.node}:${iface.name}` === endpoint) ?? false;
}

/** The lab as it was defined is kept: linear memory is as large as that asks for. */
export function setAddress(state: LeaseStates, endpoint: Endpoint, lease: Parameters<typeof withLease>[2]): void {
  if (state.lab === null) return;
  state.defined ??= state.lab;
  state.lab = withLease(state.lab, endpoint, lease);
}

/** Addresses of a server that nobody may get now. */
export function isTaken({ grants }: Readonly<LeaseStates>, server: NodeName, ip: Ipv4, nowNs: number): boolean {
  const grant = grants[server]?.[ip];
  if (grant === undefined) return false;
  return grant.state === 'declined' || (grant.state === 'leased' && grant.untilNs > nowNs);
}
