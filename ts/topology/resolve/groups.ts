/**
 * Multicast groups of interfaces (rules MODE-01, VSW-08). A port of the data plane has room for GROUPS_PER_INTERFACE_MAX: those that the file names, and
 * those that come with IPv6 addresses (RFC 4291, section 2.8), share it.
 */
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import { addressesFor } from '../../model/state/ipv6-state.ts';
import { groupMac4, parseIpv4 } from '../../values/ipv4-address.ts';
import { groupMac, solicitedNode } from '../../values/ipv6-address.ts';
import type { Draft, DraftNode } from '../draft/draft.ts';
import { GROUPS_PER_INTERFACE_MAX } from '../draft/limits.ts';

/** Adds the groups of the file to its interfaces, and says which cannot have any. */
export function resolveGroups(draft: Draft): void {
  for (const node of draft.nodes.values()) {
    for (const [name, raw] of Object.entries(node.raw.interfaces ?? {})) {
      const iface = draft.interfaces.get(`${node.name}:${name}`);
      if (raw?.groups === undefined || iface === undefined || !mayJoin(draft, node, iface)) continue;
      const groups = [...new Set(raw.groups.flatMap((text) => parseIpv4(text ?? '') ?? []))];
      draft.interfaces.set(endpointOf(iface), { ...iface, groups });
    }
  }
}

function mayJoin(draft: Draft, node: DraftNode, iface: LabInterface): boolean {
  const { name, mode, parent } = iface;
  if (mode === 'layer3' && name !== MANAGEMENT && parent === undefined) return true;
  const message = `${endpointOf(iface)} is no layer-3 data interface with a line of its own, so it joins no group`;
  draft.errorAtKey(draft.where(node, 'interfaces', name, 'groups'), message, { rule: 'MODE-01' });
  return false;
}

/** Solicited-node groups that addresses made by SLAAC may add: one of the MAC, or one of each prefix that may be learned. */
const OF_SLAAC = { eui64: 1, stable: 4 } as const;

/** Says which interfaces would be in more groups than there is room for. */
export function checkGroups(draft: Draft, lab: Lab): void {
  for (const iface of lab.interfaces) {
    const isHost = draft.resolved.get(iface.node)?.kind === 'host';
    const count = groupsOf(iface, isHost);
    if (count <= GROUPS_PER_INTERFACE_MAX) continue;
    const own = iface.groups?.length ?? 0;
    const message = `${endpointOf(iface)} would be in ${count} multicast groups, ${own} of the file and ${count - own} of its IPv6 addresses; there is room for ${GROUPS_PER_INTERFACE_MAX}`;
    const path = [...draft.whereInterface(endpointOf(iface)), own > 0 ? 'groups' : 'ipv6'];
    draft.errorAtKey(path, message, {
      rule: 'MODE-01',
      remedy: own > 0 ? 'name fewer groups, or fewer addresses' : 'name fewer addresses',
    });
  }
}

/** All nodes, all routers, and the solicited-node groups of all addresses that the interface may have; its own groups. */
function groupsOf(iface: LabInterface, isHost: boolean): number {
  const { ipv6, groups = [], mac } = iface;
  const named = new Set<string>(groups.map(groupMac4)).size;
  if (ipv6 === undefined) return named;
  const solicited = new Set(addressesFor(iface, mac).map(({ ip }) => groupMac(solicitedNode(ip))));
  return named + solicited.size + (isHost ? 1 : 2) + (ipv6.slaac === undefined ? 0 : OF_SLAAC[ipv6.slaac]);
}
