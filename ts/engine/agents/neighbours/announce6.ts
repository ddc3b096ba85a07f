/** Unsolicited neighbour advertisements of a firewall (rule ND-01), and what a MAC change or a failover does to its IPv6 addresses. */
import type { Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { dataInterfaces } from '../../../model/lab/lab-index.ts';
import { addressesFor, usableAddresses } from '../../../model/state/ipv6-state.ts';
import { ALL_NODES, groupMac } from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';
import { advertisementFrame, setsRouterFlag } from './discovery.ts';
import { probeTick } from './duplicates.ts';
import { advertise, routerDiscoveryTick, speaks } from './router-discovery.ts';
import { usedMac } from './solicitation.ts';

/** Rule ND-01: three, one second apart (RFC 4861, section 10: MAX_NEIGHBOR_ADVERTISEMENT, RETRANS_TIMER). */
const ADVERTISEMENTS = 3;
const STEP_NS = 1_000_000_000;

/** The node's IPv6 timer. */
export function ipv6Tick(turn: Turn, node: string): void {
  const { ipv6 } = turn.memory(node);
  const burst = ipv6.burst;
  if (burst !== null && burst.nextNs <= turn.nowNs) {
    announceAll(turn, node, burst.seq, burst.cause);
    ipv6.burst = burst.seq >= ADVERTISEMENTS ? null : { ...burst, seq: burst.seq + 1, nextNs: burst.nextNs + STEP_NS };
  }
  const others = [routerDiscoveryTick(turn, node), probeTick(turn, node)].filter((ns) => ns !== null);
  const due = [...(ipv6.burst === null ? [] : [ipv6.burst.nextNs]), ...others];
  turn.wake(node, 'ipv6', due.length === 0 ? null : Math.min(...due));
}

/** A firewall became active, or uses another MAC: it announces all its addresses, the first time at once. */
export function startAnnouncing(turn: Turn, node: string, cause: Position): void {
  if (!dataInterfaces(turn.index, node).some(({ ipv6 }) => ipv6 !== undefined)) return;
  turn.memory(node).ipv6.burst = { seq: 1, nextNs: turn.nowNs, cause };
  ipv6Tick(turn, node);
}

export function stopAnnouncing(turn: Turn, node: string): void {
  turn.memory(node).ipv6.burst = null;
}

/** A unit became active: rule EUI-02 is recorded, its addresses are announced, and it advertises itself. */
export function takeOverIpv6(turn: Turn, node: string, cause: Position): void {
  const peer = turn.index.ha.get(node)?.peer.node;
  const { ipv6: memory } = turn.memory(node);
  memory.cause = cause;
  for (const iface of dataInterfaces(turn.index, node)) {
    if (iface.ipv6 === undefined) continue;
    // The first election takes over nothing.
    if (peer !== undefined && turn.hasHappened(cause)) sayChangedId(turn, iface, `${peer}:${iface.name}`, cause);
    advertise(turn, iface, cause);
    const interval = iface.ipv6.advertises?.intervalNs;
    if (interval !== undefined) memory.advertsNs[iface.name] = turn.nowNs + interval;
  }
  startAnnouncing(turn, node, cause);
}

/** Rule EUI-02: the address made from the MAC is another one at this unit. */
function sayChangedId(turn: Turn, iface: LabInterface, peer: Endpoint, cause: Position): void {
  const made = (endpoint: Endpoint) => usableAddresses(turn.state, endpoint).filter(({ origin }) => origin === 'eui64');
  const others = made(peer);
  made(endpointOf(iface)).forEach(({ ip }, at) => {
    const old = others[at]?.ip;
    if (old === undefined || old === ip) return;
    const { node, name } = iface;
    turn.say('HaFailure', cause, { node, interface: name, reason: 'ipv6-interface-id-changed', old, new: ip });
  });
}

/** The MAC of a firewall's interface changed: so do the addresses made from it, at once (rule EUI-02). */
export function ipv6FollowsMac(turn: Turn, iface: LabInterface, cause: Position): void {
  const { node, name } = iface;
  if (iface.ipv6 === undefined) return;
  const wanted = addressesFor(iface, usedMac(turn, iface));
  const own = turn.state.addresses6[endpointOf(iface)] ?? [];
  const of = { node, interface: name, mac: '' };
  for (const { ip, prefix, origin } of [...own]) {
    if (!wanted.some((one) => one.ip === ip))
      turn.say('Ipv6AddressChanged', cause, { ...of, ip, prefix, origin, status: 'removed' });
  }
  for (const { ip, prefix, origin } of wanted) {
    if (!own.some((one) => one.ip === ip))
      turn.say('Ipv6AddressChanged', cause, { ...of, ip, prefix, origin, status: 'preferred' });
  }
}

function announceAll(turn: Turn, node: string, seq: number, cause: Position): void {
  if (!speaks(turn, node)) return;
  for (const iface of dataInterfaces(turn.index, node)) {
    if (iface.ipv6 === undefined) continue;
    const mac: Mac = usedMac(turn, iface);
    for (const { ip } of usableAddresses(turn.state, endpointOf(iface))) {
      const router = setsRouterFlag(turn, iface);
      const position = turn.say('AdvertisementSent', cause, { node, interface: iface.name, ip, mac, router, seq });
      const said = { target: ip, isSolicited: false, overrides: true } as const;
      turn.send(endpointOf(iface), advertisementFrame(turn, iface, said, ALL_NODES, groupMac(ALL_NODES)), position);
    }
  }
}
