/**
 * Interfaces whose MAC nobody gives: `loopback`, `tunnel` and `vlan` of a firewall, which have no cable, and all data interfaces of one that is
 * hardware. Their MAC is the firewall's base plus the interface id (rules MAC-04, MAC-06).
 *
 * Decision someone may dispute: a tunnel leads nowhere, and a vlan interface into no VLAN object. What is routed there is dropped, link-down.
 */
import { interfaceId, isLogical, selfMac } from '../../model/hardware/firewall-mac.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Firewall } from '../../model/lab/nodes.ts';
import type { Draft, DraftEnd, DraftNode } from '../draft/draft.ts';
import { flagOf } from '../draft/draft.ts';

const RULE = { rule: 'MAC-04' } as const;

export function isHardware({ raw }: DraftNode): boolean {
  return flagOf(raw.hardware, false);
}

/** Whether a firewall's interface of that name is none of a NIC. */
export function isLogicalName(node: DraftNode, name: string): boolean {
  return node.kind === 'firewall' && isLogical({ interfaceId: interfaceId(name) ?? 0 });
}

/** Says what an interface without a NIC cannot have: a cable, a NIC, a MAC, a mode. */
export function checkLogical(draft: Draft, node: DraftNode, name: string, end: DraftEnd | undefined): void {
  const endpoint = `${node.name}:${name}`;
  if (end !== undefined) {
    const message = `${endpoint} has no cable: ${name} is no interface of a NIC`;
    draft.error(end.path, message, {
      ...RULE,
      remedy: `write ${name} under interfaces of ${node.name}, and link another interface`,
    });
  }
  const declared = node.raw.interfaces?.[name] ?? {};
  for (const property of [
    'mac',
    'nic',
    'accelerated',
    'mailbox-api',
    'mode',
    'groups',
    'dhcp-client',
    'dhcp-relay',
    'pppoe-client',
  ] as const) {
    if (declared[property] === undefined || (property === 'mode' && declared.mode === 'layer3')) continue;
    draft.errorAtKey(
      draft.where(node, 'interfaces', name, property),
      `${endpoint} is no interface of a NIC: it has no ${property}`,
      {
        ...RULE,
        remedy: `remove ${property}`,
      },
    );
  }
}

/** Whether an interface's MAC comes from its firewall's base. */
export function makesOwnMac(draft: Draft, iface: LabInterface): boolean {
  const node = draft.resolved.get(iface.node);
  return node?.kind === 'firewall' && iface.interfaceId !== 0 && (isLogical(iface) || node.isHardware === true);
}

/** Gives such interfaces their MACs. After the others have theirs. */
export function giveOwnMacs(draft: Draft): void {
  for (const iface of draft.interfaces.values()) {
    if (iface.mac !== null || iface.parent !== undefined || !makesOwnMac(draft, iface)) continue;
    const { vmMacBase } = draft.resolved.get(iface.node) as Firewall;
    draft.interfaces.set(endpointOf(iface), { ...iface, mac: selfMac(vmMacBase, iface.interfaceId) });
  }
}

/** Of a firewall that is hardware: properties of virtual ones are errors, and it has to say its base. */
export function checkHardware(draft: Draft, node: DraftNode): void {
  for (const property of ['on', 'use-hypervisor-mac', 'packet-io', 'ha-mode', 'native-drivers', 'cores', 'io'] as const) {
    if (node.raw[property] === undefined) continue;
    const message = `${node.name} is hardware and has no ${property}: that is a property of virtual firewalls`;
    draft.errorAtKey(draft.where(node, property), message, { ...RULE, remedy: `remove ${property}, or hardware` });
  }
  if (node.raw['vm-mac-base'] !== undefined || draft.isNodeBroken(node, 'vm-mac-base')) return;
  const remedy = 'add vm-mac-base with the base of its MACs';
  draft.errorAtKey(draft.where(node, 'hardware'), `${node.name} is hardware, whose MACs come from a base of its own`, {
    ...RULE,
    remedy,
  });
}
