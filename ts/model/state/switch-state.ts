/** Switches, folded from events: policy and active uplink of vSwitches, ARP inspection of physical switches. */
import { named } from '../../values/named.ts';
import type { EventData, LabEvent } from '../events/events.ts';
import type { Endpoint, NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import type { VSwitchPolicy } from '../lab/nodes.ts';
import { hasTeam } from '../lab/teaming.ts';
import type { Evolvers } from './evolvers.ts';
import { type InterfaceStates, touch } from './interface-state.ts';
import type { NodeStates } from './node-state.ts';

export interface InspectionState {
  isEnabled: boolean;
  /** Which MAC each address may have. */
  bindings: Record<string, string>;
}

export interface TeamUplinkState {
  /** Frames of guests leave by it; false where only one uplink is active at a time. */
  isUsed: boolean;
  /** It heard no beacon of the others, while they heard each other. */
  isSilent: boolean;
}

export interface SwitchStates extends NodeStates, InterfaceStates {
  /** vSwitches. */
  policies: Record<NodeName, VSwitchPolicy>;
  /** vSwitches: the active uplink; '' when none works, and of a team that uses several. */
  uplinks: Record<NodeName, string>;
  /** Uplinks of teams: those of switches that use several at once, or that send beacons. */
  teamUplinks: Record<Endpoint, TeamUplinkState>;
  /** Switches with bindings: whether they inspect ARP, and which MAC each address may have. */
  inspections: Record<NodeName, InspectionState>;
}

export function defineSwitches(state: SwitchStates, lab: Lab): void {
  for (const node of lab.nodes) {
    if (node.kind === 'vswitch') {
      state.policies[node.name] = { ...node.policy };
      state.uplinks[node.name] = node.teaming === undefined ? (node.uplinks[0] ?? '') : '';
      for (const name of hasTeam(node) ? node.uplinks : [])
        state.teamUplinks[`${node.name}:${name}`] = { isUsed: node.teaming !== undefined, isSilent: false };
    }
    if ((node.kind === 'switch' || node.kind === 'bridge') && node.arpInspection) {
      const bindings = named(node.arpInspection.bindings.map(({ ip, mac }) => [ip, mac] as const));
      state.inspections[node.name] = { isEnabled: true, bindings };
    }
  }
}

export const SWITCH_EVOLVERS: Evolvers<SwitchStates> = {
  UplinkChanged: (state, data) => {
    if (state.uplinks[data.node] !== undefined) state.uplinks[data.node] = data.to;
  },
  TeamUplinkChanged: (state, data) => {
    const uplink = state.teamUplinks[`${data.node}:${data.interface}`];
    if (uplink !== undefined) uplink.isUsed = data.used;
  },
  UplinkBeaconsChanged: (state, data) => {
    const uplink = state.teamUplinks[`${data.node}:${data.interface}`];
    if (uplink !== undefined) uplink.isSilent = !data.heard;
  },
  ArpInspectionChanged: (state, data) => {
    const inspection = inspectionOf(state, data.node);
    if (inspection) inspection.isEnabled = data.enabled;
  },
  ArpBindingChanged: (state, data) => {
    const inspection = inspectionOf(state, data.node);
    if (inspection === undefined) return;
    if (data.new === '') delete inspection.bindings[data.ip];
    else inspection.bindings[data.ip] = data.new;
  },
  PolicyChanged: (state, data, event) => changePolicy(state, data, event),
};

function changePolicy(state: SwitchStates, data: EventData['PolicyChanged'], event: LabEvent): void {
  const change = { [policyField(data.setting)]: data.accept };
  if (data.interface === '') {
    const policy = state.policies[data.node];
    if (policy) state.policies[data.node] = { ...policy, ...change };
    return;
  }
  const policy = { ...state.interfaces[`${data.node}:${data.interface}`]?.policy, ...change };
  touch(state, data, event, { policy });
}

/** A switch of the lab inspects from its first setting on; undefined for a name the lab does not have. */
function inspectionOf(state: SwitchStates, node: NodeName): InspectionState | undefined {
  if (state.nodes[node] === undefined) return undefined;
  state.inspections[node] ??= { isEnabled: false, bindings: named() };
  return state.inspections[node];
}

/** What a vSwitch port lets its guest do: its own overrides, else the switch's policy (rule VSW-15). */
export function effectivePolicy(
  state: Pick<SwitchStates, 'policies' | 'interfaces'>,
  node: NodeName,
  endpoint: Endpoint,
): VSwitchPolicy {
  const inherited = state.policies[node] ?? { promiscuous: false, macChanges: false, forgedTransmits: false };
  return { ...inherited, ...state.interfaces[endpoint]?.policy };
}

/** The setting's field in a policy. */
export function policyField(setting: string): keyof VSwitchPolicy {
  return setting === 'promiscuous' ? 'promiscuous' : setting === 'mac-changes' ? 'macChanges' : 'forgedTransmits';
}
