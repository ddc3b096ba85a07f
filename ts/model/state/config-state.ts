/** Candidate configurations of firewalls, and what commits made of the lab. */
import { named } from '../../values/named.ts';
import { valueAt, withSettings } from '../config/settings.ts';
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/nodes.ts';
import { parseRoute } from '../lab/routes.ts';
import type { Evolvers } from './evolvers.ts';
import type { MacOptionStates } from './mac-option-state.ts';

export interface ConfigStates extends MacOptionStates {
  /** The lab as its firewalls are configured now. */
  lab: Lab | null;
  /** The lab as it was defined; null while no commit has changed it. */
  defined: Lab | null;
  /** Firewalls: values by path that the next commit makes effective; '' is none. */
  candidates: Record<NodeName, Record<string, string>>;
}

export function defineCandidates(state: ConfigStates, lab: Lab): void {
  for (const { kind, name } of lab.nodes) if (kind === 'firewall') state.candidates[name] = named();
}

export const CONFIG_EVOLVERS: Evolvers<ConfigStates> = {
  // A candidate is not saved: what is not committed is lost with power.
  NodePowerChanged: (state, { node, power }) => {
    if (power === 'crashed' && state.candidates[node] !== undefined) state.candidates[node] = named();
  },
  CandidateChanged: (state, { node, path, new: value }) => {
    const candidate = state.candidates[node];
    if (candidate === undefined || state.lab === null) return;
    if (value === valueAt({ lab: state.lab, options: state.options }, node, path)) delete candidate[path];
    else candidate[path] = value;
  },
  ConfigCommitted: (state, { node }) => {
    const candidate = state.candidates[node];
    if (candidate === undefined || state.lab === null) return;
    state.defined ??= state.lab;
    state.lab = withSettings(state.lab, node, candidate);
    state.candidates[node] = named();
  },
  HaConfigSynced: (state, { node, paths, values }) => {
    const candidate = state.candidates[node];
    if (candidate === undefined || state.lab === null) return;
    state.defined ??= state.lab;
    state.lab = withSettings(state.lab, node, Object.fromEntries(paths.map((path, at) => [path, values[at] ?? ''])));
    // What the candidate would change is what runs now.
    for (const [at, path] of paths.entries()) if (candidate[path] === values[at]) delete candidate[path];
  },
  HaRoutesSynced: (state, { node, routes }) => {
    if (state.lab === null) return;
    state.defined ??= state.lab;
    state.lab = { ...state.lab, nodes: state.lab.nodes.map((one) => (one.name === node ? withPeerRoutes(one, routes) : one)) };
  },
};

function withPeerRoutes(node: LabNode, routes: readonly string[]): LabNode {
  if (node.kind !== 'firewall') return node;
  const { peerRoutes: _, ...without } = node;
  const peerRoutes = routes.flatMap((route) => parseRoute(route) ?? []);
  return peerRoutes.length === 0 ? without : { ...without, peerRoutes };
}
