/** Commands about traffic: pings, neighbours that are forgotten. */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import { type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import { isGuest } from '../../../model/lab/nodes.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import { neighbourKey } from '../../../model/state/neighbour-state.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import { type Ipv6, isIpv6, isLinkLocal, isMulticast6 } from '../../../values/ipv6-address.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';
import { startPing } from './ping.ts';
import { sourceFor } from './source.ts';
import { sourceFor6 } from './source6.ts';

const PING_DEFAULTS = { count: 5, size: 56, intervalNs: 1_000_000_000 } as const;
const COUNT_MAX = 1000;
/** What a frame of the lab can hold (9,216 bytes of packet) behind the headers of IPv4 and ICMP, and of IPv6 and ICMPv6. */
const SIZE_MAX = 9188;
const SIZE6_MAX = 9168;
const INTERVAL_MIN_NS = 1_000_000;

export const TRAFFIC_VERBS: Verbs<'ping' | 'arp-clear'> = {
  ping: {
    refusals: pingRefusals,
    perform: (turn, { node, ip, count, size, intervalNs }, cause) => {
      const settings = {
        count: count ?? PING_DEFAULTS.count,
        size: size ?? PING_DEFAULTS.size,
        intervalNs: intervalNs ?? PING_DEFAULTS.intervalNs,
      };
      startPing(turn, node, { ip, ...settings }, cause);
    },
  },
  'arp-clear': { refusals: clearRefusals, perform: clearNeighbours },
};

/** Why a node cannot do anything at layer 3. */
function nodeRefusals(name: string, index: LabIndex, state: Readonly<LabState>): string[] {
  const node = nodeNamed(index, name);
  if (node === undefined) return [`no node ${name}`];
  if (!isGuest(node)) return [`${name} is a ${node.kind}; it has no layer 3`];
  return state.nodes[name]?.power === 'running' ? [] : [`${name} has no power`];
}

function pingRefusals(command: Of<'ping'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const { node, ip, count = PING_DEFAULTS.count, size = PING_DEFAULTS.size, intervalNs = PING_DEFAULTS.intervalNs } = command;
  const reasons = nodeRefusals(node, index, state);
  if (count < 1 || count > COUNT_MAX) reasons.push(`count ${count} is not from 1 to ${COUNT_MAX}`);
  const sizeMax = isIpv6(ip) ? SIZE6_MAX : SIZE_MAX;
  if (size > sizeMax) reasons.push(`size ${size} is above ${sizeMax}`);
  if (intervalNs < INTERVAL_MIN_NS) reasons.push('interval must be at least 1ms');
  if (!index.nodes.has(node)) return reasons;
  if (isIpv6(ip) && (isLinkLocal(ip) || isMulticast6(ip)))
    reasons.push(`${ip} says not which interface it is reached by: ping an address of a network`);
  else if (isOwnAddress(index, state, node, ip)) reasons.push(`${ip} is an address of ${node} itself`);
  else if ((isIpv6(ip) ? sourceFor6(index, state, node, ip) : sourceFor(index, node, ip)) === null)
    reasons.push(`${node} has no route to ${ip}`);
  return reasons;
}

function isOwnAddress(index: LabIndex, state: Readonly<LabState>, node: string, ip: Ipv4 | Ipv6): boolean {
  return (index.byNode.get(node) ?? []).some(
    (iface) =>
      iface.ipv4.some(({ address }) => address === ip) || (state.addresses6[endpointOf(iface)] ?? []).some((own) => own.ip === ip),
  );
}

function clearRefusals({ node, ip }: Of<'arp-clear'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const reasons = nodeRefusals(node, index, state);
  if (reasons.length > 0 || ip === undefined) return reasons;
  const isKnown = Object.values(state.neighbours[node] ?? {}).some((entry) => entry.ip === ip);
  return isKnown ? [] : [`${node} has no neighbour ${ip}`];
}

/** Entries in the order of address and interface. What is being asked for goes on being asked for. */
function clearNeighbours(turn: Turn, { node, ip }: Of<'arp-clear'>, cause: Position): void {
  const { asking, linux, silent } = turn.memory(node);
  const entries = Object.entries(turn.state.neighbours[node] ?? {}).filter(([, entry]) => ip === undefined || entry.ip === ip);
  for (const [, entry] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = neighbourKey(entry.ip, entry.interface);
    delete asking[key];
    delete linux[key];
    delete silent[key];
    turn.say('NeighbourUpdated', cause, { node, interface: entry.interface, ip: entry.ip, old: entry.mac, new: '' });
  }
}
