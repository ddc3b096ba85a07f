/**
 * ARP, for every layer-3 node: answer (ARP-02), merge (ARP-03), defend (ARP-07). RFC 826 for the merge, RFC 5227 for probes and
 * conflicts. asking.ts resolves and verifies (ARP-01); nodes with the profile `linux` merge as linux.ts says.
 */
import { addressOf } from '../../../dataplane/address-door.ts';
import type { Punt } from '../../../dataplane/dataplane.ts';
import type { EventData, Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import { proxiedAt } from '../../../model/lab/proxy-arp.ts';
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { type ArpPacket, arpReply, emitArpFrame, isGratuitous, parseArpFrame } from '../../../wire/arp.ts';
import type { Turn } from '../../turn/turn.ts';
import { startAsking } from './asking.ts';
import { announceAddress } from './garp.ts';
import { hasAddress, linuxMerge, linuxQuestion } from './linux.ts';
import { hostNamed, profileOf } from './profile.ts';
import { causeOfNews } from './unanswered.ts';

/** Rule ARP-07. */
const DEFENCE_INTERVAL_NS = 10_000_000_000;

/** An ARP frame reached an interface. What is no ARP for IPv4 over Ethernet is ignored. */
export function handleArp(turn: Turn, iface: LabInterface, bytes: Uint8Array, cause: Position): void {
  const frame = parseArpFrame(bytes);
  if (frame === null) return;
  const { arp } = frame;
  const proxied = proxiedOf(turn, iface);
  if (iface.ipv4.some(({ address }) => address === arp.senderIp) || proxied.includes(arp.senderIp)) {
    defend(turn, iface, arp, cause);
    return;
  }
  const isLinux = profileOf(turn, iface.node) === 'linux';
  const has = iface.ipv4.some(({ address }) => address === arp.targetIp) || proxied.includes(arp.targetIp);
  const owned = isLinux ? hasAddress(turn, iface.node, arp.targetIp) : has;
  if (arp.senderIp !== '0.0.0.0') {
    if (isLinux) linuxMerge(turn, iface, frame, cause);
    else merge(turn, iface, arp, owned, cause);
  }
  if (arp.operation === 'request' && owned) {
    const mac = usedMac(turn, iface);
    // The answer exists for the event, too, that gave the interface its MAC: the later one counts.
    const since = turn.state.interfaces[endpointOf(iface)]?.macSince ?? 0;
    const why = turn.hasHappened(since) ? turn.later(cause, since) : cause;
    turn.send(endpointOf(iface), emitArpFrame(arpReply(mac, arp.targetIp, arp.senderMac, arp.senderIp)), why);
  }
}

/** Addresses of NAT pools that a firewall answers for on an interface, as for its own. */
function proxiedOf(turn: Turn, iface: LabInterface): readonly Ipv4[] {
  const node = nodeNamed(turn.index, iface.node);
  return node?.kind === 'firewall' ? proxiedAt(node, iface) : [];
}

/** A next hop has no entry, or one that has aged: the data plane asks. */
export function handleQuestion(turn: Turn, iface: LabInterface, punt: Punt): void {
  const ip = addressOf(punt);
  const isVerify = punt.kind === 'verify';
  if (profileOf(turn, iface.node) === 'linux') {
    linuxQuestion(turn, iface, ip, isVerify, punt.cause);
    return;
  }
  const mac = isVerify ? (neighbourAt(turn.state, iface.node, iface.name, ip)?.mac ?? '') : '';
  startAsking(turn, iface, { ip, nextNs: turn.nowNs, mac, cause: punt.cause });
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
  const why = causeOfNews(turn, { at: endpointOf(iface), ip, cause });
  delete turn.memory(node).asking[neighbourKey(ip, name)];
  delete turn.memory(node).silent[neighbourKey(ip, name)];
  if (entry?.mac === arp.senderMac) turn.confirmNeighbour(endpointOf(iface), ip);
  else turn.say('NeighbourUpdated', why, { node, interface: name, ip, old: entry?.mac ?? '', new: arp.senderMac });
}

type Refusal = EventData['NeighbourUpdateRefused']['reason'];

/** Rule HA-18: why a node keeps the pairing it has. A full table, which strangers can fill, keeps what it has too. */
function refusalOf(turn: Turn, iface: LabInterface, arp: ArpPacket, known: string | undefined): Refusal | null {
  const { node } = iface;
  if (known === undefined) return turn.hasRoomFor(endpointOf(iface), arp.senderIp) ? null : 'table-full';
  if (known === arp.senderMac) return null;
  if (profileOf(turn, node) === 'static') return 'static-entry';
  return hostNamed(turn, node)?.ignoreGratuitous && isGratuitous(arp) ? 'ignore-gratuitous' : null;
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
