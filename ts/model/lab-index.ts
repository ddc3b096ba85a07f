/** A lab's numbers and neighbourhoods: dense indices for the data plane, and who is cabled to whom. Derived, never stored. */
import type { Ipv4 } from './ipv4-address.ts';
import { type Endpoint, endpointOf, type HaMember, type HaPair, type Lab, type LabInterface, type LabNode } from './lab.ts';

export interface LabIndex {
  readonly lab: Lab;
  readonly nodes: ReadonlyMap<string, number>;
  readonly interfaces: ReadonlyMap<Endpoint, number>;
  /** The other end of each cabled interface. */
  readonly peers: ReadonlyMap<Endpoint, Endpoint>;
  /** Interfaces of each node, in the lab's order. */
  readonly byNode: ReadonlyMap<string, readonly LabInterface[]>;
  /** A firewall's HA pair and its place in it. */
  readonly ha: ReadonlyMap<string, { readonly pair: HaPair; readonly self: HaMember; readonly peer: HaMember }>;
}

export function indexLab(lab: Lab): LabIndex {
  const byNode = new Map<string, LabInterface[]>(lab.nodes.map((node) => [node.name, []]));
  for (const iface of lab.interfaces) byNode.get(iface.node)?.push(iface);
  const peers = new Map<Endpoint, Endpoint>();
  for (const link of lab.links) peers.set(link.a, link.b).set(link.b, link.a);
  const ha = new Map<string, { pair: HaPair; self: HaMember; peer: HaMember }>();
  for (const pair of lab.haPairs) {
    const [first, second] = pair.members;
    ha.set(first.node, { pair, self: first, peer: second });
    ha.set(second.node, { pair, self: second, peer: first });
  }
  return {
    lab,
    nodes: new Map(lab.nodes.map((node, index) => [node.name, index])),
    interfaces: new Map(lab.interfaces.map((iface, index) => [endpointOf(iface), index])),
    peers,
    byNode,
    ha,
  };
}

export function nodeNamed(index: LabIndex, name: string): LabNode | undefined {
  return index.lab.nodes[index.nodes.get(name) ?? -1];
}

export function interfaceAt(index: LabIndex, endpoint: Endpoint): LabInterface | undefined {
  return index.lab.interfaces[index.interfaces.get(endpoint) ?? -1];
}

/** The port a firewall is managed by: no part of its data plane, nor of its HA (rule MAC-12). */
export const MANAGEMENT = 'mgmt';

/** A firewall's layer-3 data interfaces in interface-id order (rule MAC-09). */
export function dataInterfaces(index: LabIndex, node: string): readonly LabInterface[] {
  const own = (index.byNode.get(node) ?? []).filter((iface) => iface.mode === 'layer3' && iface.name !== MANAGEMENT);
  return [...own].sort((a, b) => a.interfaceId - b.interfaceId);
}

/** Address of a unit's HA1 port; one without gets an address of the link-local network, by device id (RFC 3927). */
export function ha1Address(index: LabIndex, member: HaMember): Ipv4 {
  return interfaceAt(index, `${member.node}:${member.ha1}`)?.ipv4[0]?.address ?? (`169.254.1.${member.deviceId + 1}` as Ipv4);
}
