/** Ends of PPPoE sessions in a node's memory: under which key, and how one is given up. */
import type { EventData, Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf, type NodeName } from '../../../model/lab/endpoint.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import type { PppEchoes } from '../../../model/lab/pppoe.ts';
import { concentratorOf } from '../../../model/lab/pppoe-ends.ts';
import type { Mac } from '../../../values/mac.ts';
import type { PppEnd } from '../../turn/pppoe-memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { sayDiscovery } from './pppoe-frames.ts';

export type Reason = EventData['PppoeClosed']['reason'];

/** Of a client the name of its interface; of a session that a concentrator gave, its number too. No name has a blank. */
export function keyOf({ role, interface: name, session }: Pick<PppEnd, 'role' | 'interface' | 'session'>): string {
  return role === 'client' ? name : `${name} ${session}`;
}

/** A node's ends in an order that is always the same. */
export function endsOf(turn: Turn, node: NodeName): readonly PppEnd[] {
  const { pppoe } = turn.memory(node);
  return Object.keys(pppoe)
    .sort()
    .flatMap((key) => pppoe[key] ?? []);
}

/** How the ends of an interface ask for echoes. */
export function echoesOf(turn: Turn, node: NodeName, { role, interface: name }: PppEnd): PppEchoes | undefined {
  if (role === 'concentrator') return concentratorOf(nodeNamed(turn.index, node));
  return (turn.index.byNode.get(node) ?? []).find((iface) => iface.name === name)?.pppoe;
}

/** The interface that uses a MAC now; '' for none of the lab's. */
export function stationWith(turn: Turn, mac: Mac): Endpoint | '' {
  const found = turn.index.lab.interfaces.find((iface) => turn.state.interfaces[endpointOf(iface)]?.usedMac === mac);
  return found === undefined ? '' : endpointOf(found);
}

/**
 * Gives up a session, or the attempt at one. Rule LEASE-07: the other end is told from the MAC that the session is known by, if this end can.
 * Returns the event; `cause` where the session was not open.
 */
export function giveUp(turn: Turn, node: NodeName, end: PppEnd, reason: Reason, canTell: boolean, cause: Position): Position {
  const { role, interface: name, session, mac, peer, ip, peerIp } = end;
  delete turn.memory(node).pppoe[keyOf(end)];
  const told = canTell && session !== 0;
  const isOpen = turn.state.pppoe[endpointOf({ node, name })]?.[session]?.role === role;
  const data = { node, interface: name, role, session, mac, peer, ip, peerIp, reason, told };
  const position = isOpen ? turn.say('PppoeClosed', cause, data) : cause;
  if (told) sayDiscovery(turn, node, end, 'padt', [], position);
  return position;
}
