/**
 * Carrier of the HA1 ports (rule HA-03). A port that loses carrier is given the monitor hold; then its link is declared down. When no
 * other control link works, the peer is lost at that moment, before its heartbeats are.
 */
import { type ControlLink, timersOf } from '../../../model/lab/ha-pair.ts';
import type { InterfaceState } from '../../../model/state/interface-state.ts';
import type { HaLinkMemory } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { endsOf, haOf, unitOf } from './ends.ts';
import { declareLink, isDead, linksOf } from './link.ts';
import { losePeer } from './peer.ts';

/**
 * Looks at the carrier of each HA1 port and declares what its hold has ended for.
 * @returns when the next hold ends; null when none runs.
 */
export function watchHa1(turn: Turn, node: string): number | null {
  const unit = unitOf(turn, node);
  if (unit === null) return null;
  const holdNs = timersOf(unit.pair).ha1MonitorHoldNs;
  const ends = linksOf(turn, node).flatMap((link) => watchLink(turn, node, link, holdNs) ?? []);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** @returns when the hold of this link ends; null when none runs. */
function watchLink(turn: Turn, node: string, link: ControlLink, holdNs: number): number | null {
  const memory = turn.memory(node).ha?.links[link];
  const ends = endsOf(turn, node, link);
  const port = ends === null ? undefined : turn.state.interfaces[`${node}:${ends.own.name}`];
  if (memory === undefined || port === undefined) return null;
  if (port.isUp) {
    const wasDeclared = memory.noCarrierSinceNs !== null && haOf(turn, node).linksDown.includes(link);
    memory.noCarrierSinceNs = null;
    if (wasDeclared) declareLink(turn, node, { link, up: true, by: 'carrier' }, port.carrierSince);
    return null;
  }
  memory.noCarrierSinceNs ??= turn.nowNs;
  if (haOf(turn, node).linksDown.includes(link)) return null;
  if (turn.nowNs < memory.noCarrierSinceNs + holdNs) return memory.noCarrierSinceNs + holdNs;
  declareDown(turn, node, link, memory, port);
  return null;
}

function declareDown(turn: Turn, node: string, link: ControlLink, memory: HaLinkMemory, port: InterfaceState): void {
  declareLink(turn, node, { link, up: false, by: 'carrier' }, port.carrierSince);
  if (!linksOf(turn, node).every((one) => isDead(turn, node, one))) return;
  losePeer(turn, node, { by: 'link', awaitedSinceNs: memory.noCarrierSinceNs ?? turn.nowNs, cause: port.carrierSince });
}
