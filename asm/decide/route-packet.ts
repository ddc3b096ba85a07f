/** Sends an IPv4 packet as the routes say: towards a neighbour, or to its end with a reason. */
import { DROP_MTU_EXCEEDED, DROP_NO_ROUTE, DROP_POOL_EXHAUSTED } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import { dropFrame, ownFrame } from '../frame/frame';
import { CHECKSUM, DESTINATION, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { dropGated, isGated } from './gate';
import { FRAGMENTATION_NEEDED } from './icmp-error';
import { sendToNeighbour } from './neighbour';
import { reportProblem } from './report-problem';
import { findRoute, Route, VIA_CONNECTED, VIA_LOCAL } from './routes';

/** Sends a packet the node itself made; `index` is the interface it counts as dropped at when there is no way out. */
export function sendPacket(node: Node, index: u32, buffer: Buffer): void {
  const ip = bswap<u32>(load<u32>(bytesOf(buffer) + DESTINATION));
  routePacket(node, index, buffer, findRoute(node, ip), ip, false);
}

/**
 * Sends a packet by a route that was found.
 * @param transit whether it came from another node: then its TTL falls, and its sender is told of problems.
 */
// inline
export function routePacket(node: Node, index: u32, buffer: Buffer, found: Route | null, ip: u32, transit: bool): void {
  if (found === null || (<Route>found).via === VIA_LOCAL) {
    dropFrame(buffer, 0, index, DROP_NO_ROUTE, node.routeCause);
    return;
  }
  const route = <Route>found;
  if (dropTooLong(node, buffer, route, transit)) return;
  if (isGated(node, portAt(route.port))) {
    dropGated(node, route.port, buffer, 0);
    return;
  }
  const owned = ownFrame(buffer);
  if (owned === null) {
    dropFrame(buffer, 0, index, DROP_POOL_EXHAUSTED, 0);
    return;
  }
  if (transit) decrementTtl(bytesOf(<Buffer>owned));
  if (node.forwardsSince > header().definedUpTo) (<Buffer>owned).cause = later((<Buffer>owned).cause, node.forwardsSince);
  sendToNeighbour(node, route.port, route.via === VIA_CONNECTED ? ip : route.via, <Buffer>owned);
}

/** Drops a packet that the interface of its route is too small for (JUM-01). False where it fits. */
// inline
export function dropTooLong(node: Node, buffer: Buffer, route: Route, transit: bool): bool {
  const out = portAt(route.port);
  if (<u32>bswap<u16>(load<u16>(bytesOf(buffer) + TOTAL_LENGTH)) <= out.mtu) return false;
  if (transit) reportProblem(node, buffer, FRAGMENTATION_NEEDED, out.mtu, later(buffer.cause, out.mtuCause));
  dropFrame(buffer, 0, route.port, DROP_MTU_EXCEEDED, out.mtuCause);
  return true;
}

/** TTL - 1, and the checksum with it (RFC 1624: HC' = ~(~HC + ~m + m')). */
// inline
function decrementTtl(bytes: usize): void {
  const word: u32 = bswap<u16>(load<u16>(bytes + TTL));
  store<u8>(bytes + TTL, load<u8>(bytes + TTL) - 1);
  const old: u32 = bswap<u16>(load<u16>(bytes + CHECKSUM));
  let sum: u32 = (~old & 0xffff) + (~word & 0xffff) + ((word - 0x100) & 0xffff);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>(~sum & 0xffff)));
}
