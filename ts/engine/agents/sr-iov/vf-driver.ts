/**
 * The VF's driver in a guest: resets its VF when the guest starts or the PF asks for it, and asks for the addresses and modes the guest
 * wants. It is the newest driver there is, mailbox 1.4 or virtual channel 1.1, unless the file says what it knows (VCH-01).
 *
 * Decision someone may dispute: a guest that crashes leaves its VF as it is, addresses included, until a driver resets it. That is what
 * a container runtime that forgets to clean up shows; a hypervisor would reset the function.
 */
import type { Position } from '../../../model/events/events.ts';
import { familyOf } from '../../../model/hardware/nic.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { dataInterfaces, interfaceAt, type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import { subinterfacesOf } from '../../../model/lab/subinterface.ts';
import { changeMac } from '../../turn/mac-change.ts';
import type { Turn } from '../../turn/turn.ts';
import { leasesFollowMac } from '../leases/leases.ts';
import { tellLink } from '../ports/carrier.ts';
import { API_CODES, MAILBOX_OP, wordsOf } from './mailbox.ts';
import { requestMailbox, requestVirtchnl, vfAt } from './vf-channel.ts';
import { VIRTCHNL_LIMITS } from './virtchnl.ts';

/** How long a driver takes to begin again after the PF has reset its VF, or told it to. */
const RESET_DELAY_NS = 10_000_000;
const XCAST_MULTI = 1;
const XCAST_PROMISCUOUS = 3;
const PROMISCUOUS_BOTH = '3';
/** Of SET_VLAN: the VLAN is added, not removed. */
const MAILBOX_ADD = 1 << 16;

interface Attached {
  readonly guest: Endpoint;
  readonly vf: Endpoint;
  readonly nic: Nic;
}

/** The VF a guest's interface is, or null. */
export function vfOf(turn: Turn, guest: Endpoint): Attached | null {
  const peer = turn.index.peers.get(guest);
  const found = peer === undefined ? null : vfAt(turn, peer);
  return found === null ? null : { guest, vf: found.endpoint, nic: found.nic };
}

/** The guest's interface on a VF, or null if no guest uses the VF. */
export function guestOf(index: LabIndex, vf: Endpoint): Endpoint | null {
  return index.peers.get(vf) ?? null;
}

/** A guest starts: its drivers initialise their VFs. */
export function startDrivers(turn: Turn, node: string, cause: Position): void {
  for (const iface of turn.index.byNode.get(node) ?? []) initialise(turn, iface, cause);
}

/** Resets a VF and negotiates everything anew. Returns whether the guest's initial MAC became another. */
export function initialise(turn: Turn, iface: LabInterface, cause: Position): boolean {
  const attached = vfOf(turn, endpointOf(iface));
  if (attached === null) return false;
  // Whatever the PF asked for before is done with.
  delete turn.memory(iface.node).vfResets[iface.name];
  const initialiseVf = familyOf(attached.nic.model) === '10g' ? initialise10g : initialise40g;
  const adopted = initialiseVf(turn, iface, attached, cause);
  // A driver begins by asking whether its link is up (rules MBX-10, VCH-09).
  tellLink(turn, attached.nic, attached.vf, cause);
  return adopted;
}

/** Rule MBX-02: the reply to the reset carries a MAC only if the administrator set one. */
function initialise10g(turn: Turn, iface: LabInterface, { guest, vf, nic }: Attached, cause: Position): boolean {
  const send = (op: keyof typeof MAILBOX_OP, ...rest: number[]) => requestMailbox(turn, nic, vf, [MAILBOX_OP[op], ...rest], cause);
  const { ack, detail } = send('RESET');
  const follows = usesGivenMac(turn, guest);
  const adopted = ack && adopt(turn, guest, detail, cause);
  send('API_NEGOTIATE', API_CODES['1.4'] ?? 0);
  send('GET_QUEUES');
  const wanted = ack && follows ? detail : (turn.state.interfaces[guest]?.usedMac ?? '');
  if (wanted !== turn.state.interfaces[vf]?.effectiveMac) send('SET_MAC_ADDR', ...wordsOf(wanted));
  send('UPDATE_XCAST_MODE', hearsForeign(iface) ? XCAST_PROMISCUOUS : XCAST_MULTI);
  for (const vid of tagsOf(turn, guest)) requestMailbox(turn, nic, vf, [MAILBOX_OP.SET_VLAN | MAILBOX_ADD, vid], cause);
  return adopted;
}

/** Rules VCH-01, VCH-02: whatever was programmed before is gone. */
function initialise40g(turn: Turn, iface: LabInterface, { guest, vf, nic }: Attached, cause: Position): boolean {
  const send = (op: string, ...args: string[]) => requestVirtchnl(turn, nic, vf, op, args, cause);
  if (turn.state.functions[vf]?.status === 'ready') send('RESET_VF');
  send('VERSION', '1.1');
  send('GET_VF_RESOURCES', ...capabilitiesOf(turn, vf));
  const given = turn.state.interfaces[vf]?.effectiveMac ?? '';
  const follows = usesGivenMac(turn, guest);
  const adopted = given !== '' && adopt(turn, guest, given, cause);
  const wanted = given !== '' && follows ? given : (turn.state.interfaces[guest]?.usedMac ?? '');
  if (wanted !== given) send('ADD_ETH_ADDR', wanted);
  const queues = Math.min(turn.state.functions[vf]?.queues ?? 1, VIRTCHNL_LIMITS.queuePairs);
  const all = String(2 ** queues - 1);
  send('CONFIG_VSI_QUEUES', String(queues));
  send('ENABLE_QUEUES', all, all);
  if (hearsForeign(iface)) send('CONFIG_PROMISCUOUS_MODE', PROMISCUOUS_BOTH);
  if (turn.state.functions[vf]?.withheld.includes('vlan') !== true) {
    for (const vid of tagsOf(turn, guest)) send('ADD_VLAN', String(vid));
  }
  return adopted;
}

/** Every driver knows layer 2; one that knows everything names nothing (rule VCH-01). */
const LAYER_2 = 'l2';

function capabilitiesOf(turn: Turn, vf: Endpoint): readonly string[] {
  const known = interfaceAt(turn.index, vf)?.driverCapabilities;
  return known === undefined ? [] : [LAYER_2, ...known];
}

/**
 * Tags of an interface's subinterfaces: the VF hears a VLAN when its driver asks for it (rules MBX-05, VCH-04; ixgbevf_main.c,
 * `ixgbevf_vlan_rx_add_vid`; iavf_virtchnl.c, `iavf_add_vlans`, and iavf.h, `VLAN_ALLOWED`: only if that was granted).
 */
function tagsOf(turn: Turn, guest: Endpoint): readonly number[] {
  return subinterfacesOf(turn.index, guest).map(({ vlan }) => vlan);
}

/** Rules MODE-02 to MODE-04: interfaces that need unicast for other stations. */
function hearsForeign({ mode }: LabInterface): boolean {
  return mode === 'layer2' || mode === 'tap' || mode === 'virtual-wire';
}

/** Whether what the guest puts into frames is the MAC it was given: then it will follow another one. */
function usesGivenMac(turn: Turn, guest: Endpoint): boolean {
  const now = turn.state.interfaces[guest];
  return now?.usedMac === now?.initialMac;
}

/**
 * The guest takes the MAC that its PF tells it. Returns whether that is another one. A firewall decides itself what its
 * data interfaces put into frames (MAC-01): it logs and announces that change (MAC-09, MAC-10), which is for the caller to start.
 */
export function adopt(turn: Turn, guest: Endpoint, mac: string, cause: Position): boolean {
  const { node, name } = splitEndpoint(guest);
  const decides = dataInterfaces(turn.index, node).some((iface) => iface.name === name);
  const isFirewall = nodeNamed(turn.index, node)?.kind === 'firewall';
  const before = turn.state.interfaces[guest]?.initialMac;
  for (const which of isFirewall && decides ? (['initial', 'effective'] as const) : (['initial', 'effective', 'used'] as const)) {
    const old = turn.state.interfaces[guest]?.[`${which}Mac`] ?? '';
    if (old === mac) continue;
    const position = changeMac(turn, cause, { node, interface: name, which, old, new: mac, cause: 'pf-admin' });
    const iface = interfaceAt(turn.index, guest);
    // Rule LEASE-03: the VF was reset under the client's feet, and sends nothing from its old MAC any more.
    if (which === 'used' && iface !== undefined) leasesFollowMac(turn, iface, false, position);
  }
  return before !== mac;
}

/** Rule VF-16: a guest asks for a MAC as its VF's address. Returns whether it was granted; true where there is no VF to ask. */
export function askForMac(turn: Turn, guest: Endpoint, mac: string, cause: Position): boolean {
  const attached = vfOf(turn, guest);
  if (attached === null) {
    setPermanentMac(turn, guest, mac, cause);
    return true;
  }
  const { nic, vf } = attached;
  const old = turn.state.interfaces[vf]?.effectiveMac ?? '';
  if (familyOf(nic.model) === '10g') return requestMailbox(turn, nic, vf, [MAILBOX_OP.SET_MAC_ADDR, ...wordsOf(mac)], cause).ack;
  if (requestVirtchnl(turn, nic, vf, 'ADD_ETH_ADDR', [mac], cause).retval !== 0) return false;
  if (old !== '' && old !== mac) requestVirtchnl(turn, nic, vf, 'DEL_ETH_ADDR', [old], cause);
  return true;
}

/** Rule PCI-02: a guest on a PF is asked no questions. */
function setPermanentMac(turn: Turn, guest: Endpoint, mac: string, cause: Position): void {
  const pf = turn.index.peers.get(guest) ?? '';
  const old = turn.state.interfaces[pf]?.effectiveMac ?? '';
  if (turn.state.functions[pf]?.kind !== 'pf' || old === mac) return;
  const { node, name } = splitEndpoint(pf);
  turn.say('MacAddressChanged', cause, { node, interface: name, which: 'effective', old, new: mac, cause: 'vf-request' });
}

/** The PF reset the VF, or told it to: its driver begins again in a moment, if the guest runs. */
export function scheduleReset(turn: Turn, vf: Endpoint, cause: Position): void {
  const guest = guestOf(turn.index, vf);
  if (guest === null) return;
  const { node, name } = splitEndpoint(guest);
  if (turn.state.nodes[node]?.power !== 'running') return;
  const memory = turn.memory(node);
  memory.vfResets[name] = { atNs: turn.nowNs + RESET_DELAY_NS, cause };
  wakeDriver(turn, node);
}

/** Resets that are due. Returns interfaces whose initial MAC became another, with the event behind the reset. */
export function resetsDue(turn: Turn, node: string): { readonly iface: LabInterface; readonly cause: Position }[] {
  const { vfResets } = turn.memory(node);
  const due: { iface: LabInterface; cause: Position }[] = [];
  for (const iface of turn.index.byNode.get(node) ?? []) {
    const reset = vfResets[iface.name];
    if (reset === undefined || reset.atNs > turn.nowNs) continue;
    delete vfResets[iface.name];
    if (initialise(turn, iface, reset.cause)) due.push({ iface, cause: reset.cause });
  }
  wakeDriver(turn, node);
  return due;
}

function wakeDriver(turn: Turn, node: string): void {
  const times = Object.values(turn.memory(node).vfResets).map(({ atNs }) => atNs);
  turn.wake(node, 'vf-driver', times.length === 0 ? null : Math.min(...times));
}
