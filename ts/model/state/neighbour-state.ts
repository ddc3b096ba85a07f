/**
 * Neighbour caches, folded from events.
 *
 * An address is a neighbour of an interface, not of a node: Linux and firewalls look an entry up by address and device, so ARP on
 * one segment never touches an entry of another. A node can therefore have one address at several interfaces.
 */
import { named } from '../../values/named.ts';
import type { EventData, Position } from '../events/events.ts';
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { isGuest } from '../lab/nodes.ts';
import type { Evolvers } from './evolvers.ts';
import type { NodeStates } from './node-state.ts';

export interface NeighbourState {
  ip: string;
  mac: string;
  interface: string;
  since: Position;
}

export interface NeighbourStates extends NodeStates {
  /** By node, then by `neighbourKey`. */
  neighbours: Record<NodeName, Record<string, NeighbourState>>;
}

/** An address behind an interface: "10.0.1.1%eth0", as RFC 4007 writes an address with its zone. */
export function neighbourKey(ip: string, iface: string): string {
  return `${ip}%${iface}`;
}

/** The entry that an interface of a node has for an address. */
export function neighbourAt(
  { neighbours }: Readonly<NeighbourStates>,
  node: NodeName,
  iface: string,
  ip: string,
): NeighbourState | undefined {
  return neighbours[node]?.[neighbourKey(ip, iface)];
}

/** All entries that a node has for an address, of one interface or of any (null), by interface. */
export function neighboursFor(
  { neighbours }: Readonly<NeighbourStates>,
  node: NodeName,
  ip: string,
  iface: string | null = null,
): NeighbourState[] {
  const entries = Object.values(neighbours[node] ?? {}).filter((entry) => entry.ip === ip);
  const chosen = entries.filter((entry) => iface === null || entry.interface === iface);
  return chosen.sort((a, b) => (a.interface < b.interface ? -1 : 1));
}

export function defineNeighbours(state: NeighbourStates, lab: Lab): void {
  for (const node of lab.nodes) if (isGuest(node)) state.neighbours[node.name] = named();
}

export const NEIGHBOUR_EVOLVERS: Evolvers<NeighbourStates> = {
  // A node without power remembers no neighbour.
  NodePowerChanged: (state, data) => {
    if (state.nodes[data.node] !== undefined) state.neighbours[data.node] = named();
  },
  NeighbourUpdated: (state, data, event) => {
    if (state.nodes[data.node] === undefined) return;
    state.neighbours[data.node] ??= named();
    const cache = state.neighbours[data.node];
    if (cache === undefined) return;
    const { ip, interface: iface, new: mac } = data;
    const key = neighbourKey(ip, iface);
    if (cache[key] === undefined && data.old !== '') takeFromOthers(cache, data);
    if (mac === '') delete cache[key];
    else cache[key] = { ip, mac, interface: iface, since: event.position };
  },
};

/**
 * An update that names a MAC before, where this interface has no entry: recorded when an address had one entry per node, which
 * followed the interface that heard it last. The entry moved here.
 */
function takeFromOthers(cache: Record<string, NeighbourState>, { ip, old }: EventData['NeighbourUpdated']): void {
  for (const [key, entry] of Object.entries(cache)) if (entry.ip === ip && entry.mac === old) delete cache[key];
}
