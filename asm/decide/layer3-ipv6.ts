/**
 * IPv6 at layer-3 nodes, beside layer3.ts: nodes take packets addressed to them, route those of others, and hand ICMPv6 to the agent.
 *
 * Packets are never fragmented on the way (RFC 8200): one above the egress MTU is dropped, and its sender is told (packet too big). A
 * firewall with zones passes no IPv6 on: its sessions are IPv4's.
 */
import { DROP_BAD_PACKET, DROP_MTU_EXCEEDED, DROP_NO_LISTENER, DROP_NO_ROUTE, DROP_TTL_EXPIRED } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import { isForGroup } from '../frame/ethernet';
import { sinkFrame } from '../frame/flow-record';
import { deliverFrame, dropFrame } from '../frame/frame';
import {
  DESTINATION6,
  HOP_LIMIT,
  halfAt,
  ICMP6,
  IP6,
  IPV6_HEADER_BYTES,
  isLinkLocal,
  isMulticast6,
  NEXT_HEADER,
  payloadLength,
} from '../frame/ipv6';
import { puntFrame } from '../frame/punt';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header } from '../memory/region';
import { cleared, isClear, takesSince } from './gate';
import { HOP_LIMIT_EXCEEDED, PACKET_TOO_BIG, reportProblem6 } from './icmp6-error';
import { sendToNeighbour6 } from './neighbour';
import { CONNECTED6, findRoute6, LOCAL6, Route6 } from './routes6';

/** Version in the first byte of a header. */
const VERSION_6: u8 = 0x60;

/** One IPv6 packet that an interface took. Compiled into its caller, as IPv4's way is. */
// inline
export function receiveIpv6(node: Node, port: Port, index: u32, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  const length = buffer.length;
  // One by one, here and below: of conditions joined the compiler makes a number first, for every packet.
  if (length < <u32>IP6 + IPV6_HEADER_BYTES) {
    dropBad6(index, buffer);
    return;
  }
  if ((load<u8>(bytes + IP6) & 0xf0) !== VERSION_6) {
    dropBad6(index, buffer);
    return;
  }
  if (<u32>IP6 + IPV6_HEADER_BYTES + payloadLength(bytes) > length) {
    dropBad6(index, buffer);
    return;
  }
  const high = halfAt(bytes + DESTINATION6);
  if (isMulticast6(high)) {
    receiveGroup6(node, port, index, buffer);
    return;
  }
  const low = halfAt(bytes + DESTINATION6 + 8);
  const found = findRoute6(node, high, low);
  if (found === null) {
    receiveWithoutRoute6(node, index, buffer, high);
    return;
  }
  const route = <Route6>found;
  if (route.kind === LOCAL6) {
    receiveLocal6(index, buffer);
    return;
  }
  if ((node.flags & L.NODE_FORWARDS) === 0) {
    dropUnheard6(node, index, buffer);
    return;
  }
  if (isForGroup(bytes)) {
    dropUnheard6(node, index, buffer);
    return;
  }
  if (isLinkLocal(high)) {
    dropUnheard6(node, index, buffer);
    return;
  }
  if (load<u8>(bytes + HOP_LIMIT) <= 1) {
    dropExpired6(node, index, buffer);
    return;
  }
  passOn6(node, index, buffer, route, high, low, true);
}

/** A packet that is cut short, or is of another version. */
function dropBad6(index: u32, buffer: Buffer): void {
  dropFrame(buffer, 0, index, DROP_BAD_PACKET, 1);
}

/** Its sender is told that the hop limit was used up. */
function dropExpired6(node: Node, index: u32, buffer: Buffer): void {
  reportProblem6(node, buffer, HOP_LIMIT_EXCEEDED, 0, buffer.cause);
  dropFrame(buffer, 0, index, DROP_TTL_EXPIRED, 1);
}

/** A packet that no route is for. */
function receiveWithoutRoute6(node: Node, index: u32, buffer: Buffer, high: u64): void {
  const bytes = bytesOf(buffer);
  if ((node.flags & L.NODE_FORWARDS) === 0 || isForGroup(bytes) || isLinkLocal(high)) dropUnheard6(node, index, buffer);
  else if (load<u8>(bytes + HOP_LIMIT) <= 1) dropExpired6(node, index, buffer);
  else dropFrame(buffer, 0, index, DROP_NO_ROUTE, node.route6Cause);
}

/** A packet for another node that this one does not pass on. */
function dropUnheard6(node: Node, index: u32, buffer: Buffer): void {
  dropFrame(buffer, 0, index, DROP_NO_LISTENER, node.route6Cause);
}

/** A packet for a group: its agent speaks ICMPv6, and nothing else. */
function receiveGroup6(node: Node, port: Port, index: u32, buffer: Buffer): void {
  if (load<u8>(bytesOf(buffer) + NEXT_HEADER) === ICMP6) puntFrame(index, buffer, 0, later(buffer.cause, takesSince(node, port)));
  else dropFrame(buffer, 0, index, DROP_NO_LISTENER, takesSince(node, port));
}

/** A packet for one of the node's own addresses. */
function receiveLocal6(index: u32, buffer: Buffer): void {
  if (buffer.flow !== 0) {
    sinkFrame(buffer);
    deliverFrame(buffer, index);
  } else if (load<u8>(bytesOf(buffer) + NEXT_HEADER) === ICMP6) puntFrame(index, buffer, 0, buffer.cause);
  else dropFrame(buffer, 0, index, DROP_NO_LISTENER, 1);
}

/** Sends a packet the node itself made; `index` is the interface it counts as dropped at when there is no way out. */
export function sendPacket6(node: Node, index: u32, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  const high = halfAt(bytes + DESTINATION6);
  const low = halfAt(bytes + DESTINATION6 + 8);
  const found = findRoute6(node, high, low);
  if (found === null || (<Route6>found).kind === LOCAL6) dropFrame(buffer, 0, index, DROP_NO_ROUTE, node.route6Cause);
  else passOn6(node, index, buffer, <Route6>found, high, low, false);
}

/** Sends a packet by a route that leads to another node. @param transit it came from another node: its hop limit falls. */
// inline
function passOn6(node: Node, index: u32, buffer: Buffer, route: Route6, high: u64, low: u64, transit: bool): void {
  const via = route.port;
  const out = portAt(via);
  // A packet is no longer than its frame, which needs no swap of bytes.
  if (buffer.length > out.mtu + L.ETHERNET_HEADER_BYTES) {
    if (payloadLength(bytesOf(buffer)) + IPV6_HEADER_BYTES > out.mtu) {
      dropTooLong6(node, buffer, via, transit);
      return;
    }
  }
  let owned = buffer;
  if (!isClear(node, buffer)) {
    const clear = cleared(node, via, out, index, buffer);
    if (clear === null) return;
    owned = <Buffer>clear;
  }
  const bytes = bytesOf(owned);
  if (transit) store<u8>(bytes + HOP_LIMIT, load<u8>(bytes + HOP_LIMIT) - 1);
  const defined = header().definedUpTo;
  if (node.gateCause > defined) noteRoutes6(node, owned);
  else if (node.route6Cause > defined) noteRoutes6(node, owned);
  let nextHigh = high;
  let nextLow = low;
  if (route.kind !== CONNECTED6) {
    nextHigh = route.viaHigh;
    nextLow = route.viaLow;
  }
  sendToNeighbour6(node, via, out, nextHigh, nextLow, owned);
}

/** A packet exists for the event, too, that gave its node the routes or opened its gate. */
function noteRoutes6(node: Node, buffer: Buffer): void {
  const since = later(node.gateCause, node.route6Cause);
  if (since > header().definedUpTo) buffer.cause = later(buffer.cause, since);
}

function dropTooLong6(node: Node, buffer: Buffer, index: u32, transit: bool): void {
  const out = portAt(index);
  if (transit) reportProblem6(node, buffer, PACKET_TOO_BIG, out.mtu, later(buffer.cause, out.mtuCause));
  dropFrame(buffer, 0, index, DROP_MTU_EXCEEDED, out.mtuCause);
}
