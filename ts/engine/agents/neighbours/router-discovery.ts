/**
 * Router discovery: routers and firewalls advertise themselves, hosts take them as default routers and make addresses (RFC 4861,
 * section 6; RFC 4862).
 *
 * Decision someone may dispute: advertisements leave exactly one interval apart and answer each solicitation at once; RFC 4861 has both
 * wait for a random time, which only keeps routers apart. Hosts use an address at once unless the file has them look for duplicates (duplicates.ts).
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { networksOf } from '../../../model/lab/ipv6.ts';
import { usableAddresses } from '../../../model/state/ipv6-state.ts';
import {
  ALL_NODES,
  ALL_ROUTERS,
  eui64Address,
  groupMac,
  INTERFACE_ID_BITS,
  type Ipv6,
  networkOf,
  prefixContains6,
  stableAddress,
} from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { ETHERTYPE, emitEthernet } from '../../../wire/ethernet.ts';
import { type AdvertisedPrefix, emitDiscovery, type RouterAdvertisement } from '../../../wire/neighbour-discovery.ts';
import type { Turn } from '../../turn/turn.ts';
import { probeAgain6, startProbing6, statusOfNew } from './duplicates.ts';

const NANOS_PER_SECOND = 1_000_000_000;
/** RFC 4861, section 10: MAX_RTR_SOLICITATIONS, RTR_SOLICITATION_INTERVAL. */
const SOLICITATIONS_MAX = 3;
const SOLICITATION_NS = 4 * NANOS_PER_SECOND;
/** RFC 4861, section 6.2.1. */
const VALID_SECONDS = 2_592_000;
const PREFERRED_SECONDS = 604_800;
const HOP_LIMIT = 64;
/** What an interface learns at most: the data plane has room for so many. */
const PREFIXES_MAX = 4;
const ROUTERS_MAX = 4;

/** A node starts: hosts look for routers, routers advertise themselves. */
export function startRouterDiscovery(turn: Turn, node: string, cause: Position): void {
  const own = (turn.index.byNode.get(node) ?? []).filter(({ ipv6 }) => ipv6 !== undefined);
  if (own.length === 0) return;
  const { ipv6 } = turn.memory(node);
  ipv6.cause = cause;
  probeAgain6(turn, node, cause);
  for (const { name, ipv6: settings } of own) {
    if (settings?.slaac !== undefined) ipv6.solicits[name] = { sent: 0, nextNs: turn.nowNs };
    if (settings?.advertises !== undefined) ipv6.advertsNs[name] = turn.nowNs;
  }
  turn.wake(node, 'ipv6', turn.nowNs);
}

/** Only the active unit of a pair speaks for its addresses. */
export function speaks(turn: Turn, node: string): boolean {
  const ha = turn.state.ha[node];
  return turn.state.nodes[node]?.power === 'running' && (ha === undefined || ha.state === 'active');
}

/** What is due: advertisements, solicitations, ends of lifetimes. Returns when the next is. */
export function routerDiscoveryTick(turn: Turn, node: string): number | null {
  const { ipv6 } = turn.memory(node);
  for (const iface of turn.index.byNode.get(node) ?? []) {
    const advertNs = ipv6.advertsNs[iface.name];
    if (advertNs !== undefined && advertNs <= turn.nowNs) {
      advertise(turn, iface, ipv6.cause);
      ipv6.advertsNs[iface.name] = turn.nowNs + (iface.ipv6?.advertises?.intervalNs ?? NANOS_PER_SECOND);
    }
    const solicit = ipv6.solicits[iface.name];
    if (solicit !== undefined && solicit.nextNs <= turn.nowNs) {
      sendSolicitation(turn, iface, ipv6.cause);
      if (solicit.sent + 1 >= SOLICITATIONS_MAX) delete ipv6.solicits[iface.name];
      else ipv6.solicits[iface.name] = { sent: solicit.sent + 1, nextNs: turn.nowNs + SOLICITATION_NS };
    }
    for (const { ip, interface: name } of turn.state.routers6[node] ?? []) {
      const until = ipv6.routers[`${ip}%${name}`];
      if (name === iface.name && until !== undefined && until.ns <= turn.nowNs)
        dropRouter(turn, iface, ip, 'lifetime-ended', until.cause);
    }
  }
  const due = [
    ...Object.values(ipv6.advertsNs),
    ...Object.values(ipv6.solicits).map(({ nextNs }) => nextNs),
    ...Object.values(ipv6.routers).map(({ ns }) => ns),
  ];
  return due.length === 0 ? null : Math.min(...due);
}

/** An advertisement leaves now, and says what the interface's networks are. */
export function advertise(turn: Turn, iface: LabInterface, cause: Position): void {
  const { ipv6 } = iface;
  if (ipv6?.advertises === undefined || !speaks(turn, iface.node)) return;
  const mac = macOf(turn, iface);
  const from = linkLocalOf(turn, iface);
  if (from === null) return;
  const prefixes: AdvertisedPrefix[] = networksOf(ipv6).map(({ address, prefix }) => ({
    address: networkOf(address, prefix),
    prefix,
    isOnLink: true,
    isAutonomous: prefix === INTERFACE_ID_BITS,
    validSeconds: VALID_SECONDS,
    preferredSeconds: PREFERRED_SECONDS,
  }));
  const { lifetimeSeconds } = ipv6.advertises;
  const said = { hopLimit: HOP_LIMIT, isManaged: false, hasOther: false, lifetimeSeconds, mac, mtu: iface.mtu, prefixes } as const;
  const payload = emitDiscovery({ kind: 'router-advertisement', ...said }, from, ALL_NODES);
  turn.send(endpointOf(iface), emitEthernet({ dst: groupMac(ALL_NODES), src: mac, etherType: ETHERTYPE.ipv6, payload }), cause);
}

/** A host asks for routers: they answer all of the link. */
export function hearSolicitation(turn: Turn, iface: LabInterface, cause: Position): void {
  advertise(turn, iface, cause);
}

function sendSolicitation(turn: Turn, iface: LabInterface, cause: Position): void {
  const from = linkLocalOf(turn, iface);
  if (from === null) return;
  const mac = macOf(turn, iface);
  const payload = emitDiscovery({ kind: 'router-solicitation', mac }, from, ALL_ROUTERS);
  turn.send(endpointOf(iface), emitEthernet({ dst: groupMac(ALL_ROUTERS), src: mac, etherType: ETHERTYPE.ipv6, payload }), cause);
}

/** A router advertised itself: hosts that listen take it and make addresses in its networks (RFC 4861, 6.3.4; RFC 4862, 5.5.3). */
export function hearRouter(turn: Turn, iface: LabInterface, ip: Ipv6, said: RouterAdvertisement, cause: Position): void {
  const { node, name, ipv6: settings } = iface;
  if (settings?.slaac === undefined) return;
  const { ipv6 } = turn.memory(node);
  delete ipv6.solicits[name];
  const routers = (turn.state.routers6[node] ?? []).filter((router) => router.interface === name);
  const isKnown = routers.some((router) => router.ip === ip);
  if (said.lifetimeSeconds === 0) dropRouter(turn, iface, ip, 'withdrawn', cause);
  else if (isKnown || routers.length < ROUTERS_MAX) {
    ipv6.routers[`${ip}%${name}`] = { ns: turn.nowNs + said.lifetimeSeconds * NANOS_PER_SECOND, cause };
    if (!isKnown) turn.say('DefaultRouterChanged', cause, { node, interface: name, ip, present: true, reason: 'advertised' });
  }
  for (const prefix of said.prefixes) makeAddress(turn, iface, prefix, cause);
  turn.wake(node, 'ipv6', turn.nowNs);
}

function makeAddress(turn: Turn, iface: LabInterface, prefix: AdvertisedPrefix, cause: Position): void {
  const { node, name, ipv6 } = iface;
  if (!prefix.isAutonomous || prefix.prefix !== INTERFACE_ID_BITS || prefix.validSeconds === 0) return;
  const isStable = ipv6?.slaac === 'stable';
  const own = turn.state.addresses6[endpointOf(iface)] ?? [];
  // RFC 7217, section 6: another one instead of a duplicate.
  const duplicates = own.filter((one) => one.status === 'duplicate' && prefixContains6(prefix, one.ip)).length;
  const ip = isStable
    ? stableAddress(prefix.address, name, ipv6?.secret ?? '', duplicates)
    : eui64Address(prefix.address, macOf(turn, iface));
  const learned = own.filter(({ origin }) => origin === 'slaac').length;
  if (own.some((one) => one.ip === ip) || learned >= PREFIXES_MAX) return;
  const length = prefix.isOnLink ? prefix.prefix : 128;
  const status = statusOfNew(iface);
  const data = { node, interface: name, ip, prefix: length, origin: 'slaac', status, mac: '' } as const;
  const position = turn.say('Ipv6AddressChanged', cause, data);
  if (status !== 'preferred') startProbing6(turn, iface, ip, position);
}

/** A default router is none any longer. One that is none changes nothing. */
export function dropRouter(
  turn: Turn,
  { node, name }: LabInterface,
  ip: string,
  reason: EventData['DefaultRouterChanged']['reason'],
  cause: Position,
): void {
  delete turn.memory(node).ipv6.routers[`${ip}%${name}`];
  if (!(turn.state.routers6[node] ?? []).some((router) => router.ip === ip && router.interface === name)) return;
  turn.say('DefaultRouterChanged', cause, { node, interface: name, ip, present: false, reason });
}

function linkLocalOf(turn: Turn, iface: LabInterface): Ipv6 | null {
  return usableAddresses(turn.state, endpointOf(iface)).find(({ origin }) => origin === 'link-local')?.ip ?? null;
}

function macOf(turn: Turn, iface: LabInterface): Mac {
  return turn.state.interfaces[endpointOf(iface)]?.usedMac as Mac;
}
