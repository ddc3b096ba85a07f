/**
 * HA2, the data link of a pair, and its backup (rule HA-02): whether each works, by its carrier and, where the pair has keep-alive, by
 * its frames. What crosses it goes over the first that works: sessions (session-sync.ts), neighbours and routes (table-sync.ts, HA-19).
 *
 * A unit sends a keep-alive frame of type 0x7261 each second on each link, and declares a link down after ten without one (the lab's
 * choice of the second; ten is the platform's threshold). HA2 that is down changes no role.
 */
import type { Position } from '../../../model/events/events.ts';
import { DATA_LINKS, type DataLink, dataLinksOf } from '../../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { HaMemory } from '../../turn/memory.ts';
import { causeOfSilence } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { type DataPorts, dataLinkAt, dataPortsOf, haOf, unitOf } from './ends.ts';
import { parseHa2, sendOver } from './ha2-frame.ts';
import { dataLinkInUse, declareLink } from './link.ts';
import { receiveSessions, startResync, syncSessions } from './session-sync.ts';
import { receiveTables, startTables, syncTables } from './table-sync.ts';

export const KEEP_ALIVE_NS = 1_000_000_000;
export const KEEP_ALIVE_THRESHOLD_NS = 10_000_000_000;

/** The data links of a unit, the preferred first; none for a node that is in no pair. */
function dataLinks(turn: Turn, node: string): readonly DataLink[] {
  const unit = unitOf(turn, node);
  return unit === null ? [] : dataLinksOf(unit.pair);
}

/** Data links of which nothing was heard yet. */
export function newDataLinks(turn: Turn, cause: Position): HaMemory['dataLinks'] {
  return Object.fromEntries(DATA_LINKS.map((link) => [link, { heard: { position: cause, cause }, heardNs: turn.nowNs }]));
}

/** Sets the first keep-alive frame. */
export function startKeepAlive(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit?.pair.ha2KeepAlive !== true || dataLinks(turn, node).length === 0) return;
  unit.memory.nextKeepAliveNs = turn.nowNs + KEEP_ALIVE_NS;
  turn.wake(node, 'ha-keep-alive', unit.memory.nextKeepAliveNs);
}

/** Time for the next keep-alive frame. */
export function keepAliveTick(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  for (const link of dataLinks(turn, node)) sendOver(turn, node, link, {}, haOf(turn, node).since);
  unit.memory.nextKeepAliveNs += KEEP_ALIVE_NS;
  turn.wake(node, 'ha-keep-alive', unit.memory.nextKeepAliveNs);
}

/** A message reached a port of HA2; one that comes in another way than the pair is configured for is ignored. */
export function handleHa2Frame(turn: Turn, iface: LabInterface, payload: Uint8Array, by: 'ethernet' | 'ip', cause: Position): void {
  const { node } = iface;
  const unit = unitOf(turn, node);
  const link = dataLinkAt(turn.index, iface);
  if (unit === null || link === null || (unit.pair.ha2Transport === undefined) !== (by === 'ethernet')) return;
  unit.memory.dataLinks[link] = { heard: { position: turn.state.changedAt, cause }, heardNs: turn.nowNs };
  if (haOf(turn, node).linksDown.includes(link)) turn.wake(node, 'ha-watch', turn.nowNs);
  const message = parseHa2(payload);
  receiveSessions(turn, node, message, cause);
  receiveTables(turn, node, message, cause);
}

/** The peer must hear of everything again, because of the event at `cause`. */
export function resyncHa2(turn: Turn, node: string, cause: Position): void {
  startResync(turn, node, cause);
  startTables(turn, node, cause);
}

/** Time to send what the peer does not have. */
export function syncTick(turn: Turn, node: string): void {
  syncSessions(turn, node);
  syncTables(turn, node);
}

/** Declares data links down or up. @returns when the keep-alive frames of the next one count as lost; null when none are awaited. */
export function watchHa2(turn: Turn, node: string): number | null {
  const ends = dataLinks(turn, node).flatMap((link) => watchLink(turn, node, link) ?? []);
  return ends.length === 0 ? null : Math.min(...ends);
}

function watchLink(turn: Turn, node: string, link: DataLink): number | null {
  const unit = unitOf(turn, node);
  const ports = dataPortsOf(turn, node, link);
  const port = turn.state.interfaces[ports?.own ?? ''];
  if (unit === null || ports === null || port === undefined) return null;
  const heardNs = unit.memory.dataLinks[link]?.heardNs ?? turn.nowNs;
  const endNs = unit.pair.ha2KeepAlive === true ? heardNs + KEEP_ALIVE_THRESHOLD_NS : null;
  const isSilent = endNs !== null && turn.nowNs >= endNs;
  const isUp = port.isUp && !isSilent;
  if (isUp === haOf(turn, node).linksDown.includes(link)) {
    const by = port.isUp && endNs !== null ? 'connection' : 'carrier';
    const cause = causeOf(turn, node, link, ports, isSilent && port.isUp);
    const position = declareLink(turn, node, { link, up: isUp, by }, cause);
    // What was on its way over the other link may be lost.
    if (dataLinkInUse(turn, node) !== null) resyncHa2(turn, node, position);
  }
  return isUp ? endNs : null;
}

/** The change of carrier; or what keeps the peer's frames away. */
function causeOf(turn: Turn, node: string, link: DataLink, { own, peer }: DataPorts, isSilent: boolean): Position {
  const { heard, heardNs } = turn.memory(node).ha?.dataLinks[link] ?? { heard: { position: 0, cause: 0 }, heardNs: 0 };
  const carrier = turn.state.interfaces[own]?.carrierSince ?? heard.cause;
  if (!isSilent) return Math.max(carrier, turn.state.interfaces[own]?.isUp ? heard.cause : 0);
  return causeOfSilence(turn, { at: own, from: peer, heard: heard.position, sinceNs: heardNs, otherwise: heard.cause });
}
