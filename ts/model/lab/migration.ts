/**
 * Guests that can move: the cables of their vNICs on hypervisors that they may come to (rules PCI-03, NOT-01).
 *
 * A standby cable leads from a vNIC to a port of another hypervisor's vSwitch, of the port group with the same name. It is plugged when the
 * guest is there; the cable it had stands by then.
 */
import { attachmentOf } from './attachments.ts';
import { type Endpoint, endpointOf, type NodeName, splitEndpoint } from './endpoint.ts';
import type { Lab } from './lab.ts';
import { type LabIndex, nodeNamed } from './lab-index.ts';
import type { LabLink } from './links.ts';
import type { LiveMigration } from './live-migration.ts';

/** A vNIC's cable, seen from the vNIC. */
export interface VnicCable {
  readonly vnic: Endpoint;
  readonly port: Endpoint;
}

/** The standby cables of a guest's vNICs on a hypervisor. */
export function standbyCables({ lab, nodes }: LabIndex, guest: NodeName, on: NodeName): VnicCable[] {
  return lab.links.flatMap((link) => {
    if (link.standby !== true) return [];
    const [vnic, port] = isOf(link.a, guest) ? [link.a, link.b] : [link.b, link.a];
    const vswitch = lab.nodes[nodes.get(splitEndpoint(port).node) ?? -1];
    return isOf(vnic, guest) && vswitch?.kind === 'vswitch' && vswitch.on === on ? [{ vnic, port }] : [];
  });
}

/** The guest's interfaces that are plugged into something, with what that is. */
export function pluggedCables(index: LabIndex, guest: NodeName): VnicCable[] {
  return (index.byNode.get(guest) ?? []).flatMap((iface) => {
    const port = index.peers.get(endpointOf(iface));
    return port === undefined ? [] : [{ vnic: endpointOf(iface), port }];
  });
}

/** The lab with a guest on another hypervisor: its cables there are plugged, those that it had stand by. */
export function movedTo(lab: Lab, guest: NodeName, to: NodeName): Lab {
  const hosts = new Map(lab.nodes.map((node) => [node.name, node.kind === 'vswitch' ? node.on : '']));
  const replug = (link: LabLink): LabLink => {
    if (!isOf(link.a, guest) && !isOf(link.b, guest)) return link;
    const host = hosts.get(splitEndpoint(isOf(link.a, guest) ? link.b : link.a).node) ?? '';
    if (host === '') return link;
    const { standby: _, ...cable } = link;
    return host === to ? cable : { ...cable, standby: true };
  };
  const nodes = lab.nodes.map((node) => (node.name === guest && 'on' in node ? { ...node, on: to } : node));
  return { ...lab, nodes, links: lab.links.map(replug) };
}

/** How guests leave a hypervisor alive; undefined where they cannot. */
export function liveMigrationOf(index: LabIndex, hypervisor: NodeName): LiveMigration | undefined {
  const node = nodeNamed(index, hypervisor);
  return node?.kind === 'hypervisor' ? node.liveMigration : undefined;
}

/** Why a guest of this lab cannot move, whatever runs now. A device of its host is told alone: nothing that a file says of hosts would help. */
export function migrationObstacles(index: LabIndex, name: NodeName, to: NodeName): string[] {
  const node = nodeNamed(index, name);
  if ((node?.kind !== 'firewall' && node?.kind !== 'host') || node.on === null)
    return [`${name} is no virtual machine of this lab`];
  if (nodeNamed(index, to)?.kind !== 'hypervisor') return [`${to} is not a hypervisor of this lab`];
  if (node.on === to) return [`${name} runs on ${to}`];
  const direct = directDevices(index, name);
  if (direct.length > 0) return direct.map(({ vnic, port }) => `direct-device: ${vnic} is ${port}`);
  const off = [node.on, to].filter((host) => liveMigrationOf(index, host) === undefined);
  if (off.length > 0) return off.map((host) => `live-migration-off: ${host} has no live-migration`);
  return withoutPort(index, name, to);
}

/** Rule PCI-03: interfaces of a guest that are functions of a NIC. */
export function directDevices(index: LabIndex, guest: NodeName): VnicCable[] {
  return (index.byNode.get(guest) ?? []).flatMap((iface) => {
    const attachment = attachmentOf(index, iface);
    return attachment.kind === 'vswitch' ? [] : [{ vnic: endpointOf(iface), port: attachment.device }];
  });
}

/** vNICs for which the other hypervisor has no port: it has no port group of that name, or they are not plugged into a vSwitch. */
function withoutPort(index: LabIndex, guest: NodeName, to: NodeName): string[] {
  const awaited = new Set(standbyCables(index, guest, to).map(({ vnic }) => vnic));
  return pluggedCables(index, guest).flatMap(({ vnic, port }) => {
    if (awaited.has(vnic)) return [];
    const { kind } = nodeNamed(index, splitEndpoint(port).node) ?? {};
    if (kind !== 'vswitch') return [`no-port-group: ${vnic} is linked to ${port}, which is no port of a vSwitch`];
    return [`no-port-group: no vSwitch of ${to} has the port group of ${port}, into which ${vnic} is plugged`];
  });
}

function isOf(endpoint: Endpoint, node: NodeName): boolean {
  return splitEndpoint(endpoint).node === node;
}
