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
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import { type Ipv4, ipv4FromNumber, prefixContains } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { type ArpPacket, arpReply, arpRequest, emitArpFrame, isGratuitous, parseArpFrame } from '../../../wire/arp.ts';
import type { Asking } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { announceAddress } from './garp.ts';

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
    turn.send(endpointOf(iface), emitArpFrame(arpReply(mac, arp.targetIp, arp.senderMac, arp.senderIp)), cause);
  }
}

/** A next hop has no entry, or one that has aged: the data plane asks. */
export function handleQuestion(turn: Turn, iface: LabInterface, punt: Punt): void {
  const ip = ipv4FromNumber(punt.ip);
  const entry = neighbourAt(turn.state, iface.node, iface.name, ip);
  const mac = punt.kind === 'verify' ? (entry?.mac ?? '') : '';
  const item: Asking = { ip, interface: iface.name, tries: 0, nextNs: turn.nowNs, mac, cause: punt.cause };
  turn.memory(iface.node).asking[neighbourKey(ip, iface.name)] = item;
  askAll(turn, iface.node);
}

/** Asks again for what is due, gives up on what was asked often enough, and sets the alarm for the rest. */
export function askAll(turn: Turn, node: string): void {
  const { asking } = turn.memory(node);
  let next: number | null = null;
  for (const key of Object.keys(asking).sort()) {
    const item = asking[key];
    if (item === undefined) continue;
    if (item.nextNs <= turn.nowNs && item.tries >= TRIES_MAX) {
      delete asking[key];
      giveUp(turn, node, item);
      continue;
    }
    if (item.nextNs <= turn.nowNs) ask(turn, node, item);
    if (next === null || item.nextNs < next) next = item.nextNs;
  }
  turn.wake(node, 'arp', next);
}

function ask(turn: Turn, node: string, item: Asking): void {
  const ip = item.ip as Ipv4;
  const iface = (turn.index.byNode.get(node) ?? []).find(({ name }) => name === item.interface);
  const own = iface?.ipv4.find((prefix) => prefixContains(prefix, ip)) ?? iface?.ipv4[0];
  item.tries++;
  item.nextNs = turn.nowNs + RETRY_NS;
  if (iface === undefined || own === undefined) return;
  const mac = usedMac(turn, iface);
  const request = item.mac === '' ? arpRequest(mac, own.address, ip) : arpRequest(mac, own.address, ip, item.mac as Mac);
  turn.send(endpointOf(iface), emitArpFrame(request), item.cause);
}

function giveUp(turn: Turn, node: string, { ip, interface: name, cause }: Asking): void {
  const entry = neighbourAt(turn.state, node, name, ip);
  if (entry === undefined) turn.abandonNeighbour(`${node}:${name}`, ip, cause);
  else turn.say('NeighbourUpdated', cause, { node, interface: name, ip, old: entry.mac, new: '' });
}

/** Rule ARP-03: refresh what is known; make an entry only when the packet was for us. */
function merge(turn: Turn, iface: LabInterface, arp: ArpPacket, owned: boolean, cause: Position): void {
  const { node, name } = iface;
  const ip = arp.senderIp;
  const entry = neighbourAt(turn.state, node, name, ip);
  const host = hostNamed(turn, node);
  if (entry === undefined && !owned && !host?.acceptUnsolicited) return;
  const refusal = refusalOf(turn, iface, arp, entry?.mac);
  if (refusal !== null) {
    turn.say('NeighbourUpdateRefused', cause, { node, interface: name, ip, asked: arp.senderMac, reason: refusal });
    return;
  }
  delete turn.memory(node).asking[neighbourKey(ip, name)];
  if (entry?.mac === arp.senderMac) turn.confirmNeighbour(endpointOf(iface), ip);
  else turn.say('NeighbourUpdated', cause, { node, interface: name, ip, old: entry?.mac ?? '', new: arp.senderMac });
}

type Refusal = EventData['NeighbourUpdateRefused']['reason'];

/** Rule HA-18: why a node keeps the pairing it has. A full table, which strangers can fill, keeps what it has too. */
function refusalOf(turn: Turn, iface: LabInterface, arp: ArpPacket, known: string | undefined): Refusal | null {
  const { node } = iface;
  if (known === undefined) return turn.hasRoomFor(endpointOf(iface), arp.senderIp) ? null : 'table-full';
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
