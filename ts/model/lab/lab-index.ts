/** A lab's numbers and neighbourhoods: dense indices for the data plane, and who is cabled to whom. Derived, never stored. */

import type { Ipv4 } from '../../values/ipv4-address.ts';
import { type Endpoint, endpointOf, splitEndpoint } from './endpoint.ts';
import { asUnit, type ControlLink, type DataLink, dataPortName, type HaMember, type HaPair } from './ha-pair.ts';
import type { LabInterface } from './interfaces.ts';
import type { Lab } from './lab.ts';
import type { LabLink } from './links.ts';
import { isGuest, type LabNode } from './nodes.ts';

export interface LabIndex {
  readonly lab: Lab;
  readonly nodes: ReadonlyMap<string, number>;
  readonly interfaces: ReadonlyMap<Endpoint, number>;
  /** The other end of each cabled interface. */
  readonly peers: ReadonlyMap<Endpoint, Endpoint>;
  /** Number of the link that is plugged into an interface. */
  readonly links: ReadonlyMap<Endpoint, number>;
  /** Interfaces of each node, in the lab's order. */
  readonly byNode: ReadonlyMap<string, readonly LabInterface[]>;
  /** A firewall's HA pair, as it is configured there, and its place in it; none where HA is disabled. */
  readonly ha: ReadonlyMap<string, { readonly pair: HaPair; readonly self: HaMember; readonly peer: HaMember }>;
}

/** @param devices who has which device of a host (device-state.ts); the lab's own beginning without. */
export function indexLab(lab: Lab, devices: Readonly<Record<Endpoint, Endpoint>> = {}): LabIndex {
  const byNode = new Map<string, LabInterface[]>(lab.nodes.map((node) => [node.name, []]));
  for (const iface of lab.interfaces) byNode.get(iface.node)?.push(iface);
  const peers = new Map<Endpoint, Endpoint>();
  const links = new Map<Endpoint, number>();
  const guests = new Set(lab.nodes.flatMap((node) => (isGuest(node) ? [node.name] : [])));
  lab.links.forEach((link, number) => {
    if (!isPlugged(link, devices, guests)) return;
    peers.set(link.a, link.b).set(link.b, link.a);
    links.set(link.a, number).set(link.b, number);
  });
  const ha = new Map<string, { pair: HaPair; self: HaMember; peer: HaMember }>();
  for (const pair of lab.haPairs) {
    const [first, second] = pair.members;
    if (first.disabled !== true) ha.set(first.node, { pair: asUnit(pair, first), self: first, peer: second });
    if (second.disabled !== true) ha.set(second.node, { pair: asUnit(pair, second), self: second, peer: first });
  }
  return {
    lab,
    nodes: new Map(lab.nodes.map((node, index) => [node.name, index])),
    interfaces: new Map(lab.interfaces.map((iface, index) => [endpointOf(iface), index])),
    peers,
    links,
    byNode,
    ha,
  };
}

/**
 * The index of a lab in which only interfaces' addresses and routes of one node changed since: a thousand hosts that lease addresses would
 * index the lab a thousand times. @param lab with the change.
 */
export function readdressed(index: LabIndex, lab: Lab, node: string): LabIndex {
  const own = lab.interfaces.filter((iface) => iface.node === node);
  return { ...index, lab, byNode: new Map(index.byNode).set(node, own) };
}

/** Whether a commit disabled HA at a unit of a pair (rule MAC-05). */
export function isHaDisabled({ lab }: LabIndex, node: string): boolean {
  return lab.haPairs.some(({ members }) => members.some((member) => member.node === node && member.disabled === true));
}

/** The lab as if every cable it could ever have were plugged in, reserved ones too: what room has to be made for. */
export function indexAllCables(lab: Lab): LabIndex {
  return indexLab({ ...lab, links: lab.links.map(({ reserved: _, ...link }) => link) });
}

/** The cable of a device leads to the guest that has it, or else to the host's switch (rule PCI-01). */
function isPlugged(link: LabLink, devices: Readonly<Record<Endpoint, Endpoint>>, guests: ReadonlySet<string>): boolean {
  if (link.standby === true) return false;
  const device = [link.a, link.b].find((end) => Object.hasOwn(devices, end));
  if (device === undefined) return link.reserved !== true;
  const user = device === link.a ? link.b : link.a;
  return devices[device] === '' ? link.reserved !== true && !guests.has(splitEndpoint(user).node) : devices[device] === user;
}

export function nodeNamed(index: LabIndex, name: string): LabNode | undefined {
  return index.lab.nodes[index.nodes.get(name) ?? -1];
}

export function interfaceAt(index: LabIndex, endpoint: Endpoint): LabInterface | undefined {
  return index.lab.interfaces[index.interfaces.get(endpoint) ?? -1];
}

/** A node's number in the data plane. @throws RangeError for a name the lab does not have. */
export function nodeNumber(index: LabIndex, name: string): number {
  const number = index.nodes.get(name);
  if (number === undefined) throw new RangeError(`no node ${name} in the lab`);
  return number;
}

/** An interface's number in the data plane. @throws RangeError for a name the lab does not have. */
export function portOf(index: LabIndex, endpoint: Endpoint): number {
  const number = index.interfaces.get(endpoint);
  if (number === undefined) throw new RangeError(`no interface ${endpoint} in the lab`);
  return number;
}

/** The port a firewall is managed by: no part of its data plane, nor of its HA (rule MAC-12). */
export const MANAGEMENT = 'mgmt';

/** A firewall's layer-3 data interfaces in interface-id order (rule MAC-09). */
export function dataInterfaces(index: LabIndex, node: string): readonly LabInterface[] {
  const own = (index.byNode.get(node) ?? []).filter((iface) => iface.mode === 'layer3' && iface.name !== MANAGEMENT);
  return [...own].sort((a, b) => a.interfaceId - b.interfaceId);
}

/** The interface of a unit that carries a control link of its pair. */
export function controlPort(pair: HaPair, member: HaMember, link: ControlLink): Endpoint {
  if (link === 'heartbeat-backup') return `${member.node}:${MANAGEMENT}`;
  return `${member.node}:${link === 'ha1' ? member.ha1 : (pair.ha1Backup ?? link)}`;
}

/** Networks of HA ports without an address (RFC 3927). */
const LINK_LOCAL: Readonly<Record<ControlLink, string | null>> = {
  ha1: '169.254.1',
  'ha1-b': '169.254.2',
  'heartbeat-backup': null,
};

/** Networks of HA2 and its backup where they need addresses and have none (RFC 3927). */
const DATA_LINK_LOCAL: Readonly<Record<DataLink, string>> = { ha2: '169.254.3', 'ha2-b': '169.254.4' };

/** Address of a unit on a data link that carries IP; null where it needs none. */
export function dataAddress(index: LabIndex, pair: HaPair, { node, deviceId }: HaMember, link: DataLink): Ipv4 | null {
  const name = dataPortName(pair, link);
  if (name === undefined || pair.ha2Transport === undefined) return null;
  return interfaceAt(index, `${node}:${name}`)?.ipv4[0]?.address ?? (`${DATA_LINK_LOCAL[link]}.${deviceId + 1}` as Ipv4);
}

/**
 * Address of a unit on a control link. An HA port without one gets an address of the link-local network, by device id (RFC 3927); a
 * management port has what the file says, else null.
 */
export function controlAddress(index: LabIndex, pair: HaPair, member: HaMember, link: ControlLink): Ipv4 | null {
  const network = LINK_LOCAL[link];
  const own = interfaceAt(index, controlPort(pair, member, link))?.ipv4[0]?.address;
  return own ?? (network === null ? null : (`${network}.${member.deviceId + 1}` as Ipv4));
}
