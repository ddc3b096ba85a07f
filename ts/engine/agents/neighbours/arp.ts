/**
 * ARP, for every layer-3 node: resolve (ARP-01), answer (ARP-02), merge (ARP-03), defend (ARP-07), verify what has aged.
 * RFC 826 for the merge, RFC 5227 for probes and conflicts.
 */
import type { Punt } from '../../../dataplane/dataplane.ts';
import type { EventData, Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Host, LabNode } from '../../../model/lab/nodes.ts';
import { type Ipv4, ipv4FromNumber, prefixContains } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { type ArpPacket, arpReply, arpRequest, emitArpFrame, isGratuitous, parseArpFrame } from '../../../wire/arp.ts';
import type { Asking } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { announceAddress } from './garp.ts';
import { causeOfNoAnswer, causeOfQuestion } from './unanswered.ts';

/** Rule ARP-01: a request, then three retries one second apart. */
const RETRY_NS = 1_000_000_000;
const TRIES_MAX = 4;
/** Rule ARP-07. */
const DEFENCE_INTERVAL_NS = 10_000_000_000;

/** An ARP frame reached an interface. What is no ARP for IPv4 over Ethernet is ignored. */
export function handleArp(turn: Turn, iface: LabInterface, bytes: Uint8Array, cause: Position): void {
  const frame = parseArpFrame(bytes);
  if (frame === null) return;
  const { arp } = frame;
  const owned = iface.ipv4.some(({ address }) => address === arp.targetIp);
  if (iface.ipv4.some(({ address }) => address === arp.senderIp)) {
    defend(turn, iface, arp, cause);
    return;
  }
  if (arp.senderIp !== '0.0.0.0') merge(turn, iface, arp, owned, cause);
  if (arp.operation === 'request' && owned) {
    const mac = usedMac(turn, iface);
    // The answer exists for the event, too, that gave the interface its MAC: the later one counts.
    const since = turn.state.interfaces[endpointOf(iface)]?.macSince ?? 0;
    const why = since > turn.definedUpTo ? Math.max(cause, since) : cause;
    turn.send(endpointOf(iface), emitArpFrame(arpReply(mac, arp.targetIp, arp.senderMac, arp.senderIp)), why);
  }
}

/** A next hop has no entry, or one that has aged: the data plane asks. */
export function handleQuestion(turn: Turn, iface: LabInterface, punt: Punt): void {
  const ip = ipv4FromNumber(punt.ip);
  const entry = turn.state.neighbours[iface.node]?.[ip];
  const mac = punt.kind === 'verify' ? (entry?.mac ?? '') : '';
  const cause = causeOfQuestion(turn, { at: endpointOf(iface), ip, cause: punt.cause });
  turn.blameNeighbour(iface.node, ip, cause);
  turn.memory(iface.node).asking[ip] = {
    interface: iface.name,
    tries: 0,
    sinceNs: turn.nowNs,
    nextNs: turn.nowNs,
    mac,
    cause,
  };
  askAll(turn, iface.node);
}

/** Asks again for what is due, gives up on what was asked often enough, and sets the alarm for the rest. */
export function askAll(turn: Turn, node: string): void {
  const { asking } = turn.memory(node);
  let next: number | null = null;
  for (const ip of Object.keys(asking).sort()) {
    const item = asking[ip];
    if (item === undefined) continue;
    if (item.nextNs <= turn.nowNs && item.tries >= TRIES_MAX) {
      delete asking[ip];
      giveUp(turn, node, ip, item);
      continue;
    }
    if (item.nextNs <= turn.nowNs) ask(turn, node, ip as Ipv4, item);
    if (next === null || item.nextNs < next) next = item.nextNs;
  }
  turn.wake(node, 'arp', next);
}

function ask(turn: Turn, node: string, ip: Ipv4, item: Asking): void {
  const iface = (turn.index.byNode.get(node) ?? []).find(({ name }) => name === item.interface);
  const own = iface?.ipv4.find((prefix) => prefixContains(prefix, ip)) ?? iface?.ipv4[0];
  item.tries++;
  item.nextNs = turn.nowNs + RETRY_NS;
  if (iface === undefined || own === undefined) return;
  const mac = usedMac(turn, iface);
  const request = item.mac === '' ? arpRequest(mac, own.address, ip) : arpRequest(mac, own.address, ip, item.mac as Mac);
  turn.send(endpointOf(iface), emitArpFrame(request), item.cause);
}

function giveUp(turn: Turn, node: string, ip: string, item: Asking): void {
  const entry = turn.state.neighbours[node]?.[ip];
  const question = { at: `${node}:${item.interface}` as const, ip, cause: item.cause };
  const cause = causeOfNoAnswer(turn, question, item.sinceNs);
  turn.memory(node).silent[ip] = cause;
  if (entry === undefined) {
    turn.abandonNeighbour(node, ip, cause);
    return;
  }
  const said = turn.say('NeighbourUpdated', cause, { node, interface: item.interface, ip, old: entry.mac, new: '' });
  turn.memory(node).silent[ip] = said;
}

/** Rule ARP-03: refresh what is known; make an entry only when the packet was for us. */
function merge(turn: Turn, iface: LabInterface, arp: ArpPacket, owned: boolean, cause: Position): void {
  const { node } = iface;
  const ip = arp.senderIp;
  const entry = turn.state.neighbours[node]?.[ip];
  const host = hostNamed(turn, node);
  if (entry === undefined && !owned && !host?.acceptUnsolicited) return;
  const refusal = refusalOf(turn, node, arp, entry?.mac);
  if (refusal !== null) {
    turn.say('NeighbourUpdateRefused', cause, { node, interface: iface.name, ip, asked: arp.senderMac, reason: refusal });
    return;
  }
  delete turn.memory(node).asking[ip];
  delete turn.memory(node).silent[ip];
  if (entry?.mac === arp.senderMac && entry.interface === iface.name) turn.confirmNeighbour(node, ip);
  else turn.say('NeighbourUpdated', cause, { node, interface: iface.name, ip, old: entry?.mac ?? '', new: arp.senderMac });
}

type Refusal = EventData['NeighbourUpdateRefused']['reason'];

/** Rule HA-18: why a node keeps the pairing it has. A full table, which strangers can fill, keeps what it has too. */
function refusalOf(turn: Turn, node: string, arp: ArpPacket, known: string | undefined): Refusal | null {
  if (known === undefined) return turn.hasRoomFor(node, arp.senderIp) ? null : 'table-full';
  if (known === arp.senderMac) return null;
  if (profileOf(nodeNamed(turn.index, node)) === 'static') return 'static-entry';
  return hostNamed(turn, node)?.ignoreGratuitous && isGratuitous(arp) ? 'ignore-gratuitous' : null;
}

function profileOf(node: LabNode | undefined): string | null {
  return node !== undefined && 'arpProfile' in node ? node.arpProfile : null;
}

function hostNamed(turn: Turn, name: string): Host | null {
  const node = nodeNamed(turn.index, name);
  return node?.kind === 'host' ? node : null;
}

/** Rule ARP-07: someone else says it has our address. */
function defend(turn: Turn, iface: LabInterface, arp: ArpPacket, cause: Position): void {
  const { node, name } = iface;
  const ip = arp.senderIp;
  const mac = usedMac(turn, iface);
  if (arp.senderMac === mac) return;
  const position = turn.say('AddressConflict', cause, { node, interface: name, ip, mac: arp.senderMac });
  const { defendedNs } = turn.memory(node);
  const last = defendedNs[ip];
  if (last !== undefined && turn.nowNs - last < DEFENCE_INTERVAL_NS) return;
  defendedNs[ip] = turn.nowNs;
  announceAddress(turn, iface, ip, mac, 1, position);
}

function usedMac(turn: Turn, iface: LabInterface): Mac {
  return turn.state.interfaces[endpointOf(iface)]?.usedMac as Mac;
}
