/**
 * Subinterfaces: entries of `interfaces` whose name is that of another interface, a dot and a number ("eth1.10").
 *
 * Decision someone may dispute: every such name of a firewall, host or router is a subinterface, and never the end of a link, as on
 * firewalls and in Linux by habit.
 */

import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import { isSwitchKind } from '../../model/lab/nodes.ts';
import { lineOwnerOf, subinterfaceName } from '../../model/lab/subinterface.ts';
import { parseIpv4Prefix } from '../../values/ipv4-address.ts';
import type { Draft, DraftNode } from '../draft/draft.ts';
import { listOf } from './links.ts';
import { managementProfileOf } from './management-profile.ts';

const RULE = { rule: 'MAC-12' } as const;
const TAG_MAX = 4094;

/** The subinterface of that name; null when the name is not one of a subinterface. Parents are resolved before. */
export function subinterfaceOf(draft: Draft, node: DraftNode, name: string): LabInterface | null {
  const parts = subinterfaceName(name);
  if (parts === null || node.kind === null || isSwitchKind(node.kind)) return null;
  const declared = node.raw.interfaces?.[name] ?? {};
  const parent = draft.interfaces.get(`${node.name}:${parts.parent}`);
  const sub: LabInterface = {
    node: node.name,
    name,
    mode: parent?.mode ?? 'layer3',
    mac: null,
    ipv4: (listOf(declared.ipv4) ?? []).map(parseIpv4Prefix).filter((address) => address !== null),
    mtu: declared.mtu ?? parent?.mtu ?? 0,
    vlan: declared.tag ?? parts.number,
    parent: parts.parent,
    policy: null,
    ...managementProfileOf(draft, node, name, parent?.mode ?? 'layer3'),
    interfaceId: parent?.interfaceId ?? 0,
  };
  checkParent(draft, sub, parent);
  checkTag(draft, node, sub);
  checkSettings(draft, node, sub, parent);
  return sub;
}

/** A subinterface needs a line to put its frames on. */
function checkParent(draft: Draft, sub: LabInterface, parent: LabInterface | undefined): void {
  const [endpoint, line] = [endpointOf(sub), lineOwnerOf(sub)];
  const end = draft.ends.get(endpoint);
  const path = draft.whereInterface(endpoint);
  if (end !== undefined) {
    const message = `${endpoint} is a subinterface of ${sub.parent}, which has no cable of its own`;
    draft.error(end.path, message, { ...RULE, remedy: `link ${line}, and write ${sub.name} under interfaces of ${sub.node}` });
  } else if (parent === undefined) {
    if (draft.isMeant(sub.node, sub.parent ?? '') || draft.isBroken(['topology', 'links'])) return;
    const message = `${endpoint} is a subinterface of ${sub.parent}, which is not linked to anything`;
    draft.errorAtKey(path, message, { ...RULE, remedy: `add a link with the endpoint "${line}"` });
  } else if (parent.parent !== undefined) {
    draft.errorAtKey(path, `${endpoint} is a subinterface of a subinterface; ${line} cannot have any`, RULE);
  } else if (parent.name === MANAGEMENT || (parent.mode !== 'layer3' && parent.mode !== 'layer2')) {
    const what = parent.name === MANAGEMENT ? 'the management port' : parent.mode;
    draft.errorAtKey(path, `${line} is ${what}: only layer3 and layer2 interfaces have subinterfaces`, RULE);
  }
}

function checkTag(draft: Draft, node: DraftNode, sub: LabInterface): void {
  if (draft.isNodeBroken(node, 'interfaces', sub.name, 'tag')) return;
  const endpoint = endpointOf(sub);
  if (sub.vlan < 1 || sub.vlan > TAG_MAX) {
    const message = `${endpoint} has no tag: ${sub.vlan} is not a VLAN from 1 to ${TAG_MAX}`;
    draft.errorAtKey(draft.whereInterface(endpoint), message, { ...RULE, remedy: `write tag: N at ${sub.name}` });
    return;
  }
  const twin = [...draft.interfaces.values()].find(
    ({ node: owner, parent, vlan }) => owner === sub.node && parent === sub.parent && vlan === sub.vlan,
  );
  if (twin === undefined) return;
  draft.errorAtKey(draft.whereOfInterface(endpoint, 'tag'), `${endpoint} has tag ${sub.vlan}, as ${endpointOf(twin)} has`, RULE);
}

/** What a subinterface takes over from its parent it cannot say itself. */
function checkSettings(draft: Draft, node: DraftNode, sub: LabInterface, parent: LabInterface | undefined): void {
  const declared = node.raw.interfaces?.[sub.name] ?? {};
  const endpoint = endpointOf(sub);
  const at = (property: string) => draft.where(node, 'interfaces', sub.name, property);
  for (const property of ['mac', 'nic', 'accelerated'] as const) {
    if (declared[property] === undefined) continue;
    draft.errorAtKey(at(property), `${endpoint} is a subinterface: ${property} is a property of ${sub.parent}`, RULE);
  }
  if (parent === undefined) return;
  if (declared.mode !== undefined && declared.mode !== parent.mode) {
    draft.error(at('mode'), `${endpoint} has the mode of ${parent.name}, ${parent.mode}; it cannot be ${declared.mode}`, RULE);
  }
  if (sub.mtu > parent.mtu) {
    draft.error(at('mtu'), `${endpoint} cannot have MTU ${sub.mtu}: that of ${parent.name} is ${parent.mtu}`, { rule: 'JUM-01' });
  }
}

/** A tag where there is nothing to tag. */
export function sayNoTag(draft: Draft, node: DraftNode, name: string): void {
  if (node.raw.interfaces?.[name]?.tag === undefined) return;
  const remedy = `write a subinterface: ${name}.N: { tag: N }`;
  draft.errorAtKey(draft.where(node, 'interfaces', name, 'tag'), `${node.name}:${name} is no subinterface and has no tag`, {
    ...RULE,
    remedy,
  });
}

/** Rule MAC-12: subinterfaces have the MAC of their parent, and its id, which it is made from. After MACs are derived. */
export function shareParentMacs(draft: Draft): void {
  for (const [endpoint, iface] of draft.interfaces) {
    if (iface.parent === undefined) continue;
    const { mac = null, interfaceId = 0 } = draft.interfaces.get(lineOwnerOf(iface)) ?? {};
    draft.interfaces.set(endpoint, { ...iface, mac, interfaceId });
  }
}
