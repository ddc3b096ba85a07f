/**
 * The VF's driver in a guest: resets its VF when the guest starts or the PF asks for it, and asks for the addresses and modes the guest
 * wants. It is the newest driver there is, mailbox 1.4 and virtual channel 1.1, unless the lab says that it speaks an older mailbox or
 * knows fewer capabilities (VCH-01).
 *
 * Decision someone may dispute: a guest that crashes leaves its VF as it is, addresses included, until a driver resets it. That is what
 * a container runtime that forgets to clean up shows; a hypervisor would reset the function.
 */
import type { Position } from '../../../model/events/events.ts';
import { familyOf, NEWEST_MAILBOX, speaksMailbox } from '../../../model/hardware/nic.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { dataInterfaces, interfaceAt, type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import { subinterfacesOf } from '../../../model/lab/subinterface.ts';
import { changeMac } from '../../turn/mac-change.ts';
import type { Turn } from '../../turn/turn.ts';
import type { VfRequest } from '../../turn/vf-memory.ts';
import { leasesFollowMac } from '../leases/leases.ts';
import { tellLink } from '../ports/carrier.ts';
import { API_CODES, MAILBOX_OP, wordsOf } from './mailbox.ts';
import { requestMailbox, requestVirtchnl, vfAt } from './vf-channel.ts';
import { sayRefusal, takeRefusal } from './vf-refusal.ts';
import { VIRTCHNL_LIMITS } from './virtchnl.ts';

/** How long a driver takes to begin again after the PF has reset its VF, or told it to. */
const RESET_DELAY_NS = 10_000_000;
const XCAST_MULTI = 1;
const XCAST_PROMISCUOUS = 3;
const PROMISCUOUS_BOTH = '3';
/** Of SET_MACVLAN: the address is appended to the list; 0 clears it, 1 begins a new one (rule MBX-07). */
export const MACVLAN_APPEND = 2 << 16;
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

/**
 * Resets a VF and negotiates everything anew. Returns whether the guest's initial MAC became another. Where a reset or a request takes time
 * (rule COST-09), the rest follows when the driver's timer goes off.
 */
export function initialise(turn: Turn, iface: LabInterface, cause: Position): boolean {
  const attached = vfOf(turn, endpointOf(iface));
  if (attached === null) return false;
  // Whatever the PF asked for before is done with.
  forgetReset(turn, iface);
  const { vfResetNs = 0 } = turn.index.lab.controlPlane ?? {};
  if (vfResetNs === 0) return introduce(turn, iface, attached, cause);
  stopQueues(turn, attached.vf, cause);
  turn.memory(iface.node).vfResets[iface.name] = { atNs: turn.nowNs + vfResetNs, cause, isUnderWay: true, ...apiOf(iface) };
  wakeDriver(turn, iface.node);
  return false;
}

/** What a driver speaks that is under way: trouble can make that less than the lab says (rule DRV-04). */
function apiOf({ mailboxApi }: Pick<LabInterface, 'mailboxApi'>): Pick<LabInterface, 'mailboxApi'> {
  return mailboxApi === undefined ? {} : { mailboxApi };
}

/** While a VF is reset it receives nothing (ixgbevf/vf.c, `ixgbevf_stop_hw_vf`). */
function stopQueues(turn: Turn, vf: Endpoint, cause: Position): void {
  const { queues = 1, enabledQueues = 0 } = turn.state.functions[vf] ?? {};
  const { node, name } = splitEndpoint(vf);
  if (enabledQueues !== 0) turn.say('QueuesEnabled', cause, { node, interface: name, queues, enabled: 0 });
}

/** A driver's first requests; what the answers bring decides on the others. */
function introduce(turn: Turn, iface: LabInterface, attached: Attached, cause: Position): boolean {
  const isReady = turn.state.functions[attached.vf]?.status === 'ready';
  const requests: VfRequest[] =
    familyOf(attached.nic.model) === '10g'
      ? [[MAILBOX_OP.RESET]]
      : [...(isReady ? [['RESET_VF']] : []), ['VERSION', '1.1'], ['GET_VF_RESOURCES', ...capabilitiesOf(turn, attached.vf)]];
  return request(turn, iface, attached, requests, cause);
}

/** Sends requests one after the other: at once, or each when the answer to the one before is there. */
function request(turn: Turn, iface: LabInterface, attached: Attached, requests: readonly VfRequest[], cause: Position): boolean {
  const { mailboxNs = 0 } = turn.index.lab.controlPlane ?? {};
  if (mailboxNs > 0 && requests.length > 0) {
    turn.memory(iface.node).vfRequests[iface.name] = { atNs: turn.nowNs + mailboxNs, cause, requests, ...apiOf(iface) };
    wakeDriver(turn, iface.node);
    return false;
  }
  let adopted = false;
  const left = [...requests];
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const answered = answer(turn, iface, attached, next, cause);
    adopted ||= answered.adopted;
    left.unshift(...answered.more);
  }
  // A driver ends by asking whether its link is up (rules MBX-10, VCH-09).
  tellLink(turn, attached.nic, attached.vf, cause);
  return adopted;
}

interface Answered {
  readonly adopted: boolean;
  /** What the driver requests because of the answer. */
  readonly more: readonly VfRequest[];
}

/** The PF answers one request. */
function answer(turn: Turn, iface: LabInterface, attached: Attached, next: VfRequest, cause: Position): Answered {
  const { guest, vf, nic } = attached;
  const follows = usesGivenMac(turn, guest);
  const [op] = next;
  if (typeof op === 'number') {
    const { ack, detail } = requestMailbox(turn, nic, vf, next as readonly number[], cause);
    return op === MAILBOX_OP.RESET ? after10gReset(turn, iface, attached, ack ? detail : null, cause) : ANSWERED;
  }
  if (op === 'GET_VF_RESOURCES') {
    const refusal = takeRefusal(turn, iface);
    if (refusal !== undefined) {
      const askedAgain = sayRefusal(turn, iface, vf, refusal, cause);
      if (askedAgain !== null) turn.memory(iface.node).vfResets[iface.name] = askedAgain;
      wakeDriver(turn, iface.node);
      return ANSWERED;
    }
  }
  requestVirtchnl(turn, nic, vf, op ?? '', next.slice(1) as string[], cause);
  return op === 'GET_VF_RESOURCES' ? afterResources(turn, iface, attached, follows, cause) : ANSWERED;
}

const ANSWERED: Answered = { adopted: false, more: [] };

/**
 * Rule MBX-02: the reply to the reset carries a MAC only if the administrator set one (`given`). A driver does not
 * request what its version does not know: `promiscuous` before 1.3, any mode before 1.2. Its list of groups, which is empty, lets it hear
 * multicast then (ixgbevf/vf.c, `ixgbevf_update_xcast_mode` and `ixgbevf_update_mc_addr_list_vf`).
 */
function after10gReset(turn: Turn, iface: LabInterface, { guest, vf }: Attached, given: string | null, cause: Position): Answered {
  const follows = usesGivenMac(turn, guest);
  const adopted = given !== null && adopt(turn, guest, given, cause);
  const wanted = given !== null && follows ? given : (turn.state.interfaces[guest]?.usedMac ?? '');
  const api = iface.mailboxApi ?? NEWEST_MAILBOX;
  const foreign = hearsForeign(iface);
  const more: VfRequest[] = [[MAILBOX_OP.API_NEGOTIATE, API_CODES[api] ?? 0]];
  // Rule RSS-03: before 1.1 it cannot ask for queues, and uses one (ixgbevf/vf.c, `ixgbevf_get_queues`).
  if (speaksMailbox(api, '1.1')) more.push([MAILBOX_OP.GET_QUEUES]);
  if (wanted !== turn.state.interfaces[vf]?.effectiveMac) more.push([MAILBOX_OP.SET_MAC_ADDR, ...wordsOf(wanted)]);
  if (speaksMailbox(api, foreign ? '1.3' : '1.2'))
    more.push([MAILBOX_OP.UPDATE_XCAST_MODE, foreign ? XCAST_PROMISCUOUS : XCAST_MULTI]);
  else more.push([MAILBOX_OP.SET_MULTICAST]);
  for (const mac of furtherMacs(turn, guest)) more.push([MAILBOX_OP.SET_MACVLAN | MACVLAN_APPEND, ...wordsOf(mac)]);
  for (const vid of tagsOf(turn, guest)) more.push([MAILBOX_OP.SET_VLAN | MAILBOX_ADD, vid]);
  return { adopted, more };
}

/** Rules VCH-01, VCH-02: whatever was programmed before is gone. */
function afterResources(turn: Turn, iface: LabInterface, { guest, vf }: Attached, follows: boolean, cause: Position): Answered {
  const given = turn.state.interfaces[vf]?.effectiveMac ?? '';
  const adopted = given !== '' && adopt(turn, guest, given, cause);
  const wanted = given !== '' && follows ? given : (turn.state.interfaces[guest]?.usedMac ?? '');
  const queues = Math.min(turn.state.functions[vf]?.queues ?? 1, VIRTCHNL_LIMITS.queuePairs);
  const all = String(2 ** queues - 1);
  const hearsTags = !(turn.state.functions[vf]?.withheld.includes('vlan') ?? false);
  const more: VfRequest[] = [
    ...(wanted === given ? [] : [['ADD_ETH_ADDR', wanted]]),
    ['CONFIG_VSI_QUEUES', String(queues)],
    ['ENABLE_QUEUES', all, all],
    ...(hearsForeign(iface) ? [['CONFIG_PROMISCUOUS_MODE', PROMISCUOUS_BOTH]] : []),
    ...furtherMacs(turn, guest).map((mac) => ['ADD_ETH_ADDR', mac]),
    ...(hearsTags ? tagsOf(turn, guest) : []).map((vid) => ['ADD_VLAN', String(vid)]),
  ];
  return { adopted, more };
}

/** Every driver knows layer 2; one that knows everything names nothing (rule VCH-01). */
const LAYER_2 = 'l2';

function capabilitiesOf(turn: Turn, vf: Endpoint): readonly string[] {
  const known = interfaceAt(turn.index, vf)?.driverCapabilities;
  return known === undefined ? [] : [LAYER_2, ...known];
}

/** Addresses of a DPDK port beside the one that it uses (rule DPK-08). */
function furtherMacs(turn: Turn, guest: Endpoint): readonly string[] {
  return Object.values(turn.state.macTables[guest] ?? {});
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
  // What the driver had begun is lost with the reset.
  delete memory.vfRequests[name];
  memory.vfResets[name] = { atNs: turn.nowNs + RESET_DELAY_NS, cause };
  wakeDriver(turn, node);
}

/** The driver neither begins again by itself nor goes on with what it had begun. */
export function forgetReset(turn: Turn, { node, name }: LabInterface): void {
  const memory = turn.memory(node);
  delete memory.vfResets[name];
  delete memory.vfRequests[name];
  wakeDriver(turn, node);
}

/** Resets and requests that are due. Returns interfaces whose initial MAC became another, with the event behind it. */
export function resetsDue(turn: Turn, node: string): { readonly iface: LabInterface; readonly cause: Position }[] {
  const due: { iface: LabInterface; cause: Position }[] = [];
  for (const iface of turn.index.byNode.get(node) ?? []) {
    const cause = goOn(turn, iface);
    if (cause !== null) due.push({ iface, cause });
  }
  wakeDriver(turn, node);
  return due;
}

/** What a driver does now. Returns the event behind it where the guest's initial MAC became another, else null. */
function goOn(turn: Turn, iface: LabInterface): Position | null {
  const { vfResets, vfRequests } = turn.memory(iface.node);
  const reset = vfResets[iface.name];
  if (reset !== undefined && reset.atNs <= turn.nowNs) {
    delete vfResets[iface.name];
    const attached = reset.isUnderWay === true ? vfOf(turn, endpointOf(iface)) : null;
    const own = { ...iface, ...apiOf(reset) };
    const adopted = attached === null ? initialise(turn, iface, reset.cause) : introduce(turn, own, attached, reset.cause);
    return adopted ? reset.cause : null;
  }
  const asked = vfRequests[iface.name];
  if (asked === undefined || asked.atNs > turn.nowNs) return null;
  delete vfRequests[iface.name];
  return goOnRequesting(turn, { ...iface, ...apiOf(asked) }, asked.requests, asked.cause) ? asked.cause : null;
}

/** The first request is answered; the others follow. */
function goOnRequesting(turn: Turn, iface: LabInterface, requests: readonly VfRequest[], cause: Position): boolean {
  const attached = vfOf(turn, endpointOf(iface));
  const [next, ...others] = requests;
  if (attached === null || next === undefined) return false;
  const { adopted, more } = answer(turn, iface, attached, next, cause);
  return request(turn, iface, attached, [...more, ...others], cause) || adopted;
}

function wakeDriver(turn: Turn, node: string): void {
  const { vfResets, vfRequests } = turn.memory(node);
  const times = [...Object.values(vfResets), ...Object.values(vfRequests)].map(({ atNs }) => atNs);
  turn.wake(node, 'vf-driver', times.length === 0 ? null : Math.min(...times));
}
