/** IPv6 into linear memory: addresses and routes of nodes, and the multicast groups that come with addresses. */
import { endpointOf } from '../model/lab/endpoint.ts';
import type { LabInterface } from '../model/lab/interfaces.ts';
import { networksOf } from '../model/lab/ipv6.ts';
import { type LabIndex, nodeNamed, nodeNumber, portOf } from '../model/lab/lab-index.ts';
import { type Ipv6States, usableAddresses } from '../model/state/ipv6-state.ts';
import { ALL_NODES, ALL_ROUTERS, groupMac, type Ipv6, prefixContains6, solicitedNode } from '../values/ipv6-address.ts';
import { halvesOf } from './address-door.ts';
import { joinGroups } from './configure-groups.ts';
import type { Dataplane } from './dataplane.ts';

/** Prefixes that routers may advertise to one interface, each an address and a network; and its link-local address. */
export const LEARNED_PREFIXES_MAX = 4;
/** Default routers that one interface may learn. */
export const LEARNED_ROUTERS_MAX = 4;

/** Whether any interface of a node has IPv6. */
export function hasIpv6(index: LabIndex, node: string): boolean {
  return (index.byNode.get(node) ?? []).some(({ ipv6 }) => ipv6 !== undefined);
}

/** Routes that a node can have at most, its own addresses among them; 0 without IPv6. */
export function routes6Max(index: LabIndex, name: string): number {
  if (!hasIpv6(index, name)) return 0;
  const node = nodeNamed(index, name);
  const own = (index.byNode.get(name) ?? []).map(({ ipv6 }) =>
    ipv6 === undefined ? 0 : (networksOf(ipv6).length * 2 + LEARNED_PREFIXES_MAX) * 2 + 1 + LEARNED_ROUTERS_MAX,
  );
  const routes = node !== undefined && 'routes6' in node ? (node.routes6?.length ?? 0) : 0;
  return own.reduce((sum, one) => sum + one, routes);
}

/** A node's addresses, routes and groups as the state has them, because of the event at `cause`. */
export function configureIpv6(
  dataplane: Dataplane,
  index: LabIndex,
  state: Readonly<Ipv6States>,
  name: string,
  cause: number,
): void {
  if (!hasIpv6(index, name)) return;
  const { control } = dataplane;
  control.clearRoutes6(nodeNumber(index, name), cause);
  const own = (index.byNode.get(name) ?? []).filter(({ ipv6 }) => ipv6 !== undefined);
  for (const iface of own) {
    for (const { ip, prefix } of usableAddresses(state, endpointOf(iface)))
      control.addAddress6(portOf(index, endpointOf(iface)), ...halvesOf(ip), prefix);
    joinOwnGroups(dataplane, index, state, iface);
  }
  const node = nodeNamed(index, name);
  for (const { network, via } of node !== undefined && 'routes6' in node ? (node.routes6 ?? []) : []) {
    const out = own.find(({ ipv6 }) => ipv6 !== undefined && networksOf(ipv6).some((net) => prefixContains6(net, via)));
    if (out !== undefined) addRoute(dataplane, index, out, network.address, network.prefix, via);
  }
  for (const router of state.routers6[name] ?? []) {
    const out = own.find((iface) => iface.name === router.interface);
    if (out !== undefined) addRoute(dataplane, index, out, '::' as Ipv6, 0, router.ip);
  }
}

function addRoute({ control }: Dataplane, index: LabIndex, out: LabInterface, network: Ipv6, prefix: number, via: Ipv6): void {
  control.addRoute6(nodeNumber(index, out.node), ...halvesOf(network), prefix, ...halvesOf(via), portOf(index, endpointOf(out)));
}

/** All nodes, all routers, and the solicited-node group of each address, a tentative one's too (RFC 4862, section 5.4.2). */
function joinOwnGroups(dataplane: Dataplane, index: LabIndex, { addresses6 }: Readonly<Ipv6States>, iface: LabInterface): void {
  const endpoint = endpointOf(iface);
  const isRouter = nodeNamed(index, iface.node)?.kind !== 'host';
  const groups = [
    ALL_NODES,
    ...(isRouter ? [ALL_ROUTERS] : []),
    ...(addresses6[endpoint] ?? []).map(({ ip }) => solicitedNode(ip)),
  ];
  joinGroups(dataplane, index, iface, groups.map(groupMac));
}
