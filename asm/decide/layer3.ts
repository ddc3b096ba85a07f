/**
 * Layer 3: firewalls, routers and end hosts. They take frames addressed to them, route IPv4, and hand the rest to the agent. What
 * a firewall's interfaces of other modes receive goes to interface-mode.ts.
 *
 * Packets are never fragmented: one above the egress MTU is dropped (JUM-01), as if DF were always set.
 */

import {
  DROP_BAD_PACKET,
  DROP_HA_NOT_ACTIVE,
  DROP_MTU_EXCEEDED,
  DROP_NO_LISTENER,
  DROP_NO_ROUTE,
  DROP_NOT_MINE,
  DROP_POOL_EXHAUSTED,
  DROP_TTL_EXPIRED,
  DROP_VLAN_MISMATCH,
} from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import { BROADCAST, destinationOf, ETHERTYPE_ARP, ETHERTYPE_HA2, ETHERTYPE_IPV4, etherTypeOf, isGroup } from '../frame/ethernet';
import { flowAt, sinkFrame } from '../frame/flow-record';
import { bearFrame, blameOf, deliverFrame, dropFrame, dropInRun, ownFrame, runOf } from '../frame/frame';
import { routeLater } from '../frame/inject';
import { CHECKSUM, DESTINATION, ICMP, IP, PROTOCOL, SOURCE, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import { puntFrame } from '../frame/punt';
import { TCP_PROTOCOL } from '../frame/tcp-header';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { isDefined, later } from '../memory/origin';
import { joined, Port, portAt } from '../memory/port';
import { header, ROUTE_BYTES } from '../memory/region';
import { judge, PASSES, RESETS, translateFrame, verdict } from '../session/judge';
import { tableOf } from '../session/record';
import { bearReset } from '../session/reset';
import { translationOf } from '../session/translation';
import {
  ERROR_COST_NS,
  errorFrameBytes,
  FRAGMENTATION_NEEDED,
  HOST_UNREACHABLE,
  ICMP as ICMP_MESSAGE,
  mayReport,
  messageBytes,
  TIME_EXCEEDED,
  writeError,
} from './icmp-error';
import { receiveUnrouted, UNROUTED } from './interface-mode';
import { sendToNeighbour, waitingFor } from './neighbour';
import { overheardSince } from './overheard';
import { enterSubinterface, NO_SUBINTERFACE, subinterfaceOf } from './subinterface';
import { receiveSegment, receiveStranger } from './tcp-receive';
import { vidOf } from './vlan';

const IPV4_HEADER: u32 = 20;

/** In a route's `via`: the address is one of the node's own. */
export const VIA_LOCAL: u32 = 0xffffffff;
/** In a route's `via`: the destination is on the network of the interface itself. */
export const VIA_CONNECTED: u32 = 0;

@unmanaged
export class Route {
  network: u32;
  mask: u32;
  via: u32;
  port: u32;
}
if (offsetof<Route>() > <usize>ROUTE_BYTES) ERROR('Route does not fit its slot');

function routeAt(node: Node, index: u32): Route {
  return changetype<Route>(<usize>(node.routesAt + index * ROUTE_BYTES));
}

/** Puts a route behind all longer prefixes, so that the first match is the longest. False when there is no room. */
export function addRoute(node: Node, network: u32, mask: u32, via: u32, port: u32): bool {
  if (node.routeCount >= node.routeMax) return false;
  let index = node.routeCount;
  while (index > 0 && routeAt(node, index - 1).mask < mask) {
    memory.copy(changetype<usize>(routeAt(node, index)), changetype<usize>(routeAt(node, index - 1)), ROUTE_BYTES);
    index--;
  }
  const route = routeAt(node, index);
  route.network = network;
  route.mask = mask;
  route.via = via;
  route.port = port;
  node.routeCount++;
  return true;
}

/** Forgets all routes of a node, its own addresses with them, because of the event at `cause`. */
export function clearRoutes(node: Node, cause: u32): void {
  node.routeCount = 0;
  node.routeCause = cause;
}

function findRoute(node: Node, ip: u32): Route | null {
  for (let i: u32 = 0; i < node.routeCount; i++) {
    const route = routeAt(node, i);
    if ((ip & route.mask) === route.network) return route;
  }
  return null;
}

/** Ones' complement sum of the IPv4 header at `at`, folded. A valid header sums to 0xffff. */
export function headerSum(at: usize, bytes: u32): u32 {
  // The sum of swapped halves is the swapped sum (RFC 1071, section 2), so whole words are added and swapped once.
  let words: u64 = 0;
  for (let i: u32 = 0; i < bytes; i += 4) words += load<u32>(at + i);
  let sum = <u32>(words & 0xffff) + <u32>((words >> 16) & 0xffff) + <u32>(words >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  return bswap<u16>(<u16>((sum & 0xffff) + (sum >> 16)));
}

/** One frame that an interface of a layer-3 node received. */
export function receiveLayer3(node: Node, index: u32, buffer: Buffer, vlan: u32): void {
  const port = portAt(index);
  if (isGated(node, port)) {
    dropGated(node, index, buffer, vlan);
    return;
  }
  if ((port.flags & UNROUTED) !== 0) {
    receiveUnrouted(node, port, index, buffer, vlan);
    return;
  }
  if (vidOf(vlan) !== 0) receiveTagged(node, index, buffer, vlan);
  else receiveRouted(node, port, index, buffer, vlan);
}

/** The subinterface of its tag takes a frame, if there is one. */
function receiveTagged(node: Node, parent: u32, buffer: Buffer, vlan: u32): void {
  const index = subinterfaceOf(node, parent, vidOf(vlan));
  if (index === NO_SUBINTERFACE) dropFrame(buffer, vlan, parent, DROP_VLAN_MISMATCH, takesSince(node, portAt(parent)));
  else if (enterSubinterface(index, buffer, vlan)) receiveRouted(node, portAt(index), index, buffer, vlan);
}

/** One frame that an interface or subinterface looks at. */
// inline
function receiveRouted(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const bytes = bytesOf(buffer);
  const destination = destinationOf(bytes);
  if (destination !== port.usedMac && destination !== BROADCAST && !(isGroup(destination) && joined(port, destination))) {
    const notMine = later(overheardSince(port, destination), destination === port.formerMac ? port.macCause : 1);
    dropFrame(buffer, vlan, index, DROP_NOT_MINE, later(takesSince(node, port), notMine));
    return;
  }
  const etherType = etherTypeOf(bytes);
  if (etherType === ETHERTYPE_ARP) puntFrame(index, buffer, vlan, later(buffer.cause, takesSince(node, port)));
  else if (etherType === ETHERTYPE_IPV4) receiveIpv4(node, index, port, buffer);
  else if (etherType === ETHERTYPE_HA2 && (port.flags & L.PORT_HA) !== 0) puntFrame(index, buffer, vlan, buffer.cause);
  else dropFrame(buffer, vlan, index, DROP_NO_LISTENER, takesSince(node, port));
}

/**
 * The event since which a port's frames are looked at: the one that made a unit of a pair active, if it happened. Asked before a drop,
 * and where an agent is handed an ARP frame.
 */
function takesSince(node: Node, port: Port): u32 {
  const isBehindGate = (node.flags & L.NODE_HA_MEMBER) !== 0 && (port.flags & L.PORT_HA) === 0;
  return isBehindGate && !isDefined(node.gateCause) ? node.gateCause : 1;
}

/** Rule HA-01: only the active form forwards. HA ports are outside the gate. */
function isGated(node: Node, port: Port): bool {
  return (node.flags & L.NODE_HA_MEMBER) !== 0 && node.haActive === 0 && (port.flags & L.PORT_HA) === 0;
}

/** A unit drops because of the event that closed it for frames. Each state of it begins a run. */
function dropGated(node: Node, index: u32, buffer: Buffer, vlan: u32): void {
  dropInRun(buffer, vlan, index, DROP_HA_NOT_ACTIVE, runOf(buffer, node.haCause), blameOf(node.gateCause, buffer.cause));
}

// inline
function receiveIpv4(node: Node, index: u32, port: Port, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  if (!isGoodPacket(bytes, buffer.length)) {
    dropFrame(buffer, 0, index, DROP_BAD_PACKET, 1);
    return;
  }
  const ip = bswap<u32>(load<u32>(bytes + DESTINATION));
  const route = findRoute(node, ip);
  if (route !== null && (<Route>route).via === VIA_LOCAL) {
    receiveLocal(index, port, buffer);
  } else if ((node.flags & L.NODE_FORWARDS) === 0 || isGroup(destinationOf(bytes))) {
    receiveInSession(node, index, buffer, route, ip);
  } else if (load<u8>(bytes + TTL) <= 1) {
    reportProblem(node, buffer, TIME_EXCEEDED, 0, buffer.cause);
    dropFrame(buffer, 0, index, DROP_TTL_EXPIRED, 1);
  } else {
    routePacket(node, index, buffer, route, ip, true);
  }
}

/** A packet for another node, where nothing is passed on without a session: by a firewall with zones, or by an end host, which passes nothing on. */
function receiveInSession(node: Node, index: u32, buffer: Buffer, route: Route | null, ip: u32): void {
  const bytes = bytesOf(buffer);
  if ((node.flags & L.NODE_SESSIONS) === 0 || isGroup(destinationOf(bytes))) {
    dropFrame(buffer, 0, index, DROP_NO_LISTENER, 1);
    return;
  }
  if (load<u8>(bytes + TTL) <= 1) {
    reportProblem(node, buffer, TIME_EXCEEDED, 0, buffer.cause);
    dropFrame(buffer, 0, index, DROP_TTL_EXPIRED, 1);
    return;
  }
  const decided = judge(node, index, buffer, route === null ? L.NONE : (<Route>route).port);
  if (decided !== PASSES) {
    refuseSession(node, index, buffer, decided);
    return;
  }
  const owned = ownFrame(buffer);
  if (owned === null) {
    dropFrame(buffer, 0, index, DROP_POOL_EXHAUSTED, 0);
    return;
  }
  translateFrame(node, <Buffer>owned);
  const to = bswap<u32>(load<u32>(bytesOf(<Buffer>owned) + DESTINATION));
  routePacket(node, index, <Buffer>owned, to === ip ? route : findRoute(node, to), to, true);
}

function refuseSession(node: Node, index: u32, buffer: Buffer, decided: u32): void {
  const reason = verdict().reason;
  const cause = verdict().cause;
  const reset = decided === RESETS ? bearReset(index, buffer) : null;
  dropFrame(buffer, 0, index, reason, cause);
  if (reset !== null) sendPacket(node, index, <Buffer>reset);
}

// inline
function isGoodPacket(bytes: usize, length: u32): bool {
  if (length < <u32>IP + IPV4_HEADER) return false;
  const first = load<u8>(bytes + IP);
  const header = <u32>(first & 15) * 4;
  if (first >> 4 !== 4 || header < IPV4_HEADER || <u32>IP + header > length) return false;
  const total: u32 = bswap<u16>(load<u16>(bytes + TOTAL_LENGTH));
  if (total < header || <u32>IP + total > length) return false;
  return headerSum(bytes + IP, header) === 0xffff;
}

/** A packet for one of the node's own addresses. */
// inline
function receiveLocal(index: u32, port: Port, buffer: Buffer): void {
  if (buffer.flow !== 0) {
    if (flowAt(buffer.flow - 1).tcpAt === 0) sinkFrame(buffer);
    else receiveSegment(index, buffer);
    deliverFrame(buffer, index);
  } else if (load<u8>(bytesOf(buffer) + PROTOCOL) === <u8>ICMP || (port.flags & L.PORT_HA) !== 0) {
    puntFrame(index, buffer, 0, buffer.cause);
  } else if (load<u8>(bytesOf(buffer) + PROTOCOL) === <u8>TCP_PROTOCOL && receiveStranger(index, buffer)) {
    deliverFrame(buffer, index);
  } else {
    dropFrame(buffer, 0, index, DROP_NO_LISTENER, 1);
  }
}

/** Sends a packet the node itself made; `index` is the interface it counts as dropped at when there is no way out. */
export function sendPacket(node: Node, index: u32, buffer: Buffer): void {
  const ip = bswap<u32>(load<u32>(bytesOf(buffer) + DESTINATION));
  routePacket(node, index, buffer, findRoute(node, ip), ip, false);
}

// inline
function routePacket(node: Node, index: u32, buffer: Buffer, found: Route | null, ip: u32, transit: bool): void {
  if (found === null || (<Route>found).via === VIA_LOCAL) {
    dropFrame(buffer, 0, index, DROP_NO_ROUTE, node.routeCause);
    return;
  }
  const route = <Route>found;
  const out = portAt(route.port);
  if (<u32>bswap<u16>(load<u16>(bytesOf(buffer) + TOTAL_LENGTH)) > out.mtu) {
    if (transit) reportProblem(node, buffer, FRAGMENTATION_NEEDED, out.mtu, out.mtuCause);
    dropFrame(buffer, 0, route.port, DROP_MTU_EXCEEDED, out.mtuCause);
    return;
  }
  if (isGated(node, out)) {
    dropGated(node, route.port, buffer, 0);
    return;
  }
  const owned = ownFrame(buffer);
  if (owned === null) {
    dropFrame(buffer, 0, index, DROP_POOL_EXHAUSTED, 0);
    return;
  }
  if (transit) decrementTtl(bytesOf(<Buffer>owned));
  // A unit of a pair forwards because of the event that made it active.
  if (node.gateCause > header().definedUpTo && (node.flags & L.NODE_HA_MEMBER) !== 0)
    (<Buffer>owned).cause = later((<Buffer>owned).cause, node.gateCause);
  // A committed route sends it here.
  if (node.routeCause > header().definedUpTo) (<Buffer>owned).cause = later((<Buffer>owned).cause, node.routeCause);
  sendToNeighbour(node, route.port, route.via === VIA_CONNECTED ? ip : route.via, <Buffer>owned);
}

/** TTL - 1, and the checksum with it (RFC 1624: HC' = ~(~HC + ~m + m')). */
function decrementTtl(bytes: usize): void {
  const word: u32 = bswap<u16>(load<u16>(bytes + TTL));
  store<u8>(bytes + TTL, load<u8>(bytes + TTL) - 1);
  const old: u32 = bswap<u16>(load<u16>(bytes + CHECKSUM));
  let sum: u32 = (~old & 0xffff) + (~word & 0xffff) + ((word - 0x100) & 0xffff);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>(~sum & 0xffff)));
}

/** The first address of an interface; 0 for none. */
function addressOf(node: Node, port: u32): u32 {
  for (let i: u32 = 0; i < node.routeCount; i++) {
    const route = routeAt(node, i);
    if (route.via === VIA_LOCAL && route.port === port) return route.network;
  }
  return 0;
}

/**
 * An ICMP error to the source of a packet that is about to be dropped, from the address of the interface that leads there (icmp-error.ts).
 * @param cause the event that the packet is dropped for; the error exists for it and for what the packet exists for.
 */
function reportProblem(node: Node, about: Buffer, problem: u16, mtu: u32, cause: u32): void {
  const quoted = bytesOf(about);
  const to = bswap<u32>(load<u32>(quoted + SOURCE));
  // A packet that was translated already quotes an address that its sender does not know.
  if ((node.flags & L.NODE_SESSIONS) !== 0 && translationOf(tableOf(node), to) !== 0) return;
  const found = findRoute(node, to);
  if (found === null || (<Route>found).via === VIA_LOCAL) return;
  const out = (<Route>found).port;
  const from = addressOf(node, out);
  if (from === 0 || !mayReport(node, about)) return;
  const born = bearFrame(out, errorFrameBytes(quoted), later(cause, about.cause), 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  writeError(bytes, quoted, from, problem, mtu);
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>~headerSum(bytes + IP, IPV4_HEADER)));
  store<u16>(bytes + ICMP_MESSAGE + 2, bswap<u16>(<u16>~headerSum(bytes + ICMP_MESSAGE, messageBytes(quoted))));
  routeLater(out, <Buffer>born, header().nowNs + ERROR_COST_NS);
}

/** A next hop does not answer: the senders of the packets that wait for it are told, before these are dropped. */
export function reportUnreachable(port: u32, ip: u32, cause: u32): void {
  const node = nodeAt(portAt(port).node);
  if ((node.flags & (L.NODE_FORWARDS | L.NODE_SESSIONS)) === 0) return;
  for (let i: u32 = 0; ; i++) {
    const buffer = waitingFor(port, ip, i);
    if (buffer === null) return;
    reportProblem(node, <Buffer>buffer, HOST_UNREACHABLE, 0, cause);
  }
}
