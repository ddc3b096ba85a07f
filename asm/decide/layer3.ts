/**
 * Layer 3: firewalls, routers and end hosts. They take frames addressed to them, route IPv4, and hand the rest to the agent. What
 * a firewall's interfaces of other modes receive goes to interface-mode.ts.
 *
 * Packets are never fragmented: one above the egress MTU is dropped (JUM-01), as if DF were always set.
 */

import {
  DROP_BAD_PACKET,
  DROP_NO_LISTENER,
  DROP_NO_ROUTE,
  DROP_NOT_MINE,
  DROP_TTL_EXPIRED,
  DROP_VLAN_MISMATCH,
} from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import {
  BROADCAST,
  destinationOf,
  ETHERTYPE_ARP,
  ETHERTYPE_HA2,
  ETHERTYPE_PPPOE_DISCOVERY,
  ETHERTYPE_PPPOE_SESSION,
  etherTypeOf,
  isForGroup,
  isGroup,
  isIpv4,
  isIpv6,
} from '../frame/ethernet';
import { flowAt, sinkFrame } from '../frame/flow-record';
import { consumeFrame, deliverFrame, dropFrame } from '../frame/frame';
import {
  DESTINATION,
  headerSum,
  ICMP,
  IP,
  IPV4_HEADER_BYTES,
  isPlainHeaderSound,
  PLAIN_HEADER,
  PROTOCOL,
  TOTAL_LENGTH,
  TTL,
} from '../frame/ipv4';
import { puntFrame } from '../frame/punt';
import { TCP_PROTOCOL } from '../frame/tcp-header';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { joined, Port, portAt } from '../memory/port';
import * as S from '../memory/session-layout';
import * as T from '../memory/team-layout';
import { goesOnIn } from '../session/established';
import { Session } from '../session/record';
import { passBalanced } from './balance';
import { takesDhcp } from './dhcp';
import { dropGated, isGated, takesSince } from './gate';
import { concernsAgent } from './heard-arp';
import { TIME_EXCEEDED } from './icmp-error';
import { passesJudged, passTranslated } from './in-session';
import { receiveUnrouted, UNROUTED } from './interface-mode';
import { receiveIpv6 } from './layer3-ipv6';
import { overheardSince } from './overheard';
import { addressesSince, takesToo } from './port-addresses';
import { packetIn } from './pppoe';
import { reportProblem } from './report-problem';
import { passOn } from './route-packet';
import { findRoute, Route, VIA_LOCAL } from './routes';
import { enterSubinterface, NO_SUBINTERFACE, subinterfaceOf } from './subinterface';
import { receiveSegment, receiveStranger } from './tcp-receive';
import { vidOf } from './vlan';

/** Of these flags, a node that passes packets on has one; an end host has neither. */
const PASSES_ON: u32 = L.NODE_FORWARDS | L.NODE_SESSIONS;
/** No interface: the frame came to its end. */
const ENDED: u32 = L.NONE;

/** One frame that an interface of a layer-3 node received. */
export function receiveLayer3(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  // One by one, here and below: of conditions joined the compiler makes a number first, for every frame.
  if ((node.flags & L.NODE_HA_MEMBER) !== 0) {
    if (isGated(node, port)) {
      dropGated(node, index, buffer, vlan);
      return;
    }
  }
  if ((port.flags & UNROUTED) !== 0) {
    receiveUnrouted(node, port, index, buffer, vlan);
    return;
  }
  let at = index;
  let taker = port;
  if (vidOf(vlan) !== 0) {
    at = enterTagged(node, index, buffer, vlan);
    if (at === ENDED) return;
    taker = portAt(at);
  }
  receiveRouted(node, taker, at, buffer, vlan);
}

/** The subinterface of its tag takes a frame: its number, or ENDED where there is none, or the frame is too long for it. */
function enterTagged(node: Node, parent: u32, buffer: Buffer, vlan: u32): u32 {
  const index = subinterfaceOf(parent, vidOf(vlan));
  if (index === NO_SUBINTERFACE) dropFrame(buffer, vlan, parent, DROP_VLAN_MISMATCH, takesSince(node, portAt(parent)));
  else if (enterSubinterface(index, buffer, vlan)) return index;
  return ENDED;
}

/** One frame that an interface or subinterface looks at. */
// inline
function receiveRouted(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const bytes = bytesOf(buffer);
  const destination = destinationOf(bytes);
  if (destination !== port.usedMac) {
    if (destination !== BROADCAST && !(isGroup(destination) && joined(port, destination)) && !takesToo(port, destination, buffer)) {
      dropNotMine(node, port, index, buffer, vlan);
      return;
    }
  }
  if (isIpv4(bytes)) {
    receiveIpv4(node, index, port, buffer);
    return;
  }
  if (isIpv6(bytes)) {
    if (node.routes6At !== 0) {
      receiveIpv6(node, port, index, buffer);
      return;
    }
  }
  receiveOther(node, port, index, buffer, vlan);
}

/** One frame that has no packet of an IP that the node speaks. */
function receiveOther(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const etherType = etherTypeOf(bytesOf(buffer));
  if (etherType === ETHERTYPE_ARP) receiveArp(node, port, index, buffer, vlan);
  else if (etherType === ETHERTYPE_HA2 && (port.flags & L.PORT_HA) !== 0) puntFrame(index, buffer, vlan, buffer.cause);
  else if ((port.flags & L.PORT_PPPOE) !== 0 && isPppoe(etherType)) receivePppoe(node, port, index, buffer);
  else dropFrame(buffer, vlan, index, DROP_NO_LISTENER, takesSince(node, port));
}

function receiveArp(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  if (concernsAgent(node, port, index, buffer)) puntFrame(index, buffer, vlan, later(buffer.cause, takesSince(node, port)));
  else consumeFrame(buffer, index);
}

function isPppoe(etherType: u32): bool {
  return etherType === ETHERTYPE_PPPOE_SESSION || etherType === ETHERTYPE_PPPOE_DISCOVERY;
}

/** What a session carries goes on as a packet that the interface received. */
function receivePppoe(node: Node, port: Port, index: u32, buffer: Buffer): void {
  const packet = packetIn(node, port, index, buffer, later(buffer.cause, takesSince(node, port)));
  if (packet !== null) receiveIpv4(node, index, port, <Buffer>packet);
}

/** A frame for another address. Where the address was the port's own, the event that changed it counts. */
function dropNotMine(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const destination = destinationOf(bytesOf(buffer));
  const notMine = later(overheardSince(port, destination), destination === port.formerMac ? port.macCause : 1);
  dropFrame(buffer, vlan, index, DROP_NOT_MINE, later(takesSince(node, port), later(notMine, addressesSince(port))));
}

// inline
function receiveIpv4(node: Node, index: u32, port: Port, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  if (!isGoodPacket(bytes, buffer.length)) {
    dropFrame(buffer, 0, index, DROP_BAD_PACKET, 1);
    return;
  }
  if (((port.flags & L.PORT_LEASED) | (node.flags & L.NODE_SERVES_DHCP)) !== 0) {
    if (takesDhcp(node, port, index, buffer, later(buffer.cause, takesSince(node, port)))) return;
  }
  const ip = bswap<u32>(load<u32>(bytes + DESTINATION));
  const found = findRoute(node, ip);
  if (found === null) {
    receiveWithoutRoute(node, index, port, buffer, ip);
    return;
  }
  const route = <Route>found;
  if (route.via === VIA_LOCAL) {
    receiveLocal(index, port, buffer);
    return;
  }
  if ((node.flags & PASSES_ON) === 0 || isForGroup(bytes)) {
    dropFrame(buffer, 0, index, DROP_NO_LISTENER, 1);
    return;
  }
  if (load<u8>(bytes + TTL) <= 1) {
    dropExpired(node, index, buffer);
    return;
  }
  if ((node.flags & L.NODE_FORWARDS) === 0) {
    const session = goesOnIn(node, buffer, ip);
    if (session === null) {
      if (!passesJudged(node, index, buffer, route, ip)) return;
    } else if (((<Session>session).flags & S.SESSION_TRANSLATED) !== 0) {
      passTranslated(node, index, buffer, route, ip);
      return;
    }
  }
  if ((node.flags & T.NODE_BALANCES) === 0) passOn(node, index, buffer, route, ip, true);
  else passBalanced(node, index, buffer, route, ip);
}

function dropExpired(node: Node, index: u32, buffer: Buffer): void {
  reportProblem(node, buffer, TIME_EXCEEDED, 0, buffer.cause);
  dropFrame(buffer, 0, index, DROP_TTL_EXPIRED, 1);
}

/** A packet that no route is for. In a session it may be for a client behind an address of a pool. */
function receiveWithoutRoute(node: Node, index: u32, port: Port, buffer: Buffer, ip: u32): void {
  const bytes = bytesOf(buffer);
  if ((node.flags & PASSES_ON) === 0 || isForGroup(bytes)) dropFrame(buffer, 0, index, DROP_NO_LISTENER, 1);
  else if (load<u8>(bytes + TTL) <= 1) dropExpired(node, index, buffer);
  else if ((node.flags & L.NODE_FORWARDS) !== 0 || passesJudged(node, index, buffer, null, ip)) {
    dropFrame(buffer, 0, index, DROP_NO_ROUTE, later(node.routeCause, takesSince(node, port)));
  }
}

// inline
function isGoodPacket(bytes: usize, length: u32): bool {
  if (<u32>load<u8>(bytes + IP) !== PLAIN_HEADER) return isGoodWithOptions(bytes, length);
  const total: u32 = bswap<u16>(load<u16>(bytes + TOTAL_LENGTH));
  if (total < IPV4_HEADER_BYTES) return false;
  return <u32>IP + total <= length ? isPlainHeaderSound(bytes + IP) : false;
}

function isGoodWithOptions(bytes: usize, length: u32): bool {
  if (length < <u32>IP + IPV4_HEADER_BYTES) return false;
  const first = load<u8>(bytes + IP);
  const header = <u32>(first & 15) * 4;
  if (first >> 4 !== 4 || header < IPV4_HEADER_BYTES || <u32>IP + header > length) return false;
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
