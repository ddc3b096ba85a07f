/** Power of nodes, folded from events. */
import type { Position } from '../events/events.ts';
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import type { Evolvers } from './evolvers.ts';

export interface NodeState {
  power: 'running' | 'crashed';
  since: Position;
}

export interface NodeStates {
  nodes: Record<NodeName, NodeState>;
}

export function defineNodes(state: NodeStates, lab: Lab): void {
  for (const { name } of lab.nodes) state.nodes[name] = { power: 'running', since: 1 };
}

export const NODE_EVOLVERS: Evolvers<NodeStates> = {
  NodePowerChanged: (state, data, event) => {
    if (state.nodes[data.node] === undefined) return;
    state.nodes[data.node] = { power: data.power === 'running' ? 'running' : 'crashed', since: event.position };
  },
};
