/** A lab at a moment, as it is published: what `at` and `inspect` print and their schemas describe. */

import { endpointOf, type LabInterface, type VSwitchPolicy } from '../model/lab.ts';
import type { LabState } from '../model/lab-state.ts';

const verdict = (isAccepted: boolean): 'accept' | 'reject' => (isAccepted ? 'accept' : 'reject');

/** Recorded state as lists, in the lab's own order. */
export function publishState(state: LabState) {
  return {
    nodes: (state.lab?.nodes ?? []).map(({ name, kind }) => ({
      node: name,
      kind,
      power: state.nodes[name]?.power ?? 'running',
      since: state.nodes[name]?.since ?? 0,
    })),
    interfaces: (state.lab?.interfaces ?? []).map((iface) => publishInterface(state, iface)),
    neighbours: Object.entries(state.neighbours).flatMap(([node, cache]) =>
      Object.entries(cache).map(([ip, { mac, interface: name, since }]) => ({ node, ip, mac, interface: name, since })),
    ),
    ha: Object.entries(state.ha).map(([node, { state: role, reason, isProcessRunning, isPeerKnown, since }]) => ({
      node,
      state: role,
      reason,
      processRunning: isProcessRunning,
      peerKnown: isPeerKnown,
      since,
    })),
    policies: Object.entries(state.policies).map(([node, policy]) => ({ node, ...publishPolicy(policy) })),
    drops: Object.entries(state.drops).map(([position, drop]) => ({
      position: Number(position),
      node: drop.node,
      interface: drop.interface,
      reason: drop.reason,
      cause: drop.cause,
      frames: drop.frames,
    })),
    systemLog: state.systemLog,
  };
}

export type PublishedState = ReturnType<typeof publishState>;

function publishInterface(state: LabState, iface: LabInterface) {
  const now = state.interfaces[endpointOf(iface)];
  return {
    node: iface.node,
    interface: iface.name,
    mode: iface.mode,
    initialMac: now?.initialMac ?? '',
    effectiveMac: now?.effectiveMac ?? '',
    usedMac: now?.usedMac ?? '',
    state: now?.isUp === false ? 'down' : 'up',
    macSource: now?.macSource ?? '',
    promiscuous: now?.requestsPromiscuous ?? false,
    ipv4: iface.ipv4.map(({ address, prefix }) => `${address}/${prefix}`),
    mtu: iface.mtu,
    vlan: iface.vlan,
    /** What a vSwitch port overrides of its switch's policy. */
    policy: publishPolicy(now?.policy ?? {}),
    since: now?.since ?? 0,
  };
}

function publishPolicy({ promiscuous, macChanges, forgedTransmits }: Partial<VSwitchPolicy>) {
  return {
    ...(promiscuous === undefined ? {} : { promiscuous: verdict(promiscuous) }),
    ...(macChanges === undefined ? {} : { macChanges: verdict(macChanges) }),
    ...(forgedTransmits === undefined ? {} : { forgedTransmits: verdict(forgedTransmits) }),
  };
}
