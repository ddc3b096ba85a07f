/** Multicast groups of interfaces (rules MODE-01, VSW-08). */
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import { parseIpv4 } from '../../values/ipv4-address.ts';
import type { Draft, DraftNode } from '../draft/draft.ts';

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
