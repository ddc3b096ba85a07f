/** Sends an IPv4 packet as the routes say: towards a neighbour, or to its end with a reason. */
import { DROP_MTU_EXCEEDED, DROP_NO_ROUTE } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import { CHECKSUM, DESTINATION, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header } from '../memory/region';
import { cleared, isClear } from './gate';
import { FRAGMENTATION_NEEDED } from './icmp-error';
import { sendToNeighbour } from './neighbour';
import { reportProblem } from './report-problem';
import { findRoute, Route, VIA_CONNECTED, VIA_UNHEALTHY } from './routes';

/** Sends a packet the node itself made; `index` is the interface it counts as dropped at when there is no way out. */
export function sendPacket(node: Node, index: u32, buffer: Buffer): void {
  const ip = bswap<u32>(load<u32>(bytesOf(buffer) + DESTINATION));
  routePacket(node, index, buffer, findRoute(node, ip), ip, false);
}

/**
 * Sends a packet by a route that was found.
 * @param transit whether it came from another node: then its TTL falls, and its sender is told of problems.
 */
export function routePacket(node: Node, index: u32, buffer: Buffer, found: Route | null, ip: u32, transit: bool): void {
  if (found === null || (<Route>found).via >= VIA_UNHEALTHY) {
    dropFrame(buffer, 0, index, DROP_NO_ROUTE, node.routeCause);
    return;
  }
  passOn(node, index, buffer, <Route>found, ip, transit);
}

/** The same by a route that leads to another node. */
// inline
export function passOn(node: Node, index: u32, buffer: Buffer, route: Route, ip: u32, transit: bool): void {
  const via = route.port;
  const out = portAt(via);
  // A packet is no longer than its frame, which needs no swap of bytes.
  if (buffer.length > out.mtu + L.ETHERNET_HEADER_BYTES) {
    if (isTooLong(buffer, out)) {
      dropTooLong(node, buffer, via, transit);
      return;
    }
  }
  let owned = buffer;
  if (!isClear(node, buffer)) {
    const clear = cleared(node, via, out, index, buffer);
    if (clear === null) return;
    owned = <Buffer>clear;
  }
  if (transit) decrementTtl(bytesOf(owned));
  if (node.forwardsSince > header().definedUpTo) owned.cause = later(owned.cause, node.forwardsSince);
  sendToNeighbour(node, via, out, route.via === VIA_CONNECTED ? ip : route.via, owned);
}

/** Whether a packet is longer than the interface of its route takes (JUM-01). */
export function isTooLong(buffer: Buffer, out: Port): bool {
  return <u32>bswap<u16>(load<u16>(bytesOf(buffer) + TOTAL_LENGTH)) > out.mtu;
}

export function dropTooLong(node: Node, buffer: Buffer, index: u32, transit: bool): void {
  const out = portAt(index);
  if (transit) reportProblem(node, buffer, FRAGMENTATION_NEEDED, out.mtu, later(buffer.cause, out.mtuCause));
  dropFrame(buffer, 0, index, DROP_MTU_EXCEEDED, out.mtuCause);
}

/**
 * TTL - 1, and the checksum with it. RFC 1624's HC' = ~(~HC + ~m + m') is HC + 0x100 with its carry, where m' is m - 0x100; in wire order, as the
 * words lie here, HC + 1. A sum of 0xffff is 0 here as there.
 */
// inline
function decrementTtl(bytes: usize): void {
  store<u8>(bytes + TTL, load<u8>(bytes + TTL) - 1);
  const sum = <u32>load<u16>(bytes + CHECKSUM) + 1;
  store<u16>(bytes + CHECKSUM, <u16>(sum + ((sum + 1) >> 16)));
}
