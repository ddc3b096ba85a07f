/** What a lab file says of the driver of a guest's interface: what that of a VF speaks, which addresses a DPDK port has. */
import { MAC_SLOTS } from '../../model/hardware/dpdk-mac-table.ts';
import { familyOf, generationOf, MAILBOX_APIS, NEWEST_MAILBOX } from '../../model/hardware/nic.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { parseMac } from '../../values/mac.ts';
import type { Draft, DraftNode } from '../draft/draft.ts';
import type { RawDevice } from '../draft/raw-drivers.ts';

/** The version of the mailbox that an interface's driver speaks (rule MBX-08); nothing where it is the newest. */
export function mailboxApiOf(raw: RawDevice): Pick<LabInterface, 'mailboxApi'> {
  const api = MAILBOX_APIS.find((one) => one === raw['mailbox-api'] || Number(one) === raw['mailbox-api']);
  return api === undefined || api === NEWEST_MAILBOX ? {} : { mailboxApi: api };
}

/** The table of addresses of a firewall's DPDK port (rule DPK-08), after saying what cannot have one. */
export function macTableOf(draft: Draft, node: DraftNode, name: string): Pick<LabInterface, 'macs'> {
  const raw = node.raw.interfaces?.[name]?.macs;
  if (raw === undefined) return {};
  const path = draft.where(node, 'interfaces', name, 'macs');
  if (node.kind !== 'firewall') {
    draft.errorAtKey(path, `a ${node.kind} has no property "macs"; it is a property of firewalls`);
    return {};
  }
  const given = node.raw.interfaces?.[name]?.mode ?? 'layer3';
  if (given !== 'layer3')
    draft.errorAtKey(path, `${node.name}:${name} is ${given}: only layer3 interfaces look at addresses`, { rule: 'DPK-08' });
  const macs = [...new Set(raw.flatMap((mac) => parseMac(mac ?? '') ?? []))];
  return { macs };
}

/** Once it is known what is linked to what: a port of 40G has fewer slots (rule DPK-08). */
export function checkMacTables(draft: Draft): void {
  for (const { node: owner, name, macs = [] } of draft.interfaces.values()) {
    const node = draft.nodes.get(owner);
    const nic = draft.resolved.get((draft.peers.get(`${owner}:${name}`) ?? '').split(':')[0] ?? '');
    if (node === undefined || nic?.kind !== 'nic' || familyOf(nic.model) !== '40g' || macs.length < MAC_SLOTS['40g']) continue;
    const message = `${owner}:${name} is of a NIC of ${generationOf(nic.model)}, whose ports have ${MAC_SLOTS['40g']} addresses, that in use among them`;
    draft.error(draft.where(node, 'interfaces', name, 'macs'), message, { rule: 'DPK-08' });
  }
}
