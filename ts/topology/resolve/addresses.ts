/** Addresses: each once in a segment, networks of one node apart, next hops within reach, vNICs on their own host. */

import { WIRE } from '../../model/hardware/nic.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { takesAddress } from '../../model/lab/leases.ts';
import type { LabNode } from '../../model/lab/nodes.ts';
import { groupBy } from '../../values/group-by.ts';
import { formatPrefix, type Ipv4Prefix, prefixContains, prefixesOverlap } from '../../values/ipv4-address.ts';
import type { Draft, DraftNode } from '../draft/draft.ts';
import { type Segments, segmentsOf } from '../draft/segments.ts';

export function checkAddresses(draft: Draft, lab: Lab): void {
  const byNode = groupBy(lab.interfaces, ({ node }) => node);
  checkDuplicates(draft, lab, segmentsOf(lab));
  for (const node of lab.nodes) {
    const interfaces = byNode.get(node.name) ?? [];
    checkOverlap(draft, interfaces);
    if ('routes' in node) checkNextHops(draft, node.name, interfaces);
  }
  checkHosts(draft, lab);
}

/** An address belongs to one interface of a segment, or to the same interface of both members of an HA pair. */
function checkDuplicates(draft: Draft, lab: Lab, segments: Segments): void {
  const owned = lab.interfaces.flatMap((iface) => iface.ipv4.map(({ address }) => ({ iface, address })));
  for (const owners of groupBy(owned, ({ iface, address }) => `${segments.get(endpointOf(iface))} ${address}`).values()) {
    const [first, ...others] = draft.inFileOrder(owners.map(({ iface }) => iface));
    for (const iface of others) {
      if (first === undefined || mayShare(draft, lab, first, iface)) continue;
      const message = `${owners[0]?.address} is also the address of ${endpointOf(first)}`;
      draft.error(draft.whereOfInterface(endpointOf(iface), 'ipv4'), message);
    }
  }
}

function mayShare(draft: Draft, lab: Lab, a: LabInterface, b: LabInterface): boolean {
  if (a.name !== b.name || a.node === b.node || a.mode === 'ha' || b.mode === 'ha') return false;
  const isPair = lab.haPairs.some(({ members }) => members.every(({ node }) => node === a.node || node === b.node));
  // A pair with a mistake in it is not among the pairs; its members share their addresses all the same.
  const lost = lab.haPairs.length < Object.keys(Object(draft.written(['ha']))).length;
  return isPair || (lost && [a, b].every(({ node }) => draft.resolved.get(node)?.kind === 'firewall'));
}

function checkOverlap(draft: Draft, interfaces: readonly LabInterface[]): void {
  const before: { readonly iface: LabInterface; readonly network: Ipv4Prefix }[] = [];
  for (const iface of interfaces) {
    for (const network of iface.ipv4) {
      const other = before.find(
        (one) => one.iface !== iface && one.network.address !== network.address && prefixesOverlap(one.network, network),
      );
      before.push({ iface, network });
      if (other === undefined) continue;
      const message = `${formatPrefix(network)} overlaps ${formatPrefix(other.network)} of ${endpointOf(other.iface)}`;
      draft.error(draft.whereOfInterface(endpointOf(iface), 'ipv4'), message);
    }
  }
}

function checkNextHops(draft: Draft, name: string, interfaces: readonly LabInterface[]): void {
  const node = draft.nodes.get(name);
  // What a lease brings into reach is not known before it is given.
  if (node === undefined || hasBrokenAddresses(draft, node, interfaces) || interfaces.some(takesAddress)) return;
  const { gateway, routes = [] } = node.raw;
  const reachable = (via: string | undefined) =>
    via === undefined ||
    interfaces.some(({ ipv4 }) => ipv4.some((network) => prefixContains(network, via as Ipv4Prefix['address'])));
  const say = (path: readonly (string | number)[], via: string | undefined) =>
    draft.error(path, `${via} is in no network of ${name}'s interfaces`);
  if (!reachable(gateway)) say(draft.where(node, 'gateway'), gateway);
  for (const [index, route] of routes.entries()) {
    if (!reachable(route?.via)) say(draft.where(node, 'routes', index, 'via'), route?.via);
  }
}

/** A misshapen address is one mistake; what cannot be reached without it is not another. */
export function hasBrokenAddresses(draft: Draft, node: DraftNode, interfaces: readonly LabInterface[]): boolean {
  if (draft.isNodeBroken(node, 'interfaces')) return true;
  return interfaces.some(({ name }) => {
    const linked = draft.ends.get(`${node.name}:${name}`)?.path ?? [];
    const own = draft.isNodeBroken(node, 'interfaces', name) || draft.isNodeBroken(node, 'interfaces', name, 'ipv4');
    return own || draft.isNodeBroken(node, 'interfaces', name, 'ipv4', 0) || draft.isBroken([...linked, 'ipv4']);
  });
}

/** A vNIC can only be plugged into a vSwitch of its own hypervisor. */
function checkHosts(draft: Draft, lab: Lab): void {
  const nodes = new Map<string, LabNode>(lab.nodes.map((node) => [node.name, node]));
  const check = (guestEnd: Endpoint, switchEnd: Endpoint) => {
    const guest = nodes.get(splitEndpoint(guestEnd).node);
    const vswitch = nodes.get(splitEndpoint(switchEnd).node);
    if (vswitch?.kind !== 'vswitch' && (vswitch?.kind !== 'nic' || switchEnd.endsWith(`:${WIRE}`))) return;
    if (guest === undefined || !('on' in guest) || (vswitch.kind === 'vswitch' && guest.kind === 'vswitch')) return;
    // A vSwitch on the wire of another host's NIC is a cable; a NIC as the uplink of a vSwitch is checked from the other side.
    if (vswitch.kind === 'vswitch' && guest.kind === 'nic') return;
    if (guest.on === null || guest.on === '' || vswitch.on === '' || guest.on === vswitch.on) return;
    const message = `${guest.name} runs on ${guest.on} and cannot be plugged into ${vswitch.name}, which is on ${vswitch.on}`;
    draft.error(draft.ends.get(guestEnd)?.path ?? [], message);
  };
  for (const { a, b } of lab.links) {
    check(a, b);
    check(b, a);
  }
}
