/** Neighbour caches, folded from events. */
import { named } from '../../values/named.ts';
import type { Position } from '../events/events.ts';
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { isGuest } from '../lab/nodes.ts';
import type { Evolvers } from './evolvers.ts';
import type { NodeStates } from './node-state.ts';

export interface NeighbourState {
  mac: string;
  interface: string;
  since: Position;
}

export interface NeighbourStates extends NodeStates {
  /** By node and address. */
  neighbours: Record<NodeName, Record<string, NeighbourState>>;
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
    if (data.new === '') delete cache[data.ip];
    else cache[data.ip] = { mac: data.new, interface: data.interface, since: event.position };
  },
};
