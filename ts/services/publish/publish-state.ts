/** A lab at a moment, as it is published: what `at`, `inspect` and the API give, and their schemas describe. */
import type { Until } from '../../engine/replay.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { VSwitchPolicy } from '../../model/lab/nodes.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import type { FunctionState } from '../../model/state/vf-state.ts';
import type { StateAt } from '../ask/state-at.ts';
import { publishAddresses } from './publish-addresses.ts';
import { publishPacketIo } from './publish-packet-io.ts';

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
      Object.values(cache).map(({ ip, mac, interface: name, since }) => ({ node, ip, mac, interface: name, since })),
    ),
    ...publishAddresses(state),
    ha: Object.entries(state.ha).map(([node, { state: role, reason, isProcessRunning, isPeerKnown, since }]) => ({
      node,
      state: role,
      reason,
      processRunning: isProcessRunning,
      peerKnown: isPeerKnown,
      since,
    })),
    functions: Object.entries(state.functions).map(([endpoint, one]) => publishFunction(state, endpoint, one)),
    ...publishPacketIo(state),
    /** Guests on their way to another hypervisor; `stunnedUntilNs` is null while they still run. */
    migrations: Object.entries(state.migrations).map(([node, { from, to, stunnedUntilNs, since }]) => {
      return { node, from, to, stunnedUntilNs, since };
    }),
    policies: Object.entries(state.policies).map(([node, policy]) => ({ node, ...publishPolicy(policy) })),
    drops: Object.entries(state.drops).map(([position, drop]) => ({
      position: Number(position),
      node: drop.node,
      interface: drop.interface,
      reason: drop.reason,
      cause: drop.cause,
      frames: drop.frames,
    })),
    moves: Object.values(state.moves).map(({ node, vlan, mac, moves, from, to, lastNs, position, cause }) => ({
      node,
      vlan,
      mac,
      moves,
      from,
      to,
      lastNs,
      position,
      cause,
    })),
    systemLog: state.systemLog,
  };
}

export type PublishedState = ReturnType<typeof publishState>;

/** Recorded and derived state, each with its source; `asked` is null for the end. */
export function publishStateAt({ lab, position, atNs, recorded, derived }: StateAt, asked: Until | null) {
  return {
    lab,
    position,
    atNs,
    asked,
    recorded: { source: 'fold', position, atNs },
    ...publishState(recorded),
    derived: derived === null ? null : { source: 're-execution', ...derived },
  };
}

function publishInterface(state: LabState, iface: LabInterface) {
  const now = state.interfaces[endpointOf(iface)];
  return {
    node: iface.node,
    interface: iface.name,
    mode: iface.mode,
    initialMac: now?.initialMac ?? '',
    effectiveMac: now?.effectiveMac ?? '',
    usedMac: now?.usedMac ?? '',
    state: isInterfaceUp(state, iface) ? 'up' : 'down',
    macSource: now?.macSource ?? '',
    promiscuous: now?.requestsPromiscuous ?? false,
    ipv4: iface.ipv4.map(({ address, prefix }) => `${address}/${prefix}`),
    mtu: iface.mtu,
    vlan: iface.vlan,
    /** Policies of its switch that a vSwitch port overrides. */
    policy: publishPolicy(now?.policy ?? {}),
    since: now?.since ?? 0,
  };
}

/** An interface without power is down, whatever its carrier was: frames that reach it are dropped as `interface-down`. */
function isInterfaceUp(state: LabState, iface: LabInterface): boolean {
  return state.nodes[iface.node]?.power !== 'crashed' && state.interfaces[endpointOf(iface)]?.isUp !== false;
}

/** Administrative and effective MAC are two things: what the PF set, and what the function answers to now. */
export function publishFunction(state: LabState, endpoint: Endpoint, one: FunctionState) {
  const { adminMac, vlan, qos, trusted, spoofCheck, linkState, maxTxRate, minTxRate, queryRss } = one.config;
  const { node, name } = splitEndpoint(endpoint);
  return {
    node,
    interface: name,
    status: one.status,
    adminMac,
    effectiveMac: state.interfaces[endpoint]?.effectiveMac ?? '',
    addresses: Object.keys(one.addresses),
    vlans: one.vlans,
    portVlan: vlan,
    qos,
    trusted,
    spoofCheck,
    spoofCheckSuspended: one.isSpoofCheckSuspended,
    linkState,
    maxTxRate,
    minTxRate,
    queryRss,
    toldMbps: one.toldMbps,
    withheldCapabilities: one.withheld,
    maliciousEvents: one.maliciousEvents,
    ...one.mode,
    queues: one.queues,
    enabledQueues: one.enabledQueues,
  };
}

function publishPolicy({ promiscuous, macChanges, forgedTransmits }: Partial<VSwitchPolicy>) {
  return {
    ...(promiscuous === undefined ? {} : { promiscuous: verdict(promiscuous) }),
    ...(macChanges === undefined ? {} : { macChanges: verdict(macChanges) }),
    ...(forgedTransmits === undefined ? {} : { forgedTransmits: verdict(forgedTransmits) }),
  };
}
