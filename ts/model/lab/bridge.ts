/** Interfaces of a firewall that a virtual wire (rule MODE-04) or a VLAN object (MODE-02) joins. */
import { type Endpoint, endpointOf } from './endpoint.ts';
import type { LabInterface } from './interfaces.ts';
import { interfaceAt, type LabIndex, nodeNamed } from './lab-index.ts';
import type { VirtualWire } from './nodes.ts';

/** Members by the name of what joins them, in the lab's order. */
export function bridgesOf(index: LabIndex, node: string): ReadonlyMap<string, readonly LabInterface[]> {
  const bridges = new Map<string, LabInterface[]>();
  for (const iface of index.byNode.get(node) ?? []) {
    if (iface.bridge !== undefined) bridges.set(iface.bridge, [...(bridges.get(iface.bridge) ?? []), iface]);
  }
  return bridges;
}

/** Where a frame that came in at an interface may leave: empty for an interface that is joined with none. */
export function joinedWith(index: LabIndex, endpoint: Endpoint): readonly Endpoint[] {
  const iface = interfaceAt(index, endpoint);
  if (iface?.bridge === undefined) return [];
  const members = bridgesOf(index, iface.node).get(iface.bridge) ?? [];
  return members.map(endpointOf).filter((member) => member !== endpoint);
}

/** The virtual wire that an interface is an end of. */
export function wireOf(index: LabIndex, { node, mode, bridge }: LabInterface): VirtualWire | undefined {
  const firewall = nodeNamed(index, node);
  if (mode !== 'virtual-wire' || firewall?.kind !== 'firewall') return undefined;
  return firewall.virtualWires?.find(({ name }) => name === bridge);
}
