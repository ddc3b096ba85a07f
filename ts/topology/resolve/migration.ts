/**
 * Ports for guests that may come (rule PCI-03): each vNIC in a port group gets a port in the group of the same name on every other hypervisor
 * with live migration, and a cable that stands by. vSphere finds the network of a guest that moves by the name of its port group, too.
 *
 * Decision someone may dispute: a vNIC in no port group stays: there is no name to find its network by. Of several vSwitches of a hypervisor
 * that have the group, the first by name takes the guest.
 */
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabLink } from '../../model/lab/links.ts';
import type { VSwitch } from '../../model/lab/nodes.ts';
import type { Draft, DraftNode } from '../draft/draft.ts';
import { INTERFACES_MAX, PORTS_PER_SWITCH_MAX } from '../draft/limits.ts';
import { INTERFACE_NAME } from '../schema/formats.ts';
import { byCodeUnits } from './inherit.ts';
import { seedOf } from './links.ts';
import { portMtu } from './mtu.ts';
import { portOf } from './ports.ts';

interface Vnic {
  readonly link: LabLink;
  readonly vnic: Endpoint;
  /** Its port group, and the hypervisor it is on. */
  readonly group: string;
  readonly on: string;
}

/** Adds the ports to `draft.interfaces`, which stays in order, and returns the cables. */
export function addPortsForGuests(draft: Draft, links: readonly LabLink[], seed: number): LabLink[] {
  const switches = [...draft.resolved.values()].filter((node) => node.kind === 'vswitch' && migrates(draft, node.on)) as VSwitch[];
  for (const vswitch of switches) refuseCores(draft, vswitch);
  const cables = links
    .flatMap((link) => vnicOf(draft, link) ?? [])
    .flatMap((vnic) => hostsFor(draft, switches, vnic).map((vswitch) => cableTo(draft, vswitch, vnic, seed)));
  if (cables.length > 0) sortInterfaces(draft);
  sayTooMany(draft, switches);
  return cables;
}

function migrates(draft: Draft, hypervisor: string): boolean {
  const node = draft.resolved.get(hypervisor);
  return node?.kind === 'hypervisor' && node.liveMigration !== undefined;
}

/** The vNIC at one end of a cable, where its guest may leave and its port is in a group. */
function vnicOf(draft: Draft, link: LabLink): Vnic | null {
  for (const [vnic, port] of [
    [link.a, link.b],
    [link.b, link.a],
  ] as const) {
    const guest = draft.resolved.get(splitEndpoint(vnic).node);
    const { node, name } = splitEndpoint(port);
    const vswitch = draft.nodes.get(node);
    if ((guest?.kind !== 'firewall' && guest?.kind !== 'host') || guest.on === null || vswitch?.kind !== 'vswitch') continue;
    const group = vswitch.raw.ports?.[name]?.group;
    if (group !== undefined && migrates(draft, guest.on)) return { link, vnic, group, on: guest.on };
  }
  return null;
}

/** One vSwitch of every other hypervisor that has the port group. */
function hostsFor(draft: Draft, switches: readonly VSwitch[], { group, on }: Vnic): VSwitch[] {
  const having = switches.filter((vswitch) => {
    return vswitch.on !== on && Object.hasOwn(draft.nodes.get(vswitch.name)?.raw['port-groups'] ?? {}, group);
  });
  return having.filter((vswitch, i) => having.findIndex((other) => other.on === vswitch.on) === i);
}

function cableTo(draft: Draft, vswitch: VSwitch, { link, vnic, group }: Vnic, seed: number): LabLink {
  const node = draft.nodes.get(vswitch.name) as DraftNode;
  const name = nameFor(draft, vswitch.name, vnic);
  const settings: DraftNode = { ...node, raw: { ...node.raw, ports: { ...node.raw.ports, [name]: { group } } } };
  const port = portOf(draft, settings, 'vswitch', name, portMtu(node, undefined));
  draft.interfaces.set(endpointOf(port), port);
  const { rateBps, latencyNs, queueBytes } = link;
  const [a, b] = [vnic, endpointOf(port)];
  return { a, b, rateBps, latencyNs, queueBytes, ...seedOf(seed, { endpoint: a }, { endpoint: b }), standby: true };
}

/** "fw1.eth1", or where that is too long or taken, "guest1" and on. */
function nameFor(draft: Draft, vswitch: string, vnic: Endpoint): string {
  const { node, name } = splitEndpoint(vnic);
  const isFree = (candidate: string): boolean => INTERFACE_NAME.test(candidate) && !draft.interfaces.has(`${vswitch}:${candidate}`);
  let candidate = `${node}.${name}`;
  for (let number = 1; !isFree(candidate); number++) candidate = `guest${number}`;
  return candidate;
}

function sortInterfaces(draft: Draft): void {
  const sorted = [...draft.interfaces.values()].sort((a, b) => byCodeUnits(a.node, b.node) || byCodeUnits(a.name, b.name));
  draft.interfaces.clear();
  for (const iface of sorted) draft.interfaces.set(endpointOf(iface), iface);
}

/** The ports of guests that come have no rings, so a switch that charges for its work cannot take them yet. */
function refuseCores(draft: Draft, { name, on, host }: VSwitch): void {
  const node = draft.nodes.get(name);
  if (host === undefined || node === undefined) return;
  const message = `${name} charges its forwarding to cores, and ${on} has live-migration: guests that come would have no rings there`;
  const remedy = `leave out the cores of ${name}, or live-migration of ${on}`;
  draft.errorAtKey(draft.where(node, 'cores'), message, { rule: 'PCI-03', remedy });
}

function sayTooMany(draft: Draft, switches: readonly VSwitch[]): void {
  for (const { name } of switches) {
    const count = draft.interfaceNamesOf(name).length;
    if (count <= PORTS_PER_SWITCH_MAX) continue;
    const message = `with those for guests that may come, ${name} has ${count} ports; expected at most ${PORTS_PER_SWITCH_MAX}`;
    draft.errorAtKey(['topology', 'nodes', name], message);
  }
  if (switches.length === 0 || draft.interfaces.size <= INTERFACES_MAX) return;
  draft.errorAtKey(
    ['topology'],
    `with ports for guests that may come, the lab has ${draft.interfaces.size} interfaces; expected at most ${INTERFACES_MAX}`,
  );
}
