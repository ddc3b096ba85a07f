/**
 * The places of a lab: what has a box in its picture, and which cables join them. A guest that may move has a place on each hypervisor that it
 * may come to (rule PCI-03), and a cable belongs to the place on the hypervisor that it leads to.
 */
import { type Endpoint, endpointOf, type NodeName, splitEndpoint } from '../model/lab/endpoint.ts';
import type { LabInterface } from '../model/lab/interfaces.ts';
import type { Lab } from '../model/lab/lab.ts';
import type { LabNode } from '../model/lab/nodes.ts';

/** Number of a place in the list of them. */
export type PlaceNumber = number;

export interface LabPlace {
  readonly node: LabNode;
  readonly on: NodeName | null;
}

/** A cable between two places. */
export interface LabCable {
  /** Number of the link in the lab. */
  readonly link: number;
  readonly from: PlaceNumber;
  readonly to: PlaceNumber;
  /** Names of the interfaces at its ends. */
  readonly fromPort: string;
  readonly toPort: string;
}

export interface LabPlaces {
  readonly places: readonly LabPlace[];
  readonly cables: readonly LabCable[];
  /** Interfaces with a box's edge to stand at, by node. */
  readonly ports: ReadonlyMap<NodeName, readonly LabInterface[]>;
}

/** The hypervisor that a node is on; null for what stands by itself. */
export function hostOf(node: LabNode | undefined): NodeName | null {
  return node !== undefined && 'on' in node && node.on !== '' ? node.on : null;
}

/** All places of a lab, hypervisors first, the others in its order. */
export function placesOf(lab: Lab): LabPlaces {
  const nodes = new Map(lab.nodes.map((node) => [node.name, node]));
  const hosts = hostsOf(lab, nodes);
  const isHost = ({ kind }: LabNode): boolean => kind === 'hypervisor';
  const ordered = [...lab.nodes.filter(isHost), ...lab.nodes.filter((node) => !isHost(node))];
  const places = ordered.flatMap((node) => [...(hosts.get(node.name) ?? [null])].map((on): LabPlace => ({ node, on })));
  const numbers = new Map<NodeName, Map<NodeName | null, PlaceNumber>>();
  places.forEach(({ node, on }, number) => {
    const own = numbers.get(node.name) ?? new Map<NodeName | null, PlaceNumber>();
    numbers.set(node.name, own.set(on, number));
  });
  const placeOf = (end: NodeName, other: NodeName): PlaceNumber | undefined => {
    const own = numbers.get(end);
    return own?.get(hostOf(nodes.get(other))) ?? own?.get(hostOf(nodes.get(end)));
  };
  const cables = lab.links.flatMap(({ a, b }, link): LabCable[] => {
    const [one, other] = [splitEndpoint(a), splitEndpoint(b)];
    const from = placeOf(one.node, other.node);
    const to = placeOf(other.node, one.node);
    return from === undefined || to === undefined ? [] : [{ link, from, to, fromPort: one.name, toPort: other.name }];
  });
  return { places, cables, ports: portsOf(lab, nodes) };
}

/** Hypervisors of each node that is on one: its own, and those with a standby cable for it. */
function hostsOf(lab: Lab, nodes: ReadonlyMap<NodeName, LabNode>): ReadonlyMap<NodeName, ReadonlySet<NodeName>> {
  const known = (on: NodeName | null): on is NodeName => on !== null && nodes.get(on)?.kind === 'hypervisor';
  const hosts = new Map<NodeName, Set<NodeName>>();
  for (const node of lab.nodes) {
    const on = hostOf(node);
    if (known(on)) hosts.set(node.name, new Set([on]));
  }
  for (const { a, b } of lab.links.filter(({ standby }) => standby === true)) {
    const ends = [splitEndpoint(a).node, splitEndpoint(b).node] as const;
    for (const [guest, other] of [ends, [ends[1], ends[0]]] as const) {
      const on = hostOf(nodes.get(other));
      if (nodes.get(guest)?.kind !== 'vswitch' && known(on)) hosts.get(guest)?.add(on);
    }
  }
  return hosts;
}

/**
 * Interfaces that are drawn. A subinterface is on the line of its parent and an aggregate on those of its members; of ports of switches and
 * VFs only those with a cable are, and of a NIC the PF always.
 */
function portsOf(lab: Lab, nodes: ReadonlyMap<NodeName, LabNode>): ReadonlyMap<NodeName, readonly LabInterface[]> {
  const cabled = new Set<Endpoint>(lab.links.flatMap(({ a, b }) => [a, b]));
  const ports = new Map<NodeName, LabInterface[]>(lab.nodes.map(({ name }) => [name, []]));
  for (const iface of lab.interfaces) {
    if (iface.parent !== undefined || iface.aggregate !== undefined) continue;
    const isGuests = ['firewall', 'host', 'router'].includes(nodes.get(iface.node)?.kind ?? '');
    if (isGuests || iface.mode === 'pf' || cabled.has(endpointOf(iface))) ports.get(iface.node)?.push(iface);
  }
  return ports;
}
