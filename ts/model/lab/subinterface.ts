/**
 * Subinterfaces (rule MAC-12): `eth1.10` is an interface of its own in layer 3 and layer 2, but no device. Its frames carry its tag on
 * the line of its parent, `eth1`; it has that one's MAC and carrier.
 */
import { type Endpoint, endpointOf, splitEndpoint } from './endpoint.ts';
import type { LabInterface } from './interfaces.ts';
import { interfaceAt, type LabIndex } from './lab-index.ts';

/** A subinterface's name in its two parts: "eth1.10" is 10 of eth1. Null for other names. */
export function subinterfaceName(name: string): { readonly parent: string; readonly number: number } | null {
  const parts = /^(.+)\.(\d+)$/.exec(name);
  return parts === null ? null : { parent: parts[1] as string, number: Number(parts[2]) };
}

/** Whether an interface has no line of its own. */
export function isSubinterface({ parent }: Pick<LabInterface, 'parent'>): boolean {
  return parent !== undefined;
}

/** The subinterfaces of an interface, in the lab's order. */
export function subinterfacesOf(index: LabIndex, endpoint: Endpoint): readonly LabInterface[] {
  const { node, name } = splitEndpoint(endpoint);
  return (index.byNode.get(node) ?? []).filter(({ parent }) => parent === name);
}

/** The interface on whose line an interface's frames are: its parent, or itself. */
export function lineOwner(index: LabIndex, endpoint: Endpoint): Endpoint {
  const iface = interfaceAt(index, endpoint);
  return iface === undefined ? endpoint : lineOwnerOf(iface);
}

/** The same, for an interface at hand. */
export function lineOwnerOf(iface: Pick<LabInterface, 'node' | 'name' | 'parent'>): Endpoint {
  return endpointOf({ node: iface.node, name: iface.parent ?? iface.name });
}
