/** What is plugged into what: links by their ends, NICs and their functions, how guests are attached (rules DRV-01, PCI-01). */

import type { Platform } from '../hardware/platforms.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import type { LabInterface } from './interfaces.ts';
import type { Lab } from './lab.ts';
import { interfaceAt, type LabIndex, nodeNamed } from './lab-index.ts';
import type { LabLink } from './links.ts';
import { isGuest, type Nic } from './nodes.ts';

/** A device of the host that a guest has: the PF of a NIC, or one of its VFs. */
export interface DeviceAttachment {
  readonly kind: 'passthrough' | 'sriov';
  readonly nic: Nic;
  readonly device: Endpoint;
}

export type GuestAttachment = DeviceAttachment | { readonly kind: 'vswitch'; readonly platform: Platform };

/** How an interface of a guest is attached. A firewall says on which hypervisor it runs; any other guest counts as one on KVM. */
export function attachmentOf(index: LabIndex, iface: LabInterface): GuestAttachment {
  const device = index.peers.get(endpointOf(iface)) ?? '';
  const nic = nodeNamed(index, interfaceAt(index, device)?.node ?? '');
  const mode = interfaceAt(index, device)?.mode;
  if (nic?.kind === 'nic' && mode === 'pf') return { kind: 'passthrough', nic, device };
  if (nic?.kind === 'nic' && mode === 'vf') return { kind: 'sriov', nic, device };
  return { kind: 'vswitch', platform: platformOf(index, iface.node) };
}

export function platformOf(index: LabIndex, guest: string): Platform {
  const node = nodeNamed(index, guest);
  const host = node !== undefined && 'on' in node && node.on !== null ? nodeNamed(index, node.on) : undefined;
  return host?.kind === 'hypervisor' ? host.platform : 'kvm';
}

/** Interfaces that may be given a device later, and have no cable until then. */
export function reservedGuests(lab: Lab): ReadonlySet<Endpoint> {
  const guests = new Set(lab.nodes.flatMap((node) => (isGuest(node) ? [node.name] : [])));
  const ends = lab.links.flatMap(({ a, b, reserved }) => (reserved === true ? [a, b] : []));
  return new Set(
    lab.interfaces.flatMap((iface) => (guests.has(iface.node) ? [endpointOf(iface)] : [])).filter((one) => ends.includes(one)),
  );
}

/** Ports of vSwitches whose guest is on another hypervisor, and may come (rule PCI-03). */
export function awaitingGuests({ links }: Lab): ReadonlySet<Endpoint> {
  const plugged = new Set(links.flatMap(({ a, b, standby }) => (standby === true ? [] : [a, b])));
  return new Set(links.flatMap(({ a, b, standby }) => (standby === true ? [a, b] : [])).filter((end) => !plugged.has(end)));
}

/** PF and VFs, in the lab's order. */
export function functionsOf(index: LabIndex, nic: Nic): readonly LabInterface[] {
  return (index.byNode.get(nic.name) ?? []).filter(({ mode }) => mode !== 'wire');
}

/** The NIC of that name; null when the node is something else. */
export function nicOf(index: LabIndex, node: string): Nic | null {
  const found = nodeNamed(index, node);
  return found?.kind === 'nic' ? found : null;
}

/** The two ports of a link, for carrier changes. */
export function linkEnds(index: LabIndex, endpoint: string): readonly [string, string] | null {
  const link = linkOf(index, endpoint);
  return link === null ? null : [link.a, link.b];
}

/** The vSwitch port a vNIC is plugged into, or null. */
export function vswitchPortOf(index: LabIndex, endpoint: Endpoint): Endpoint | null {
  const peer = index.peers.get(endpoint);
  if (peer === undefined) return null;
  return nodeNamed(index, peer.slice(0, peer.indexOf(':')))?.kind === 'vswitch' ? peer : null;
}

/** The link that is plugged into an interface. */
export function linkOf(index: LabIndex, endpoint: string): LabLink | null {
  return index.lab.links[index.links.get(endpoint) ?? -1] ?? null;
}
