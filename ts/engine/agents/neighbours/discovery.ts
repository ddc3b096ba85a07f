/**
 * Neighbour discovery for nodes with IPv6: answer, merge (rules ND-01 to ND-03; RFC 4861, section 7.2), and hear routers. asking.ts
 * resolves and verifies, as for ARP; entries of both families are in one table.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import { usableAddresses } from '../../../model/state/ipv6-state.ts';
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import { ALL_NODES, groupMac, type Ipv6, isMulticast6, UNSPECIFIED } from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import type { EthernetFrame } from '../../../wire/ethernet.ts';
import { emitIcmp6Echo, parseIcmp6Echo } from '../../../wire/icmp6.ts';
import { emitIpv6Packet, type Ipv6Packet, NEXT_HEADER, parseIpv6Packet } from '../../../wire/ipv6.ts';
import {
  type DiscoveryMessage,
  emitDiscovery,
  type NeighbourAdvertisement,
  parseDiscovery,
} from '../../../wire/neighbour-discovery.ts';
import type { Turn } from '../../turn/turn.ts';
import { startAsking } from './asking.ts';
import { hearClaim } from './duplicates.ts';
import { DELAY_NS, reachableNs } from './linux.ts';
import { profileOf } from './profile.ts';
import { dropRouter, hearRouter, hearSolicitation } from './router-discovery.ts';
import { discoveryFrame, usedMac } from './solicitation.ts';
import { causeOfNews } from './unanswered.ts';

/** How long an entry is taken for reachable, by profile; a Linux node draws it. */
const REACHABLE_NS = { 'vm-host': 30_000_000_000, firewall: 1_800_000_000_000, static: Number.MAX_SAFE_INTEGER } as const;

/** An IPv6 packet reached the agent of an interface. What is no ICMPv6 of ours is ignored. */
export function handleIpv6(turn: Turn, iface: LabInterface, frame: EthernetFrame, cause: Position): void {
  const packet = parseIpv6Packet(frame.payload);
  if (packet === null || iface.ipv6 === undefined) return;
  const message = parseDiscovery(packet);
  if (message === null) answerEcho(turn, iface, frame, packet, cause);
  else if (message.kind === 'solicitation') answer(turn, iface, frame, packet, message, cause);
  else if (message.kind === 'advertisement') hearAdvertisement(turn, iface, frame, message, cause);
  else if (message.kind === 'router-solicitation') hearSolicitation(turn, iface, cause);
  else {
    if (message.mac !== null) learn(turn, iface, { ip: packet.src, mac: message.mac, ...BY_THE_WAY }, cause);
    hearRouter(turn, iface, packet.src, message, cause);
  }
}

/** What a packet says of a neighbour. */
interface News {
  readonly ip: Ipv6;
  readonly mac: Mac;
  /** It answers a question of ours: the neighbour is reachable. */
  readonly confirms: boolean;
  readonly overrides: boolean;
  readonly creates: boolean;
}

/** A packet of a neighbour that names its own MAC (section 7.2.3). */
const BY_THE_WAY = { confirms: false, overrides: true, creates: true } as const;

function answer(
  turn: Turn,
  iface: LabInterface,
  frame: EthernetFrame,
  { src }: Ipv6Packet,
  { target, mac }: Extract<DiscoveryMessage, { kind: 'solicitation' }>,
  cause: Position,
): void {
  const isProbe = src === UNSPECIFIED;
  if (isProbe) hearClaim(turn, iface, target, frame.src, cause);
  const own = usableAddresses(turn.state, endpointOf(iface)).find(({ ip }) => ip === target);
  if (own === undefined) return;
  if (mac !== null) learn(turn, iface, { ip: src, mac, ...BY_THE_WAY }, cause);
  // RFC 4429, section 3.3: an optimistic address does not take the place of another station's.
  const said = { target, isSolicited: !isProbe, overrides: own.status !== 'optimistic' } as const;
  const [to, toMac] = isProbe ? [ALL_NODES, groupMac(ALL_NODES)] : [src, frame.src];
  turn.send(endpointOf(iface), advertisementFrame(turn, iface, said, to, toMac), cause);
}

/** An advertisement of an interface's own address. */
export function advertisementFrame(
  turn: Turn,
  iface: LabInterface,
  said: Pick<NeighbourAdvertisement, 'target' | 'isSolicited' | 'overrides'>,
  to: Ipv6,
  toMac: Mac,
): Uint8Array {
  const mac = usedMac(turn, iface);
  const message = { kind: 'advertisement', ...said, isRouter: setsRouterFlag(turn, iface), mac } as const;
  return discoveryFrame(mac, toMac, emitDiscovery(message, said.target, to));
}

/** Rule ND-01: routers and firewalls set it. */
export function setsRouterFlag(turn: Turn, iface: LabInterface): boolean {
  return nodeNamed(turn.index, iface.node)?.kind !== 'host' && iface.ipv6?.lacksRouterFlag !== true;
}

/** Rules ND-02, ND-03. */
function hearAdvertisement(
  turn: Turn,
  iface: LabInterface,
  { src }: EthernetFrame,
  message: NeighbourAdvertisement,
  cause: Position,
): void {
  hearClaim(turn, iface, message.target, message.mac ?? src, cause);
  const { target: ip, isSolicited: confirms, overrides } = message;
  const known = neighbourAt(turn.state, iface.node, iface.name, ip)?.mac;
  const mac = message.mac ?? (known as Mac | undefined) ?? null;
  if (mac !== null) learn(turn, iface, { ip, mac, confirms, overrides, creates: false }, cause);
  // Section 7.2.5: a router that no longer says that it is one is none. An entry must be there.
  if (!message.isRouter && known !== undefined) dropRouter(turn, iface, ip, 'router-flag', cause);
}

/** What a packet says about a neighbour's MAC goes into the cache, or not (section 7.2.5; Linux: __neigh_update). */
function learn(turn: Turn, iface: LabInterface, { ip, mac, confirms, overrides, creates }: News, cause: Position): void {
  const { node, name } = iface;
  const at = endpointOf(iface);
  const key = neighbourKey(ip, name);
  const { asking, linux, silent } = turn.memory(node);
  const old = neighbourAt(turn.state, node, name, ip)?.mac ?? '';
  const framesWait = old === '' && asking[key] !== undefined;
  if (old === '' && !framesWait && !creates) return;
  if (old !== '' && old !== mac && !overrides) {
    const entry = linux[key];
    if (entry !== undefined) entry.reachableUntilNs = 0;
    if (asking[key] === undefined) turn.trustNeighbour(at, ip, 0, false);
    return;
  }
  const profile = profileOf(turn, node) ?? 'linux';
  const reason =
    old === '' ? (turn.hasRoomFor(at, ip) ? null : 'table-full') : profile === 'static' && old !== mac ? 'static-entry' : null;
  if (reason !== null) {
    turn.say('NeighbourUpdateRefused', cause, { node, interface: name, ip, asked: mac, reason });
    return;
  }
  // What tells nothing new leaves the state as it is.
  if (old === mac && !confirms) return;
  const reachable = profile === 'linux' ? reachableNs(turn, iface) : REACHABLE_NS[profile];
  const untilNs = confirms ? Math.min(Number.MAX_SAFE_INTEGER, turn.nowNs + reachable) : 0;
  const why = causeOfNews(turn, { at, ip, cause });
  delete asking[key];
  delete silent[key];
  if (profile === 'linux') linux[key] = { updatedNs: turn.nowNs, reachableUntilNs: untilNs, hasFailed: false };
  if (old !== mac) turn.say('NeighbourUpdated', why, { node, interface: name, ip, old, new: mac });
  const isDelay = framesWait && !confirms;
  turn.trustNeighbour(at, ip, untilNs, isDelay);
  if (isDelay) startAsking(turn, iface, { ip, nextNs: turn.nowNs + DELAY_NS, mac, cause });
}

/** Every running node answers pings to its own addresses. */
function answerEcho(turn: Turn, iface: LabInterface, frame: EthernetFrame, packet: Ipv6Packet, cause: Position): void {
  const echo = packet.nextHeader === NEXT_HEADER.icmp6 ? parseIcmp6Echo(packet.payload, packet) : null;
  if (echo?.kind !== 'request' || isMulticast6(packet.dst)) return;
  const ends = { src: packet.dst, dst: packet.src };
  const payload = emitIcmp6Echo({ ...echo, kind: 'reply' }, ends);
  const bytes = emitIpv6Packet({ trafficClass: 0, flowLabel: 0, nextHeader: NEXT_HEADER.icmp6, hopLimit: 64, ...ends, payload });
  turn.send(endpointOf(iface), discoveryFrame(usedMac(turn, iface), frame.src, bytes), cause);
}
