/** A DHCP server (RFC 2131, section 4.3): it offers, grants and takes back addresses of its pools. It keeps its leases without power. */
import type { EventData, Position } from '../../../model/events/events.ts';
import type { DhcpPool } from '../../../model/lab/dhcp.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import { serverOf } from '../../../model/lab/leases.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { DHCP_DEFAULTS, type DhcpMessage, type DhcpOptions, type DhcpType, macClientId } from '../../../wire/dhcp.ts';
import type { Turn } from '../../turn/turn.ts';
import { betweenServers, clientAddresses, hexOf, maskOf, NO_ADDRESS, type Received, toClient } from './frames.ts';
import { type Asker, chooseAddress, type Known, mayHave, poolFor } from './pool.ts';
import { wakeAtNext } from './waking.ts';

/** An offer is kept for its client this long. */
const OFFER_NS = 60_000_000_000;
const NANOS_PER_SECOND = 1_000_000_000;

/** A request that reached the server, and where. */
interface Request {
  readonly iface: LabInterface;
  readonly own: Ipv4;
  readonly message: DhcpMessage;
  readonly pool: DhcpPool | undefined;
  readonly asker: Asker;
  readonly cause: Position;
}

/** A message for servers reached a node that is one. */
export function serve(turn: Turn, iface: LabInterface, { message }: Received, cause: Position): void {
  const server = serverOf(nodeNamed(turn.index, iface.node));
  const own = iface.ipv4[0]?.address;
  if (server === undefined || own === undefined || message.op !== 'request') return;
  const { giaddr, ciaddr, chaddr, options } = message;
  // A client that renews by unicast may be behind routers: its own address says its network.
  const network = giaddr !== NO_ADDRESS ? giaddr : ciaddr !== NO_ADDRESS ? ciaddr : own;
  const clientId = hexOf(options.clientId ?? macClientId(chaddr));
  const asker = { clientId, mac: chaddr, requested: options.requested ?? null };
  const request = { iface, own, message, pool: poolFor(server.pools, network), asker, cause };
  if (message.type === 'discover') offer(turn, request);
  else if (message.type === 'request') decide(turn, request);
  else if (message.type === 'release') takeBack(turn, request, ciaddr, 'released');
  else if (message.type === 'decline' && asker.requested !== null) takeBack(turn, request, asker.requested, 'declined');
}

function offer(turn: Turn, request: Request): void {
  const { iface, pool, asker } = request;
  const ip = pool === undefined ? null : chooseAddress(pool, asker, knownTo(turn, iface.node, pool));
  if (pool === undefined || ip === null) {
    refuse(turn, request, pool === undefined ? 'no-pool' : 'no-free-address', null);
    return;
  }
  turn.memory(iface.node).offers[ip] = { clientId: asker.clientId, untilNs: turn.nowNs + OFFER_NS };
  answer(turn, request, 'offer', ip, pool, request.cause);
}

/** RFC 2131, section 4.3.2: a client that selects names a server; one that renews has its address in ciaddr. */
function decide(turn: Turn, request: Request): void {
  const { iface, own, message, pool, asker } = request;
  const { server } = message.options;
  if (server !== undefined && server !== own) {
    forgetOffer(turn, request);
    return;
  }
  const ip = message.ciaddr !== NO_ADDRESS ? message.ciaddr : asker.requested;
  if (ip === null) return;
  if (pool === undefined || !mayHave(pool, ip, asker, knownTo(turn, iface.node, pool))) {
    const position = refuse(turn, request, pool === undefined ? 'no-pool' : 'not-its-lease', ip);
    answer(turn, request, 'nak', null, undefined, position);
    return;
  }
  const seconds = Math.round(pool.leaseNs / NANOS_PER_SECOND);
  const granted = { node: iface.node, ip, mac: asker.mac, clientId: asker.clientId, seconds };
  const position = turn.say('LeaseGranted', request.cause, granted);
  delete turn.memory(iface.node).offers[ip];
  answer(turn, request, 'ack', ip, pool, position);
  wakeAtNext(turn, iface.node);
}

function forgetOffer(turn: Turn, { iface, asker }: Request): void {
  const { offers } = turn.memory(iface.node);
  for (const [ip, one] of Object.entries(offers)) if (one.clientId === asker.clientId) delete offers[ip];
}

function takeBack(turn: Turn, { iface, asker, cause }: Request, ip: Ipv4, reason: 'released' | 'declined'): void {
  const grant = turn.state.grants[iface.node]?.[ip];
  if (grant?.state !== 'leased' || grant.clientId !== asker.clientId) return;
  turn.say('LeaseEnded', cause, { node: iface.node, ip, clientId: asker.clientId, reason });
  wakeAtNext(turn, iface.node);
}

function refuse(
  turn: Turn,
  { iface, asker, cause }: Request,
  reason: EventData['LeaseRefused']['reason'],
  ip: Ipv4 | null,
): Position {
  return turn.say('LeaseRefused', cause, { node: iface.node, mac: asker.mac, ip: ip ?? '', reason });
}

/** Ends the leases whose time has come. */
export function expireGrants(turn: Turn, node: string): void {
  for (const [ip, grant] of Object.entries(turn.state.grants[node] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (grant.state !== 'leased' || grant.untilNs > turn.nowNs) continue;
    turn.say('LeaseEnded', grant.since, { node, ip, clientId: grant.clientId, reason: 'expired' });
  }
}

function knownTo(turn: Turn, node: string, pool: DhcpPool): Known {
  const own = (turn.index.byNode.get(node) ?? []).flatMap(({ ipv4 }) => ipv4.map(({ address }) => address as string));
  return {
    grants: turn.state.grants[node] ?? {},
    offers: turn.memory(node).offers,
    own: new Set([...own, ...(pool.gateway === null ? [] : [pool.gateway])]),
    nowNs: turn.nowNs,
  };
}

/** Answers a request: to its relay, to the address that the client has already, or on the segment. */
function answer(
  turn: Turn,
  { iface, own, message }: Request,
  type: DhcpType,
  ip: Ipv4 | null,
  pool: DhcpPool | undefined,
  cause: Position,
): void {
  const { xid, giaddr, ciaddr, chaddr, broadcast } = message;
  const fixed = { ...DHCP_DEFAULTS, op: 'reply', type, xid, giaddr, chaddr } as const;
  const kept = type === 'ack' ? ciaddr : NO_ADDRESS;
  const options = optionsOf(own, message, pool);
  const reply: DhcpMessage = { ...fixed, ciaddr: kept, yiaddr: ip ?? NO_ADDRESS, broadcast, options };
  const srcMac = turn.state.interfaces[endpointOf(iface)]?.usedMac as Mac;
  if (giaddr !== NO_ADDRESS) {
    // A refusal reaches the client by broadcast (RFC 2131, section 4.3.2).
    const relayed = { ...reply, broadcast: broadcast || type === 'nak' };
    turn.route(endpointOf(iface), betweenServers(relayed, { src: own, dst: giaddr }), cause);
  } else if (ciaddr !== NO_ADDRESS && type !== 'nak') {
    turn.route(endpointOf(iface), toClient(reply, { src: own, dst: ciaddr }), cause);
  } else turn.send(endpointOf(iface), toClient(reply, { src: own, srcMac, ...clientAddresses(reply) }), cause);
}

/** Rule LEASE-05: T1 is half of the lease, T2 seven eighths. */
function optionsOf(own: Ipv4, { options }: DhcpMessage, pool: DhcpPool | undefined): DhcpOptions {
  const echoed = options.relayAgent === undefined ? {} : { relayAgent: options.relayAgent };
  if (pool === undefined) return { server: own, ...echoed };
  const leaseSeconds = Math.round(pool.leaseNs / NANOS_PER_SECOND);
  return {
    server: own,
    leaseSeconds,
    renewSeconds: Math.floor(leaseSeconds / 2),
    rebindSeconds: Math.floor((leaseSeconds * 7) / 8),
    subnetMask: maskOf(pool.network.prefix),
    ...(pool.gateway !== null && { routers: [pool.gateway] }),
    ...echoed,
  };
}
