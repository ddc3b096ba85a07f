/**
 * Routes for IPv6 of a layer-3 node: longest prefix first, its own addresses among them, in a block of the elements. A node without IPv6
 * has none. Link-local networks are no routes: several interfaces have the same, so who sends there names the interface.
 */
import { isLinkLocal, wireHalf } from '../frame/ipv6';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { takeElement } from '../memory/region';

/** What a route leads to: the node itself, the interface's network, a next hop. */
export const LOCAL6: u32 = 1;
export const CONNECTED6: u32 = 2;
export const GATEWAY6: u32 = 3;

@unmanaged
export class Route6 {
  high: u64;
  low: u64;
  maskHigh: u64;
  maskLow: u64;
  viaHigh: u64;
  viaLow: u64;
  port: u32;
  kind: u32;
  prefix: u32;
}
if (offsetof<Route6>() > <usize>L.ROUTE6_BYTES) ERROR('Route6 does not fit its slot');

function routeAt(node: Node, index: u32): Route6 {
  return changetype<Route6>(<usize>(node.routes6At + index * <u32>L.ROUTE6_BYTES));
}

/** Gives a node room for routes. False when the sizing pass did not provide for it. */
export function makeRoutes6(node: Node, max: u32): bool {
  node.routes6At = takeElement(max * <u32>L.ROUTE6_BYTES);
  node.route6Max = max;
  node.route6Cause = 1;
  return node.routes6At !== 0;
}

/** The first bits of a half that a prefix covers, in wire order; `bits` may be more or less than a half has. */
function maskOf(bits: i32): u64 {
  const free = <u64>(64 - bits);
  return bits <= 0 ? 0 : bits >= 64 ? u64.MAX_VALUE : wireHalf(u64.MAX_VALUE << free);
}

/** Puts a route behind all that are as long or longer, so that the first match is the longest. False when there is no room. */
export function addRoute6(node: Node, kind: u32, high: u64, low: u64, prefix: u32, viaHigh: u64, viaLow: u64, port: u32): bool {
  if (node.route6Count >= node.route6Max) return false;
  let index = node.route6Count;
  while (index > 0 && routeAt(node, index - 1).prefix < prefix) {
    memory.copy(changetype<usize>(routeAt(node, index)), changetype<usize>(routeAt(node, index - 1)), L.ROUTE6_BYTES);
    index--;
  }
  const route = routeAt(node, index);
  route.maskHigh = maskOf(<i32>prefix);
  route.maskLow = maskOf(<i32>prefix - 64);
  route.high = high & route.maskHigh;
  route.low = low & route.maskLow;
  route.viaHigh = viaHigh;
  route.viaLow = viaLow;
  route.port = port;
  route.kind = kind;
  route.prefix = prefix;
  node.route6Count++;
  return true;
}

/** Forgets all IPv6 routes of a node, its own addresses with them, because of the event at `cause`. */
export function clearRoutes6(node: Node, cause: u32): void {
  memory.fill(node.routes6At, 0, node.route6Count * <u32>L.ROUTE6_BYTES);
  node.route6Count = 0;
  node.route6Cause = cause;
}

/** The longest prefix that holds an address, and its first route; null without one. */
export function findRoute6(node: Node, high: u64, low: u64): Route6 | null {
  let route = routeAt(node, 0);
  const end = changetype<usize>(routeAt(node, node.route6Count));
  while (changetype<usize>(route) < end) {
    if ((high & route.maskHigh) === route.high) {
      if ((low & route.maskLow) === route.low) return route;
    }
    route = changetype<Route6>(changetype<usize>(route) + L.ROUTE6_BYTES);
  }
  return null;
}

/**
 * The address of a node's own packets that leave by a route: an address of its interface, in the network of the next hop where there is
 * one, not a link-local one. Null where it has none.
 */
export function sourceOf6(node: Node, out: Route6, towardsHigh: u64): Route6 | null {
  let first: Route6 | null = null;
  for (let i: u32 = 0; i < node.route6Count; i++) {
    const route = routeAt(node, i);
    if (route.kind !== LOCAL6 || route.port !== out.port || isLinkLocal(route.high)) continue;
    if (route.high === towardsHigh) return route;
    if (first === null) first = route;
  }
  return first;
}
