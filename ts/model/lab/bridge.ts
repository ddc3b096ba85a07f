/** Interfaces of a firewall that a virtual wire (rule MODE-04) or a VLAN object (MODE-02) joins. */
import { groupBy } from '../../values/group-by.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import type { LabInterface } from './interfaces.ts';
import { interfaceAt, type LabIndex, nodeNamed } from './lab-index.ts';
import type { VirtualWire } from './nodes.ts';

/** Members by the name of what joins them, in the lab's order. */
export function bridgesOf(index: LabIndex, node: string): ReadonlyMap<string, readonly LabInterface[]> {
  const joined = (index.byNode.get(node) ?? []).filter(({ bridge }) => bridge !== undefined);
  return groupBy(joined, ({ bridge = '' }) => bridge);
}

/** Where a frame that came in at an interface may leave: empty for an interface that is joined with none. */
export function joinedWith(index: LabIndex, endpoint: Endpoint): readonly Endpoint[] {
  const iface = interfaceAt(index, endpoint);
  if (iface?.bridge === undefined) return [];
  const members = (index.byNode.get(iface.node) ?? []).filter(({ bridge }) => bridge === iface.bridge);
  return members.map(endpointOf).filter((member) => member !== endpoint);
}

/** The virtual wire that an interface is an end of. */
export function wireOf(index: LabIndex, { node, mode, bridge }: LabInterface): VirtualWire | undefined {
  const firewall = nodeNamed(index, node);
  if (mode !== 'virtual-wire' || firewall?.kind !== 'firewall') return undefined;
  return firewall.virtualWires?.find(({ name }) => name === bridge);
}
