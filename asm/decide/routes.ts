/** Routes of a layer-3 node: longest prefix first. Its own addresses are among them. */
import { Node } from '../memory/node';
import { ROUTE_BYTES } from '../memory/region';
import { noteForwarding } from './gate';

/** In a route's `via`: the address is one of the node's own. */
export const VIA_LOCAL: u32 = 0xffffffff;
/** In a route's `via`: the destination is on the network of the interface itself. */
export const VIA_CONNECTED: u32 = 0;

/** In a route's `via`, at a load balancer: the firewall there does not answer its probes. */
export const VIA_UNHEALTHY: u32 = 0xfffffffe;

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
  noteForwarding(node);
}

/** The longest prefix that holds an address, and its first route; null without one. */
export function findRoute(node: Node, ip: u32): Route | null {
  let route = routeAt(node, 0);
  const end = changetype<usize>(routeAt(node, node.routeCount));
  while (changetype<usize>(route) < end) {
    if ((ip & route.mask) === route.network) return route;
    route = changetype<Route>(changetype<usize>(route) + ROUTE_BYTES);
  }
  return null;
}

/** The next of a node's routes to the same network; null behind the last. */
export function nextAlike(node: Node, route: Route): Route | null {
  const next = changetype<Route>(changetype<usize>(route) + ROUTE_BYTES);
  if (changetype<usize>(next) >= changetype<usize>(routeAt(node, node.routeCount))) return null;
  return next.network === route.network && next.mask === route.mask ? next : null;
}

/** The first address of an interface; 0 for none. */
export function addressOf(node: Node, port: u32): u32 {
  for (let i: u32 = 0; i < node.routeCount; i++) {
    const route = routeAt(node, i);
    if (route.via === VIA_LOCAL && route.port === port) return route.network;
  }
  return 0;
}
