/**
 * The table of addresses of a DPDK port (rule DPK-08): what a firewall's poll driver asks of ethdev, and what the NIC below gets of it. A VF's
 * driver asks its PF (dpdk, ixgbe_ethdev_vf, `ixgbevf_add_mac_addr` and `ixgbevf_remove_mac_addr`; iavf_ethdev.c, `iavf_dev_add_mac_addr`), the
 * owner of a PF sets a filter; the port of a vSwitch is asked nothing, and gets no frames for these addresses unless it hears foreign ones.
 *
 * Decision someone may dispute: a firewall that starts has the addresses of the file and no others; in MMAP mode it has none.
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { MAC_SLOTS, type MacTable, newMacTable, requestMac } from '../../../model/hardware/dpdk-mac-table.ts';
import { familyOf } from '../../../model/hardware/nic.ts';
import { attachmentOf, type DeviceAttachment, type GuestAttachment } from '../../../model/lab/attachments.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt, type LabIndex } from '../../../model/lab/lab-index.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import type { Mac } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of } from '../../turn/verbs.ts';
import { MAILBOX_OP, wordsOf } from '../sr-iov/mailbox.ts';
import { freeFilters, requestMailbox, requestVirtchnl } from '../sr-iov/vf-channel.ts';
import { MACVLAN_APPEND } from '../sr-iov/vf-driver.ts';

type Result = EventData['DpdkMacTableChanged']['result'];

export function macTableRefusals({ endpoint }: Of<'dpdk-mac'>, _: LabIndex, state: Readonly<LabState>): string[] {
  const { node } = splitEndpoint(endpoint);
  if (state.drivers[endpoint] === undefined) return [`${endpoint} is no interface of a firewall`];
  if (state.macTables[endpoint] === undefined) return [`${endpoint} has no table of addresses: the file gives it one with macs`];
  if (state.nodes[node]?.power !== 'running') return [`${node} has crashed`];
  return state.packetIo[node]?.running === 'dpdk' ? [] : [`${node} runs MMAP: only DPDK ports have a table of addresses`];
}

/** Rule DPK-08: the firewall asks for one change. */
export function changeMacTable(turn: Turn, { endpoint, op, mac }: Of<'dpdk-mac'>, cause: Position): void {
  const table = tableOf(turn, endpoint);
  const answer = requestMac(table, { op, mac });
  const at = op === 'add' ? answer.table : table;
  const isChange = answer.table !== table;
  // What changes nothing is asked of nobody below.
  const result = isChange ? askBelow(turn, endpoint, op, mac, cause) : (String(answer.result) as Result);
  const slot = isChange && result === '0' ? at.secondary.indexOf(mac) + 1 : 0;
  const { node, name } = splitEndpoint(endpoint);
  turn.say('DpdkMacTableChanged', cause, { node, interface: name, op, mac, slot, result });
}

/** A firewall starts: in DPDK mode it has the addresses of the file. */
export function startMacTables(turn: Turn, node: string, cause: Position): void {
  for (const iface of turn.index.byNode.get(node) ?? []) {
    const endpoint = endpointOf(iface);
    const table = turn.state.macTables[endpoint];
    if (table === undefined) continue;
    const wanted = turn.state.packetIo[node]?.running === 'dpdk' ? (iface.macs ?? []) : [];
    const left = Object.values(table).filter((mac) => !wanted.includes(mac as Mac));
    for (const mac of left) changeMacTable(turn, { verb: 'dpdk-mac', endpoint, op: 'remove', mac: mac as Mac }, cause);
    const missing = wanted.filter((mac) => !Object.values(table).includes(mac));
    for (const mac of missing) changeMacTable(turn, { verb: 'dpdk-mac', endpoint, op: 'add', mac }, cause);
  }
}

/** A port's table as ethdev has it: slot 0 is the address that the interface uses. */
function tableOf(turn: Turn, endpoint: Endpoint): MacTable {
  const own = (turn.state.interfaces[endpoint]?.usedMac ?? '') as Mac;
  const attachment = attachmentAt(turn, endpoint);
  const is40g = attachment !== null && attachment.kind !== 'vswitch' && familyOf(attachment.nic.model) === '40g';
  const empty = newMacTable(own, is40g ? MAC_SLOTS['40g'] : MAC_SLOTS.api);
  const slots = turn.state.macTables[endpoint] ?? {};
  return { ...empty, secondary: empty.secondary.map((_, i) => (slots[i + 1] ?? null) as Mac | null) };
}

function attachmentAt(turn: Turn, endpoint: Endpoint): GuestAttachment | null {
  const iface = interfaceAt(turn.index, endpoint);
  return iface === undefined ? null : attachmentOf(turn.index, iface);
}

/** What the NIC below answers. A VF that is not set up yet is asked by its driver when it is (vf-driver.ts). */
function askBelow(turn: Turn, endpoint: Endpoint, op: 'add' | 'remove', mac: Mac, cause: Position): Result {
  const attachment = attachmentAt(turn, endpoint);
  if (attachment === null || attachment.kind === 'vswitch') return '0';
  if (attachment.kind === 'passthrough') return setFilter(turn, attachment, op === 'add', mac, cause);
  const { nic, device } = attachment;
  if (turn.state.functions[device]?.status !== 'ready') return '0';
  if (familyOf(nic.model) === '40g') {
    const { retval } = requestVirtchnl(turn, nic, device, op === 'add' ? 'ADD_ETH_ADDR' : 'DEL_ETH_ADDR', [mac], cause);
    return retval === 0 ? '0' : '-EIO';
  }
  const append = (one: string) =>
    requestMailbox(turn, nic, device, [MAILBOX_OP.SET_MACVLAN | MACVLAN_APPEND, ...wordsOf(one)], cause).ack ? '0' : '-EIO';
  if (op === 'add') return append(mac);
  // The mailbox knows no removal: the list is cleared, and the others are sent again.
  requestMailbox(turn, nic, device, [MAILBOX_OP.SET_MACVLAN, 0, 0], cause);
  for (const other of Object.values(turn.state.macTables[endpoint] ?? {})) if (other !== mac) append(other);
  return '0';
}

function setFilter(turn: Turn, { nic, device }: DeviceAttachment, present: boolean, mac: Mac, cause: Position): Result {
  if (present && freeFilters(turn.index, turn.state, nic) === 0) return '-ENOSPC';
  const { node, name } = splitEndpoint(device);
  turn.say('VfFilterChanged', cause, { node, interface: name, filter: 'mac', value: mac, present });
  return '0';
}
