/**
 * Events into linear memory: the data plane's ports, filters, policies and neighbours are a projection like any other. It runs
 * right after `evolve`, and every entry it writes carries the event's position.
 */

import { neighboursAt } from '../../dataplane/address-door.ts';
import { setBinding, setSecurity } from '../../dataplane/configure.ts';
import { setFlow } from '../../dataplane/configure-flows.ts';
import { configureIo } from '../../dataplane/configure-io.ts';
import { configureIpv6 } from '../../dataplane/configure-ipv6.ts';
import { reconfigure, rewriteRoutes } from '../../dataplane/configure-routes.ts';
import { ENABLED_PATH } from '../../model/config/settings.ts';
import type { EventData, EventType, LabEvent } from '../../model/events/events.ts';
import { vswitchPortOf } from '../../model/lab/attachments.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import { fabricPortOf } from '../../model/lab/fabric.ts';
import { planIo } from '../../model/lab/io-plan.ts';
import { nodeNamed, nodeNumber, portOf } from '../../model/lab/lab-index.ts';
import { effectivePolicy, policyField } from '../../model/state/switch-state.ts';
import { type Ipv4, ipv4ToNumber } from '../../values/ipv4-address.ts';
import { type Mac, macToNumber } from '../../values/mac.ts';
import { projectMigration, projectStun } from './migration.ts';
import { projectVfLine, projectWireLine, type Target } from './nic.ts';

/** @param origin the cause of the event at `position`. */
type Projection<T extends EventType> = (target: Target, data: EventData[T], position: number, origin: number) => void;
type Projections = { readonly [T in EventType]?: Projection<T> };

const PROJECTIONS: Projections = {
  NodePowerChanged: ({ dataplane, index }, data, position) => {
    const node = nodeNumber(index, data.node);
    dataplane.control.setPower(node, data.power === 'running', position);
    if (index.ha.has(data.node)) dataplane.control.setHaActive(node, false, position);
  },
  InterfaceLinkChanged: ({ dataplane, index }, data, position) => {
    dataplane.control.setCarrier(portOf(index, `${data.node}:${data.interface}`), data.up, position);
  },
  MacAddressChanged: (target, data, position) => projectMacs(target, `${data.node}:${data.interface}`, data.which, position),
  HaProcessChanged: (target, data, position) => projectAsking(target, data.node, data.running ? 0 : position),
  PromiscuousChanged: ({ dataplane, index }, data, position) => {
    const port = vswitchPortOf(index, `${data.node}:${data.interface}`);
    if (port !== null) dataplane.control.setGuestPromiscuous(portOf(index, port), data.requested, position);
  },
  PolicyChanged: (target, data, position) => projectPolicy(target, data, position),
  NeighbourUpdated: ({ dataplane, index }, data, position, origin) => {
    const neighbours = neighboursAt(dataplane.control, portOf(index, `${data.node}:${data.interface}`), data.ip);
    if (data.new === '') neighbours.remove(position);
    else neighbours.set(macNumber(data.new), position, origin);
  },
  Ipv6AddressChanged: ({ dataplane, index, state }, { node }, position) => configureIpv6(dataplane, index, state, node, position),
  DefaultRouterChanged: ({ dataplane, index, state }, { node }, position) => configureIpv6(dataplane, index, state, node, position),
  LineChanged: ({ dataplane, index, state }, data, position) => {
    const endpoint = `${data.node}:${data.interface}`;
    const vf = index.peers.get(endpoint) ?? '';
    if (state.functions[vf] !== undefined) projectVfLine({ dataplane, index, state }, vf, position);
    else projectWireLine({ dataplane, index, state }, endpoint, position);
  },
  UplinkChanged: ({ dataplane, index }, data, position) => {
    if (data.from !== '') dataplane.control.setActiveUplink(portOf(index, `${data.node}:${data.from}`), false, position);
    if (data.to !== '') dataplane.control.setActiveUplink(portOf(index, `${data.node}:${data.to}`), true, position);
  },
  TeamUplinkChanged: ({ dataplane, index }, { node, interface: name, used }, position) => {
    dataplane.control.setActiveUplink(portOf(index, `${node}:${name}`), used, position);
  },
  ArpInspectionChanged: ({ dataplane, index }, data, position) => {
    dataplane.control.setInspection(nodeNumber(index, data.node), data.enabled, position);
  },
  ArpBindingChanged: ({ dataplane, index }, data, position) => {
    setBinding(dataplane, index, data.node, data.ip as Ipv4, data.new === '' ? null : (data.new as Mac), position);
  },
  PortSecurityChanged: ({ dataplane, index, state }, data, position) => {
    const endpoint = `${data.node}:${data.interface}`;
    const security = state.interfaces[endpoint]?.security;
    if (security) setSecurity(dataplane, index, endpoint, security, position);
  },
  PortStateChanged: ({ dataplane, index }, data, position) => {
    const port = portOf(index, `${data.node}:${data.interface}`);
    dataplane.control.setBlocked(port, data.state === 'blocked', position);
    dataplane.control.setDisabled(port, data.state === 'disabled', position);
  },
  // Rule IOM-04: the device starts in its mode, with empty rings.
  PacketIoModeSelected: ({ dataplane, index, state }, data, position) => {
    const node = nodeNamed(index, data.node);
    const plan = node === undefined ? null : planIo(index, node, state.packetIo[data.node]?.running ?? 'dpdk');
    if (plan !== null) configureIo(dataplane, index, data.node, plan, position);
  },
  ConfigCommitted: (target, data, position) => projectCommit(target, data, position),
  LeaseAcquired: ({ dataplane, index }, { node }, position) => rewriteRoutes(dataplane, index, node, position),
  LeaseReleased: ({ dataplane, index }, { node }, position) => rewriteRoutes(dataplane, index, node, position),
  PppoeOpened: ({ dataplane, index }, { node, interface: name, session, peer, peerIp, role }, position, origin) => {
    const port = portOf(index, `${node}:${name}`);
    dataplane.control.openSession(port, session, ipv4ToNumber(peerIp as Ipv4), macNumber(peer), position, origin);
    if (role === 'client') rewriteRoutes(dataplane, index, node, position);
  },
  PppoeClosed: ({ dataplane, index }, { node, interface: name, session, peerIp, role }, position) => {
    dataplane.control.closeSession(portOf(index, `${node}:${name}`), session, ipv4ToNumber(peerIp as Ipv4), position);
    if (role === 'client') rewriteRoutes(dataplane, index, node, position);
  },
  HaConfigSynced: ({ dataplane, index }, data, position) => reconfigure(dataplane, index, data.node, data.paths, position),
  HaRoutesSynced: ({ dataplane, index }, data, position) => rewriteRoutes(dataplane, index, data.node, position),
  AggregateMemberChanged: ({ dataplane, index }, { node, interface: name, collecting, distributing }, position) => {
    dataplane.control.setMember(portOf(index, `${node}:${name}`), collecting, distributing, position);
  },
  FlowChanged: ({ dataplane, index, state }, data, position) => {
    const flow = state.flows[data.flow];
    if (flow !== undefined) setFlow(dataplane, index, data.flow, flow, position);
  },
  CloudAddressMoved: ({ dataplane, index }, { node, ip, new: mac }, position) => {
    setBinding(dataplane, index, node, ip as Ipv4, mac as Mac, position);
  },
  CloudRouteChanged: ({ dataplane, index }, { node }, position) => rewriteRoutes(dataplane, index, node, position),
  ProbeTargetChanged: ({ dataplane, index }, { node }, position) => rewriteRoutes(dataplane, index, node, position),
  GuestStunned: (target, { node }, position) => projectStun(target, node, true, position),
  MigrationAborted: (target, { node }, position) => projectStun(target, node, false, position),
  GuestMigrated: (target, data, position) => projectMigration(target, data, position),
  HaStateChanged: ({ dataplane, index }, data, position) => {
    dataplane.control.setHaActive(nodeNumber(index, data.node), data.to === 'active', position);
  },
};

/** Brings linear memory in line with an event that `state` already holds. */
export function project(target: Target, event: LabEvent): void {
  const projection = PROJECTIONS[event.type] as Projection<EventType> | undefined;
  projection?.(target, event.data as never, event.position, event.cause);
}

/** A firewall without HA forwards as an active unit does; a unit whose HA begins has no role yet (rule MAC-05). */
function projectCommit({ dataplane, index }: Target, { node, paths }: EventData['ConfigCommitted'], position: number): void {
  if (paths.includes(ENABLED_PATH)) dataplane.control.setHaActive(nodeNumber(index, node), !index.ha.has(node), position);
  reconfigure(dataplane, index, node, paths, position);
}

/** Who monitors paths pings hosts that may send nothing else: with its HA process, that stops. @param since 0: it asks again. */
function projectAsking({ dataplane, index }: Target, unit: string, since: number): void {
  const targets = new Set(index.ha.get(unit)?.pair.pathMonitoring?.groups.flatMap(({ of }) => of));
  for (const [port, { ipv4 }] of index.lab.interfaces.entries()) {
    if (ipv4.some(({ address }) => targets.has(address))) dataplane.control.setUnasked(port, since);
  }
}

/** An interface's addresses, and those the vSwitch port before it knows of its guest. */
function projectMacs({ dataplane, index, state }: Target, endpoint: Endpoint, which: string, position: number): void {
  const iface = state.interfaces[endpoint];
  if (iface === undefined) return;
  const [initial, effective, used] = [iface.initialMac, iface.effectiveMac, iface.usedMac].map(macNumber) as [
    bigint,
    bigint,
    bigint,
  ];
  dataplane.control.setMacs(portOf(index, endpoint), initial, effective, used, position);
  const port = vswitchPortOf(index, endpoint) ?? fabricPortOf(index, endpoint);
  // The switch knows initial and effective; a used MAC concerns it only where it will be a forged source (VSW-09).
  if (port === null || (which === 'used' && used === effective)) return;
  dataplane.control.setMacs(portOf(index, port), initial, effective, effective, position);
}

/** A switch's setting reaches every guest port that does not override it (rule VSW-15). */
function projectPolicy({ dataplane, index, state }: Target, data: EventData['PolicyChanged'], position: number): void {
  const field = policyField(data.setting);
  for (const port of index.byNode.get(data.node) ?? []) {
    const endpoint = endpointOf(port);
    const concerned =
      data.interface === '' ? state.interfaces[endpoint]?.policy[field] === undefined : port.name === data.interface;
    if (port.mode !== 'port' || !concerned) continue;
    const policy = effectivePolicy(state, data.node, endpoint);
    dataplane.control.setPolicy(portOf(index, endpoint), policy.promiscuous, policy.macChanges, policy.forgedTransmits, position);
  }
}

function macNumber(mac: string): bigint {
  return mac === '' ? 0n : BigInt(macToNumber(mac as Mac));
}
