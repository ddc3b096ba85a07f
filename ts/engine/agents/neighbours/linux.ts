/**
 * ARP as Linux does it (profile `linux`, the default of hosts), with the kernel's default sysctls: arp_accept and
 * drop_gratuitous_arp follow the host's `accept-unsolicited` and `ignore-gratuitous`.
 *
 *             a packet                    5 s later                3 requests, 1 s apart
 *   STALE ──────────────▶ DELAY ──────────────────▶ PROBE ──────────────────▶ FAILED ─▶ a packet: INCOMPLETE
 *     ▲                     └────── an answer ────────┴──▶ REACHABLE
 *     └────────────────────── 15 to 45 s later ────────────────┘
 *
 * From Linux 6.18: net/ipv4/arp.c (arp_process, arp_is_garp), net/core/neighbour.c (__neigh_update, __neigh_event_send,
 * neigh_timer_handler, neigh_rand_reach_time, neigh_carrier_down). An entry's MAC is recorded; which of these states it is in is
 * derived: an entry being asked for is INCOMPLETE, or DELAY and PROBE, else it is REACHABLE until a time and then STALE.
 * Left out: the garbage collector, which touches no table of under 128 entries (gc_thresh1).
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import { fnv1a } from '../../../values/fnv1a.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import { type ArpFrame, type ArpPacket, isGratuitous } from '../../../wire/arp.ts';
import type { LinuxNeighbour } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { startAsking } from './asking.ts';
import { hostNamed, profileOf } from './profile.ts';
import { causeOfNews } from './unanswered.ts';

/** locktime: this long after a change, only a gratuitous ARP or a question for the node itself changes the MAC again. */
const LOCKTIME_NS = 1_000_000_000;
/** delay_first_probe_time. */
export const DELAY_NS = 5_000_000_000;
/** base_reachable_time_ms. An interface draws from half of it to one and a half, again every REDRAW_NS. */
const BASE_REACHABLE_MS = 30_000;
const REDRAW_NS = 300_000_000_000;
const NANOS_PER_MS = 1_000_000;

type Refusal = EventData['NeighbourUpdateRefused']['reason'];

/** An ARP packet of another node reached an interface: updates the entry of its sender, or makes one (arp_process). */
export function linuxMerge(turn: Turn, iface: LabInterface, { dst, arp }: ArpFrame, cause: Position): void {
  const { node, name } = iface;
  const key = neighbourKey(arp.senderIp, name);
  const known = turn.memory(node).linux[key];
  const { ignoreGratuitous, acceptUnsolicited } = hostNamed(turn, node) ?? { ignoreGratuitous: false, acceptUnsolicited: false };
  if (ignoreGratuitous && isGratuitous(arp)) {
    if (known !== undefined && macOf(turn, iface, arp.senderIp) !== arp.senderMac)
      refuse(turn, iface, arp, 'ignore-gratuitous', cause);
    return;
  }
  const asksUs = arp.operation === 'request' && hasAddress(turn, node, arp.targetIp);
  const isReply = arp.operation === 'reply';
  if (known === undefined && !asksUs && !(acceptUnsolicited && (isReply || isTrueGratuitous(arp)))) return;
  const isLocked = known !== undefined && turn.nowNs <= updatedNsOf(turn, iface, arp.senderIp, known) + LOCKTIME_NS;
  const mayChange = asksUs || isTrueGratuitous(arp) || !isLocked;
  // Broadcast replies and requests do not assert reachability; the rest came to the interface's own MAC.
  const isConfirmation = isReply && dst === turn.state.interfaces[endpointOf(iface)]?.usedMac;
  const refusal = refusalOf(turn, iface, arp, mayChange);
  if (refusal !== null) refuse(turn, iface, arp, refusal, cause);
  else update(turn, iface, arp, isConfirmation, cause);
}

/** A frame wants an entry that is not there, or one that is STALE. */
export function linuxQuestion(turn: Turn, iface: LabInterface, ip: string, isVerify: boolean, cause: Position): void {
  const mac = isVerify ? macOf(turn, iface, ip) : '';
  const { linux } = turn.memory(iface.node);
  linux[neighbourKey(ip, iface.name)] = { updatedNs: turn.nowNs, reachableUntilNs: 0, hasFailed: false };
  startAsking(turn, iface, { ip, nextNs: turn.nowNs + (isVerify ? DELAY_NS : 0), mac, cause });
}

/** An interface lost carrier: Linux forgets all neighbours behind it (arp_evict_nocarrier, neigh_carrier_down). */
export function forgetBehind(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  if (profileOf(turn, node) !== 'linux') return;
  const { asking, linux } = turn.memory(node);
  for (const key of Object.keys(linux).sort()) {
    const [ip = '', iface] = key.split('%', 2);
    if (iface !== name) continue;
    const mac = neighbourAt(turn.state, node, name, ip)?.mac;
    if (mac !== undefined) turn.say('NeighbourUpdated', cause, { node, interface: name, ip, old: mac, new: '' });
    else if (asking[key] !== undefined) turn.abandonNeighbour(endpoint, ip, cause);
    delete asking[key];
    delete linux[key];
  }
}

/** Whether a node answers for an address: on whichever interface it is asked (arp_ignore 0). */
export function hasAddress(turn: Turn, node: string, ip: Ipv4): boolean {
  return (turn.index.byNode.get(node) ?? []).some((iface) => iface.ipv4.some(({ address }) => address === ip));
}

/** arp_is_garp: a reply counts only when its target MAC repeats its sender's. */
function isTrueGratuitous(arp: ArpPacket): boolean {
  return isGratuitous(arp) && (arp.operation === 'request' || arp.targetMac === arp.senderMac);
}

function macOf(turn: Turn, iface: LabInterface, ip: string): string {
  return neighbourAt(turn.state, iface.node, iface.name, ip)?.mac ?? '';
}

/** When an entry last changed its state or MAC. That REACHABLE became STALE nobody was told: it happened when its time was up. */
function updatedNsOf(turn: Turn, iface: LabInterface, ip: string, { updatedNs, reachableUntilNs }: LinuxNeighbour): number {
  const isAsking = turn.memory(iface.node).asking[neighbourKey(ip, iface.name)] !== undefined;
  return isAsking || turn.nowNs < reachableUntilNs ? updatedNs : Math.max(updatedNs, reachableUntilNs);
}

function refusalOf(turn: Turn, iface: LabInterface, arp: ArpPacket, mayChange: boolean): Refusal | null {
  const mac = macOf(turn, iface, arp.senderIp);
  if (mac === '') return turn.hasRoomFor(endpointOf(iface), arp.senderIp) ? null : 'table-full';
  return mac === arp.senderMac || mayChange ? null : 'locktime';
}

function refuse(turn: Turn, { node, name }: LabInterface, arp: ArpPacket, reason: Refusal, cause: Position): void {
  turn.say('NeighbourUpdateRefused', cause, { node, interface: name, ip: arp.senderIp, asked: arp.senderMac, reason });
}

/** __neigh_update to REACHABLE (a confirmation) or STALE. */
function update(turn: Turn, iface: LabInterface, arp: ArpPacket, isConfirmation: boolean, cause: Position): void {
  const { node, name } = iface;
  const { senderIp: ip, senderMac: mac } = arp;
  const key = neighbourKey(ip, name);
  const { asking, linux, silent } = turn.memory(node);
  const old = macOf(turn, iface, ip);
  // What tells nothing new leaves the state as it is, DELAY and PROBE too.
  if (old === mac && !isConfirmation) return;
  const framesWait = old === '' && asking[key] !== undefined;
  const isReachable = asking[key] === undefined && turn.nowNs < (linux[key]?.reachableUntilNs ?? 0);
  const updatedNs = old === mac && isReachable ? (linux[key]?.updatedNs ?? turn.nowNs) : turn.nowNs;
  const reachableUntilNs = isConfirmation ? turn.nowNs + reachableNs(turn, iface) : 0;
  const why = causeOfNews(turn, { at: endpointOf(iface), ip, cause });
  delete asking[key];
  delete silent[key];
  linux[key] = { updatedNs, reachableUntilNs, hasFailed: false };
  if (old !== mac) turn.say('NeighbourUpdated', why, { node, interface: name, ip, old, new: mac });
  // Frames that were waiting use the entry at once: a STALE one is in DELAY now.
  const isDelay = framesWait && !isConfirmation;
  turn.trustNeighbour(endpointOf(iface), ip, reachableUntilNs, isDelay);
  if (isDelay) startAsking(turn, iface, { ip, nextNs: turn.nowNs + DELAY_NS, mac, cause });
}

/** How long an interface takes a confirmed entry for REACHABLE (neigh_rand_reach_time): drawn from names and time alone. */
export function reachableNs(turn: Turn, iface: LabInterface): number {
  const initialMac = turn.state.interfaces[endpointOf(iface)]?.initialMac ?? '';
  const draw = Math.floor(turn.nowNs / REDRAW_NS);
  const drawn = fnv1a(`${initialMac}\0${iface.node}\0${iface.name}\0${draw}`) % BASE_REACHABLE_MS;
  return (BASE_REACHABLE_MS / 2 + drawn) * NANOS_PER_MS;
}
