/**
 * Neighbours and routes over HA2 (rules HA-02, HA-19), where the pair has `ha2-tables`: the active unit sends each change of them, and all of
 * them when its peer or HA2 comes back. A unit that takes over knows its neighbours, and asks for none. Nothing acknowledges a frame.
 *
 *   frame of type 0x7261 ┌ JSON: {"group": 1, "neighbours": [["eth1", "10.0.1.11", "02:…"], …]} ┘ up to NEIGHBOURS_PER_FRAME; no MAC: forget it
 *                        ┌ JSON: {"group": 1, "routes": ["10.9.0.0/16 via 10.0.1.9", …], "from": 0, "of": 1} ┘
 *
 * Decision someone may dispute: routes of the peer stand beside the configured ones, which come first. They are no configuration, and a
 * unit that boots has none.
 */
import { routeRoom } from '../../../model/config/faults.ts';
import type { Position } from '../../../model/events/events.ts';
import { type Endpoint, type NodeName, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { dataInterfaces, nodeNamed } from '../../../model/lab/lab-index.ts';
import { formatRoute, parseRoute } from '../../../model/lab/routes.ts';
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import { parseIpv4, prefixContains } from '../../../values/ipv4-address.ts';
import { parseMac } from '../../../values/mac.ts';
import type { HaTables } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { profileOf } from '../neighbours/profile.ts';
import { haOf, unitOf } from './ends.ts';
import { sendHa2 } from './ha2-frame.ts';
import { dataLinkInUse } from './link.ts';

const NEIGHBOURS_PER_FRAME = 16;
const ROUTES_PER_FRAME = 24;
/** What a unit was told that it must be told again: no MAC is spelled so. */
const UNSURE = '?';

type Row = readonly [iface: string, ip: string, mac: string];

/** A unit that boots: its peer was told of nothing. */
export function noTables(): HaTables {
  return { told: {}, resync: null, changed: 0, routesSince: null, incoming: [] };
}

function tablesOf(turn: Turn, node: NodeName): HaTables | null {
  const unit = unitOf(turn, node);
  return unit?.pair.ha2Tables === true ? unit.memory.tables : null;
}

/** The peer must hear of all neighbours and routes, because of the event at `cause`. */
export function startTables(turn: Turn, node: NodeName, cause: Position): void {
  const tables = tablesOf(turn, node);
  if (tables === null || haOf(turn, node).state !== 'active') return;
  for (const key of Object.keys(tables.told)) tables.told[key] = UNSURE;
  tables.resync = cause;
  tables.routesSince = cause;
  turn.wake(node, 'session-sync', turn.nowNs);
}

/** A neighbour of the unit changed. */
export function neighbourChanged(turn: Turn, node: NodeName, cause: Position): void {
  const tables = tablesOf(turn, node);
  if (tables === null || haOf(turn, node).state !== 'active') return;
  tables.changed = cause;
  turn.wake(node, 'session-sync', turn.nowNs);
}

/** A neighbour proved to be as it is: the peer's entry is to live as long as the unit's own. */
export function neighbourConfirmed(turn: Turn, at: Endpoint, ip: string): void {
  const { node, name: iface } = splitEndpoint(at);
  const tables = tablesOf(turn, node);
  if (tables === null || haOf(turn, node).state !== 'active') return;
  tables.told[neighbourKey(ip, iface)] = UNSURE;
  turn.wake(node, 'session-sync', turn.nowNs);
}

/** A commit changed routes of the unit. */
export function routesChanged(turn: Turn, node: NodeName, cause: Position): void {
  const tables = tablesOf(turn, node);
  if (tables === null) return;
  tables.routesSince = cause;
  turn.wake(node, 'session-sync', turn.nowNs);
}

/** Sends what the peer does not have. Where HA2 is down nothing is sent: all of it follows when HA2 comes back. */
export function syncTables(turn: Turn, node: NodeName): void {
  const tables = tablesOf(turn, node);
  if (tables === null || haOf(turn, node).state !== 'active' || dataLinkInUse(turn, node) === null) return;
  const { since } = haOf(turn, node);
  const base = tables.resync === null ? since : turn.later(since, tables.resync);
  for (const [cause, rows] of changesOf(turn, node, tables, base)) {
    for (let from = 0; from < rows.length; from += NEIGHBOURS_PER_FRAME) {
      sendHa2(turn, node, { neighbours: rows.slice(from, from + NEIGHBOURS_PER_FRAME) }, cause);
    }
  }
  if (tables.routesSince !== null) sendRoutes(turn, node, turn.later(since, tables.routesSince));
  tables.resync = null;
  tables.routesSince = null;
}

/** Neighbours that the peer does not have as they are, by the event that each frame exists for; from here on they count as told. */
function changesOf(turn: Turn, node: NodeName, tables: HaTables, base: Position): Map<Position, Row[]> {
  const changes = new Map<Position, Row[]>();
  const add = (cause: Position, row: Row): void => {
    changes.set(cause, [...(changes.get(cause) ?? []), row]);
  };
  const own = turn.state.neighbours[node] ?? {};
  const names = new Set(dataInterfaces(turn.index, node).map(({ name }) => name));
  for (const key of [...new Set([...Object.keys(tables.told), ...Object.keys(own)])].sort()) {
    const entry = own[key];
    const [ip = '', iface = ''] = key.split('%', 2);
    if (!names.has(iface) || tables.told[key] === entry?.mac) continue;
    if (entry === undefined) {
      delete tables.told[key];
      add(turn.later(base, tables.changed), [iface, ip, '']);
    } else {
      tables.told[key] = entry.mac;
      add(turn.later(base, entry.since), [iface, ip, entry.mac]);
    }
  }
  return changes;
}

function sendRoutes(turn: Turn, node: NodeName, cause: Position): void {
  const firewall = nodeNamed(turn.index, node);
  const own = firewall?.kind === 'firewall' ? firewall.routes : [];
  // A route by a lease goes with the lease, which the peer does not have.
  const routes = own.filter(({ leasedBy }) => leasedBy === undefined).map(formatRoute);
  const of = Math.max(1, Math.ceil(routes.length / ROUTES_PER_FRAME));
  for (let from = 0; from < of; from++) {
    const part = routes.slice(from * ROUTES_PER_FRAME, (from + 1) * ROUTES_PER_FRAME);
    sendHa2(turn, node, { routes: part, from, of }, cause);
  }
}

/** A message of HA2 that may hold neighbours or routes. A unit that is active has its own, and takes none over. */
export function receiveTables(turn: Turn, node: NodeName, message: unknown, cause: Position): void {
  const tables = tablesOf(turn, node);
  if (tables === null || haOf(turn, node).state === 'active' || typeof message !== 'object' || message === null) return;
  const { neighbours, routes, from, of } = message as Partial<Record<'neighbours' | 'routes' | 'from' | 'of', unknown>>;
  if (Array.isArray(neighbours)) for (const row of neighbours) takeNeighbour(turn, node, row, cause);
  if (!Array.isArray(routes) || typeof from !== 'number' || typeof of !== 'number') return;
  const known = from === 0 ? [] : tables.incoming;
  // A part that was lost on the way makes the whole list useless.
  if (known.length !== from * ROUTES_PER_FRAME) return;
  tables.incoming = [...known, ...routes.filter((route) => typeof route === 'string')];
  if (from + 1 === of) takeRoutes(turn, node, tables.incoming, cause);
}

function takeNeighbour(turn: Turn, node: NodeName, row: unknown, cause: Position): void {
  const [name, address, mac]: unknown[] = Array.isArray(row) ? row : [];
  const iface = dataInterfaces(turn.index, node).find((one) => one.name === name);
  const ip = typeof address === 'string' ? parseIpv4(address) : null;
  const isKnownMac = mac === '' || (typeof mac === 'string' && parseMac(mac) !== null);
  if (iface === undefined || ip === null || !isKnownMac || profileOf(turn, node) === 'static') return;
  if (!iface.ipv4.some((network) => prefixContains(network, ip) && network.address !== ip)) return;
  const at = `${node}:${iface.name}`;
  const old = neighbourAt(turn.state, node, iface.name, ip)?.mac ?? '';
  const key = neighbourKey(ip, iface.name);
  const { linux } = turn.memory(node);
  if (mac === '') delete linux[key];
  else if (profileOf(turn, node) === 'linux') linux[key] ??= { updatedNs: turn.nowNs, reachableUntilNs: 0, hasFailed: false };
  if (old === mac && old !== '') turn.confirmNeighbour(at, ip);
  if (old === mac) return;
  if (old === '' && !turn.hasRoomFor(at, ip)) {
    turn.say('NeighbourUpdateRefused', cause, { node, interface: iface.name, ip, asked: mac as string, reason: 'table-full' });
  } else turn.say('NeighbourUpdated', cause, { node, interface: iface.name, ip, old, new: mac as string });
}

/** What the peer has and the unit has not: as many as its table has room for. */
function takeRoutes(turn: Turn, node: NodeName, routes: readonly string[], cause: Position): void {
  const unit = unitOf(turn, node);
  const firewall = nodeNamed(turn.index, node);
  if (unit === null || firewall?.kind !== 'firewall') return;
  const own = new Set(firewall.routes.map(formatRoute));
  const had = (firewall.peerRoutes ?? []).map(formatRoute);
  const room = routeRoom(turn.index.lab, turn.state.defined ?? turn.index.lab, node) + had.length;
  const taken = routes.filter((route) => !own.has(route) && parseRoute(route) !== null).slice(0, room);
  if (taken.join() !== had.join()) turn.say('HaRoutesSynced', cause, { node, peer: unit.peer.node, routes: taken });
}

/** A unit that boots forgets the routes of its peer. */
export function forgetRoutes(turn: Turn, node: NodeName, cause: Position): void {
  const firewall = nodeNamed(turn.index, node);
  const peer = turn.index.ha.get(node)?.peer.node ?? '';
  if (firewall?.kind !== 'firewall' || firewall.peerRoutes === undefined) return;
  turn.say('HaRoutesSynced', cause, { node, peer, routes: [] });
}
