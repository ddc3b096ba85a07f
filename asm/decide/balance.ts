/**
 * Load balancers of clouds (rule HA-22): a router that has several routes to one network spreads packets over those whose firewall answers probes.
 * All packets of a conversation take one firewall, in both directions, also through another balancer with as many routes.
 *
 * Each route weighs a conversation by its place, and the heaviest healthy one has it (rendezvous hashing, Thaler and Ravishankar 1998): when a
 * firewall stops answering, only its own conversations move, and they come back with it.
 *
 * Decision someone may dispute: nothing is remembered of a flow. Azure lets TCP connections go on at a firewall that no longer answers probes.
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { DESTINATION, hasPorts, IP, PROTOCOL, SOURCE } from '../frame/ipv4';
import { Node } from '../memory/node';
import { FRAGMENT, FRAGMENTED, mixed } from './aggregate';
import { routePacket } from './route-packet';
import { nextAlike, Route, VIA_UNHEALTHY } from './routes';

/** Sends a packet by one of the routes to its network, of which `first` is the first. */
export function passBalanced(node: Node, index: u32, buffer: Buffer, first: Route, ip: u32): void {
  routePacket(node, index, buffer, chosenRoute(node, first, conversationOf(buffer)), ip, true);
}

/** Null when no firewall answers. */
function chosenRoute(node: Node, first: Route, conversation: u32): Route | null {
  let best: Route | null = null;
  let heaviest: u32 = 0;
  let place: u32 = 0;
  let route: Route | null = first;
  while (route !== null) {
    const one = <Route>route;
    const weight = mixed(conversation, ++place);
    if (one.via !== VIA_UNHEALTHY && (best === null || weight > heaviest)) {
      best = one;
      heaviest = weight;
    }
    route = nextAlike(node, one);
  }
  return best;
}

/** The same for both directions. */
function conversationOf(buffer: Buffer): u32 {
  const bytes = bytesOf(buffer);
  const protocol = <u32>load<u8>(bytes + PROTOCOL);
  const addresses = mixed(protocol, load<u32>(bytes + SOURCE) ^ load<u32>(bytes + DESTINATION));
  if (!hasPorts(protocol) || (load<u16>(bytes + FRAGMENT) & FRAGMENTED) !== 0) return addresses;
  const ports = bytes + IP + <usize>(load<u8>(bytes + IP) & 15) * 4;
  return mixed(addresses, <u32>(load<u16>(ports) ^ load<u16>(ports + 2)));
}
