/** Why a target of path monitoring stopped answering, or answers again. */
import type { Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt } from '../../../model/lab/lab-index.ts';
import { type Path, pathBetween } from '../../../model/lab/path.ts';
import { neighbourAt } from '../../../model/state/neighbour-state.ts';
import { type Ipv4, prefixContains } from '../../../values/ipv4-address.ts';
import type { HaPath } from '../../turn/memory.ts';
import { blockers, causeOfSilence, latestChange } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { wayTo } from './path.ts';

/** The stretches from a unit to a target: to its next hop, and from a router there to the target's own segment. */
function stretches(turn: Turn, node: string, target: Ipv4): readonly (readonly [at: Endpoint, from: Endpoint])[] {
  const way = wayTo(turn.index, node, target);
  if (way === null) return [];
  const near = ownersOf(turn, node, way.nextHop).map((hop) => [endpointOf(way.iface), hop] as const);
  if (way.nextHop === target) return near;
  const routers = new Set(near.map(([, hop]) => hop.slice(0, hop.indexOf(':'))));
  const far = turn.index.lab.interfaces
    .filter((iface) => routers.has(iface.node) && iface.ipv4.some((own) => prefixContains(own, target)))
    .flatMap((iface) => ownersOf(turn, node, target).map((owner) => [endpointOf(iface), owner] as const));
  return [...near, ...far];
}

/** Interfaces of other nodes that have an address. */
function ownersOf({ index }: Turn, node: string, ip: Ipv4): readonly Endpoint[] {
  return index.lab.interfaces
    .filter((iface) => iface.node !== node && iface.ipv4.some(({ address }) => address === ip))
    .map(endpointOf);
}

const between = (turn: Turn, [at, from]: readonly [Endpoint, Endpoint]): Path => pathBetween(turn.index, at, from);

/** What sent the frames of either end to a MAC that the other does not have: entries of the next hop there, and of the unit here. */
function misled(turn: Turn, node: string, target: Ipv4): readonly Position[] {
  const way = wayTo(turn.index, node, target);
  if (way === null) return [];
  const { iface, nextHop, source } = way;
  const macOf = (endpoint: Endpoint) => turn.state.interfaces[endpoint]?.usedMac;
  const found: Position[] = [];
  for (const hop of ownersOf(turn, node, nextHop)) {
    const { node: there, name } = splitEndpoint(hop);
    const entries = [
      [neighbourAt(turn.state, node, iface.name, nextHop), macOf(hop)],
      [neighbourAt(turn.state, there, name, source), macOf(endpointOf(iface))],
    ] as const;
    for (const [entry, mac] of entries) if (entry !== undefined && entry.mac !== mac) found.push(entry.since);
  }
  return found;
}

/** Whether one interface's node knows the MAC of an address that the other has. */
function knows({ index, state }: Turn, own: Endpoint, other: Endpoint): boolean {
  const { node, name } = splitEndpoint(own);
  return interfaceAt(index, other)?.ipv4.some(({ address }) => neighbourAt(state, node, name, address) !== undefined) ?? false;
}

/** The event that keeps a target from answering (turn/silence.ts). */
export function causeOfLostPath(turn: Turn, node: string, target: Ipv4, path: HaPath): Position {
  const { heard, hasAnswered, missedSinceNs, missedAt } = path;
  const ways = stretches(turn, node, target);
  const astray = misled(turn, node, target).filter((position) => position > heard.position && position <= missedAt);
  // What was closed when the last answer came does not keep answers off; a target that never answered may be behind it.
  const blocked = ways
    .flatMap((way) => blockers(turn, between(turn, way)))
    .filter((position) => !hasAnswered || position > heard.position);
  const first = [...blocked, ...astray].sort((a, b) => a - b)[0];
  if (first !== undefined && turn.hasHappened(first)) return first;
  for (const [at, from] of ways) {
    // An echo and its answer go to one station; a copy for a group that was lost is an announcement, unless one end asks for the other.
    const isForStation = knows(turn, at, from) && knows(turn, from, at);
    const awaited = { at, from, heard: heard.position, sinceNs: missedSinceNs, missedAt, isForStation, otherwise: 0 };
    const found = causeOfSilence(turn, awaited);
    if (found > 0) return found;
  }
  return heard.cause;
}

/** An answer came: the event that opened the way, when that is later than the one the answer exists for. */
export function openedPath(turn: Turn, node: string, target: Ipv4, heard: Position, cause: Position): Position {
  const changes = stretches(turn, node, target).map((way) => latestChange(turn, between(turn, way), heard));
  return changes.reduce<Position>((latest, change) => (change === null ? latest : turn.later(latest, change)), cause);
}
