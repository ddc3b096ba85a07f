/** What the fabric of a cloud knows by its API (rule HA-22). */
import type { Ipv4 } from '../../values/ipv4-address.ts';
import type { Mac } from '../../values/mac.ts';
import { type Endpoint, endpointOf, type NodeName, splitEndpoint } from './endpoint.ts';
import type { Lab } from './lab.ts';
import { interfaceAt, type LabIndex, MANAGEMENT, nodeNamed } from './lab-index.ts';

/** A port of a fabric, and the interface that the fabric has behind it. */
export interface FabricPort {
  readonly port: Endpoint;
  readonly iface: Endpoint;
}

/** The ports of a fabric with what is behind them. */
export function fabricPorts(index: LabIndex, fabric: NodeName): FabricPort[] {
  return (index.byNode.get(fabric) ?? []).flatMap((port) => {
    const iface = index.peers.get(endpointOf(port));
    return iface === undefined ? [] : [{ port: endpointOf(port), iface }];
  });
}

/** The port of a fabric that an interface is plugged into; null for none. */
export function fabricPortOf(index: LabIndex, iface: Endpoint): Endpoint | null {
  const peer = index.peers.get(iface);
  const node = peer === undefined ? undefined : nodeNamed(index, splitEndpoint(peer).node);
  return peer !== undefined && node?.kind === 'switch' && node.fabric !== undefined ? peer : null;
}

/** Who has each address of a fabric when a lab begins. An address that both units of a pair have is that of the unit with the better priority. */
export function addressesAtFirst(lab: Lab, fabric: NodeName): (readonly [Ipv4, Mac])[] {
  const ends = lab.links.flatMap(({ a, b }): string[] => (isOf(a, fabric) ? [b] : isOf(b, fabric) ? [a] : []));
  const later = new Set(lab.haPairs.map(({ members: [one, other] }) => (one.priority <= other.priority ? other.node : one.node)));
  const behind = lab.interfaces.filter((iface) => ends.includes(endpointOf(iface)));
  const rank = ({ node }: { readonly node: NodeName }): number => (later.has(node) ? 1 : 0);
  const found = new Map<Ipv4, Mac>();
  for (const { mac, ipv4 } of [...behind].sort((a, b) => rank(a) - rank(b))) {
    for (const { address } of ipv4) if (mac !== null && !found.has(address)) found.set(address, mac);
  }
  return [...found];
}

/**
 * Interfaces that a unit does not have when a lab begins, because they move from unit to unit and are at the one with the better priority
 * (rule HA-22): both units have one by each name, and only one of them is attached.
 */
export function detachedAtFirst(lab: Lab): Endpoint[] {
  return lab.haPairs.flatMap(({ cloud, members: [one, other] }) => {
    if (cloud?.moves !== 'interfaces') return [];
    const later = one.priority <= other.priority ? other.node : one.node;
    return movingInterfaces(lab, later);
  });
}

/** Interfaces of a unit that move to the other one: those for data. */
export function movingInterfaces(lab: Lab, unit: NodeName): Endpoint[] {
  return lab.interfaces.filter(({ node, mode, name }) => node === unit && mode === 'layer3' && name !== MANAGEMENT).map(endpointOf);
}

/** The MAC that a fabric has for an interface: the one that it gave it. */
export function fabricMac(index: LabIndex, iface: Endpoint): Mac | null {
  return interfaceAt(index, iface)?.mac ?? null;
}

function isOf(endpoint: Endpoint, node: NodeName): boolean {
  return endpoint.startsWith(`${node}:`);
}
