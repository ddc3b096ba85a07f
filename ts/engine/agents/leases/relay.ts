/** A relay of DHCP (RFC 1542, section 4.1): it passes broadcasts of clients on to servers, and what they answer back to the segment. */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { Mac } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';
import { betweenServers, clientAddresses, NO_ADDRESS, type Received, toClient } from './frames.ts';

/** A message that went through more relays than this is dropped (RFC 1542, section 4.1.1). */
const HOPS_MAX = 16;

/** A message for servers or relays reached a node. */
export function relay(turn: Turn, iface: LabInterface, received: Received, cause: Position): void {
  if (received.message.op === 'request') towardsServers(turn, iface, received, cause);
  else towardsClient(turn, iface, received, cause);
}

/** Only what clients say to everybody: a unicast to a server is routed. */
function towardsServers(turn: Turn, iface: LabInterface, { message, packet }: Received, cause: Position): void {
  const own = iface.ipv4[0]?.address;
  if (iface.dhcpRelay === undefined || own === undefined || message.hops >= HOPS_MAX) return;
  if (iface.ipv4.some(({ address }) => address === packet.dst)) return;
  const giaddr = message.giaddr === NO_ADDRESS ? own : message.giaddr;
  const passed = { ...message, hops: message.hops + 1, giaddr };
  for (const server of iface.dhcpRelay) turn.route(endpointOf(iface), betweenServers(passed, { src: own, dst: server }), cause);
}

/** An answer names the relay's interface by its address, giaddr. */
function towardsClient(turn: Turn, { node }: LabInterface, { message }: Received, cause: Position): void {
  const out = (turn.index.byNode.get(node) ?? []).find(
    ({ dhcpRelay, ipv4 }) => dhcpRelay !== undefined && ipv4.some(({ address }) => address === message.giaddr),
  );
  if (out === undefined) return;
  const srcMac = turn.state.interfaces[endpointOf(out)]?.usedMac as Mac;
  turn.send(endpointOf(out), toClient(message, { src: message.giaddr, srcMac, ...clientAddresses(message) }), cause);
}
