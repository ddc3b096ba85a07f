/** Power of nodes, folded from events. */
import { ENABLED_PATH } from '../config/settings.ts';
import type { LabEvent, Position } from '../events/events.ts';
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import type { Evolvers } from './evolvers.ts';

export interface NodeState {
  power: 'running' | 'crashed';
  since: Position;
  /** Position of the event that last changed what the node as a whole lets pass, and where: policy, active uplink, inspection, mode. */
  settingsSince: Position;
}

export interface NodeStates {
  nodes: Record<NodeName, NodeState>;
}

export function defineNodes(state: NodeStates, lab: Lab): void {
  for (const { name } of lab.nodes) state.nodes[name] = { power: 'running', since: 1, settingsSince: 1 };
}

export const NODE_EVOLVERS: Evolvers<NodeStates> = {
  NodePowerChanged: (state, data, event) => {
    const node = state.nodes[data.node];
    if (node === undefined) return;
    node.power = data.power === 'running' ? 'running' : 'crashed';
    node.since = event.position;
  },
  PolicyChanged: settle,
  UplinkChanged: settle,
  TeamUplinkChanged: (state, { node }, event) => settle(state, { node }, event),
  ArpInspectionChanged: settle,
  ArpBindingChanged: settle,
  BridgeModeChanged: settle,
  // HA that is enabled or disabled opens or ends what a unit says to its peer.
  ConfigCommitted: (state, data, event) => {
    if (data.paths.includes(ENABLED_PATH)) settle(state, data, event);
  },
};

/** A setting of the node, or of one of its ports (`interface`), which has a position of its own. */
function settle(state: NodeStates, data: { readonly node: NodeName; readonly interface?: string }, event: LabEvent): void {
  const node = state.nodes[data.node];
  if (node !== undefined && (data.interface ?? '') === '') node.settingsSince = event.position;
}
