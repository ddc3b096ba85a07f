/** What clouds know by their API, folded from events (rule HA-22): addresses are bindings of their fabrics, routes those of their routers. */
import { formatPrefix, parseIpv4 } from '../../values/ipv4-address.ts';
import { named } from '../../values/named.ts';
import type { Position } from '../events/events.ts';
import type { Endpoint, NodeName } from '../lab/endpoint.ts';
import { addressesAtFirst, detachedAtFirst, movingInterfaces } from '../lab/fabric.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/nodes.ts';
import type { ConfigStates } from './config-state.ts';
import type { Evolvers } from './evolvers.ts';
import type { SwitchStates } from './switch-state.ts';

export interface CloudStates extends ConfigStates, SwitchStates {
  /** Units of pairs in a cloud that wait for the API: since which event. */
  cloudCalls: Record<NodeName, Position>;
  /** Interfaces that move from unit to unit: whether one is attached there. */
  cloudInterfaces: Record<Endpoint, boolean>;
}

export function defineFabrics(state: CloudStates, lab: Lab): void {
  for (const node of lab.nodes) {
    if (node.kind !== 'switch' || node.fabric === undefined) continue;
    state.inspections[node.name] = { isEnabled: false, bindings: named(addressesAtFirst(lab, node.name)) };
  }
}

/** Interfaces of pairs that move them are at the better unit at first. */
export function defineMovingInterfaces(state: CloudStates, lab: Lab): void {
  const detached = new Set(detachedAtFirst(lab));
  for (const { cloud, members } of lab.haPairs) {
    if (cloud?.moves !== 'interfaces') continue;
    for (const { node } of members) for (const one of movingInterfaces(lab, node)) state.cloudInterfaces[one] = !detached.has(one);
  }
}

export const CLOUD_EVOLVERS: Evolvers<CloudStates> = {
  CloudCallStarted: (state, { node }, { position }) => {
    state.cloudCalls[node] = position;
  },
  CloudCallEnded: (state, { node }) => {
    delete state.cloudCalls[node];
  },
  CloudInterfaceChanged: (state, { node, interface: name, attached }) => {
    state.cloudInterfaces[`${node}:${name}`] = attached;
  },
  CloudAddressMoved: (state, { node, ip, new: mac }) => {
    const fabric = state.inspections[node];
    if (fabric !== undefined) fabric.bindings[ip] = mac;
  },
  ProbeTargetChanged: (state, { node, ip, healthy }) => {
    if (state.lab === null) return;
    state.defined ??= state.lab;
    const nodes = state.lab.nodes.map((one) => (one.name === node ? withHealth(one, ip, healthy) : one));
    state.lab = { ...state.lab, nodes };
  },
  CloudRouteChanged: (state, { node, network, new: via }) => {
    if (state.lab === null) return;
    state.defined ??= state.lab;
    const nodes = state.lab.nodes.map((one) => (one.name === node ? withNextHop(one, network, via) : one));
    state.lab = { ...state.lab, nodes };
  },
};

/** The routes of a load balancer by a next hop, as its probes left that. */
function withHealth(node: LabNode, ip: string, isHealthy: boolean): LabNode {
  if (node.kind !== 'router') return node;
  const routes = node.routes.map((route) => {
    if (route.via !== ip) return route;
    const { isUnhealthy: _, ...sound } = route;
    return isHealthy ? sound : { ...sound, isUnhealthy: true as const };
  });
  return { ...node, routes };
}

function withNextHop(node: LabNode, network: string, to: string): LabNode {
  const via = parseIpv4(to);
  if (node.kind !== 'router' || via === null) return node;
  return { ...node, routes: node.routes.map((route) => (formatPrefix(route.network) === network ? { ...route, via } : route)) };
}
