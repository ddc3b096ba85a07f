/** Addresses, routes and MTUs of nodes into linear memory: as the lab defines them, and as a commit leaves them. */
import * as L from '../../asm/memory/layout.ts';
import { endpointOf } from '../model/lab/endpoint.ts';
import { controlLinksOf, dataLinksOf, dataPortName } from '../model/lab/ha-pair.ts';
import {
  controlAddress,
  controlPort,
  dataAddress,
  interfaceAt,
  isHaDisabled,
  type LabIndex,
  nodeNamed,
  nodeNumber,
  portOf,
} from '../model/lab/lab-index.ts';
import type { LabNode, Route } from '../model/lab/nodes.ts';
import { routesInUse } from '../model/lab/routes.ts';
import { type Ipv4, ipv4ToNumber, prefixContains } from '../values/ipv4-address.ts';
import type { Dataplane } from './dataplane.ts';

/** The link-local networks of HA ports without an address: /30. */
const LINK_LOCAL_MASK = 0xffff_fffc;
/** As asm/decide/routes.ts has it. */
const VIA_UNHEALTHY = 0xffff_fffe;

/** Addresses of a node's interfaces, and of those ports of HA that have none of their own. */
export function configureAddresses(dataplane: Dataplane, index: LabIndex, node: string): void {
  const isWithoutHa = isHaDisabled(index, node);
  for (const iface of index.byNode.get(node) ?? []) {
    // Rule MAC-05: a port of HA that is disabled answers nobody.
    if (isWithoutHa && iface.mode === 'ha') continue;
    for (const { address, prefix } of iface.ipv4) {
      dataplane.control.addAddress(portOf(index, endpointOf(iface)), ipv4ToNumber(address), maskOf(prefix));
    }
  }
  const unit = index.ha.get(node);
  if (unit === undefined) return;
  const { pair, self } = unit;
  const addresses = [
    ...controlLinksOf(pair).map((link) => [controlPort(pair, self, link), controlAddress(index, pair, self, link)] as const),
    ...dataLinksOf(pair).map((link) => [`${node}:${dataPortName(pair, link)}`, dataAddress(index, pair, self, link)] as const),
  ];
  for (const [endpoint, address] of addresses) {
    if (address === null || interfaceAt(index, endpoint)?.ipv4.length !== 0) continue;
    dataplane.control.addAddress(portOf(index, endpoint), ipv4ToNumber(address), LINK_LOCAL_MASK);
  }
}

/** A firewall's addresses, routes and MTUs, as a commit left them. Only those that `paths` name are touched. */
export function reconfigure(dataplane: Dataplane, index: LabIndex, name: string, paths: readonly string[], cause: number): void {
  for (const iface of index.byNode.get(name) ?? []) {
    if (!paths.includes(`interface/${iface.name}/mtu`)) continue;
    dataplane.control.setMtu(portOf(index, endpointOf(iface)), iface.mtu, iface.mtu + L.ETHERNET_HEADER_BYTES, cause);
  }
  if (!paths.some((path) => /^(route|ha\/(enabled|ha1|ha2|heartbeat))|\/ipv4$/.test(path))) return;
  rewriteRoutes(dataplane, index, name, cause);
}

/** A node's whole routing table, written anew because of the event at `cause`. */
export function rewriteRoutes(dataplane: Dataplane, index: LabIndex, name: string, cause: number): void {
  const node = nodeNamed(index, name);
  if (node === undefined) return;
  dataplane.control.clearRoutes(nodeNumber(index, name), cause);
  configureAddresses(dataplane, index, name);
  configureRoutes(dataplane, index, node);
}

/** Static routes, each by the interface whose network holds its next hop; in a PPPoE session by its own. */
export function configureRoutes(dataplane: Dataplane, index: LabIndex, node: LabNode): void {
  const id = nodeNumber(index, node.name);
  for (const route of routesInUse(node)) {
    const port = sessionPort(index, node.name, route) ?? portTowards(index, node.name, route.via);
    if (port === null) continue;
    const mask = maskOf(route.network.prefix);
    // A load balancer keeps the place of a next hop that does not answer.
    const via = route.isUnhealthy === true ? VIA_UNHEALTHY : ipv4ToNumber(route.via);
    dataplane.control.addRoute(id, (ipv4ToNumber(route.network.address) & mask) >>> 0, mask, via, port);
  }
}

/** The interface of a route by a PPPoE session: the other end's address is in no network of its own. Null for other routes. */
function sessionPort(index: LabIndex, node: string, { leasedBy }: Route): number | null {
  const iface = (index.byNode.get(node) ?? []).find(({ name, pppoe }) => pppoe !== undefined && name === leasedBy);
  return iface === undefined ? null : portOf(index, endpointOf(iface));
}

/** The interface whose network holds a next hop. */
function portTowards(index: LabIndex, node: string, via: Ipv4): number | null {
  for (const iface of index.byNode.get(node) ?? []) {
    if (iface.ipv4.some((own) => prefixContains(own, via))) return portOf(index, endpointOf(iface));
  }
  return null;
}

function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}
