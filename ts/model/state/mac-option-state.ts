/** What decides a firewall's own MACs, folded from events (rules MAC-01, MAC-06). */
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import type { Evolvers } from './evolvers.ts';

export interface MacOptionStates {
  /** Firewalls. */
  options: Record<NodeName, { useHypervisorMac: boolean; vmMacBase: string }>;
}

export function defineMacOptions(state: MacOptionStates, lab: Lab): void {
  for (const node of lab.nodes) {
    if (node.kind !== 'firewall') continue;
    state.options[node.name] = { useHypervisorMac: node.useHypervisorMac, vmMacBase: node.vmMacBase };
  }
}

export const MAC_OPTION_EVOLVERS: Evolvers<MacOptionStates> = {
  MacOptionChanged: (state, data) => {
    const options = state.options[data.node];
    if (options) options.useHypervisorMac = data.useHypervisorMac;
  },
  MacBaseChanged: (state, data) => {
    const options = state.options[data.node];
    if (options) options.vmMacBase = data.vmMacBase;
  },
};
