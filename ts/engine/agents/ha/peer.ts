/** The peer as a unit sees it: lost, found again, and the promotion hold in between (rules HA-07, HA-08). */
import type { Position } from '../../../model/events/events.ts';
import { type ControlLink, timersOf } from '../../../model/lab/ha-pair.ts';
import { controlPort } from '../../../model/lab/lab-index.ts';
import { pathBetween } from '../../../model/lab/path.ts';
import type { HaHeard } from '../../turn/memory.ts';
import { blockers, causeOfSilence, latestChange } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { haOf, unitOf } from './ends.ts';
import { resyncHa2 } from './ha2.ts';
import { become, endPromotion, giveUpPromotion } from './role.ts';

/** How a unit noticed that its peer is gone, and since when. */
export interface Loss {
  readonly by: 'heartbeat' | 'hello' | 'link';
  readonly awaitedSinceNs: number;
  readonly cause: Position;
}

/** Rules HA-03, HA-04, HA-07: the peer is lost; a passive unit holds before it takes over (HA-08). */
export function losePeer(turn: Turn, node: string, { by, awaitedSinceNs, cause }: Loss): void {
  const unit = unitOf(turn, node);
  const ha = haOf(turn, node);
  if (unit === null || !ha.isPeerKnown || !ha.isProcessRunning) return;
  const { memory, pair } = unit;
  memory.holdCause = turn.say('HaPeerLost', cause, { node, by, awaitedSinceNs });
  memory.hasGreeted = false;
  memory.hasConfirmed = false;
  if (ha.state === 'passive') turn.wake(node, 'hold', turn.nowNs + timersOf(pair).promotionHoldNs);
}

/** The promotion hold ended without news of the peer, or the work of a promotion is done. */
export function promote(turn: Turn, node: string): void {
  const memory = turn.memory(node).ha;
  if (memory !== null && memory.promotion !== null) endPromotion(turn, node);
  else if (memory !== null && haOf(turn, node).state === 'passive') become(turn, node, 'active', 'peer-lost', memory.holdCause);
}

/**
 * The peer shows a sign of life: known again, and a hold under way is cancelled (rule HA-08). Null where it was known.
 * @param peerState of its hello; null for an answer to a heartbeat.
 */
export function reappear(
  turn: Turn,
  node: string,
  { link, cause, peerState }: { readonly link: ControlLink; readonly cause: Position; readonly peerState: string | null },
): Position | null {
  if (haOf(turn, node).isPeerKnown) return null;
  // An echo alone proves that the unit runs, not that its HA process does: only a hello makes a first acquaintance.
  if (peerState === null && haOf(turn, node).state === 'initial') return null;
  const memory = turn.memory(node).ha?.links[link];
  if (memory !== undefined) memory.misses = 0;
  giveUpPromotion(turn, node);
  const position = turn.say('HaPeerFound', cause, { node, peerState: peerState ?? '' });
  resyncHa2(turn, node, position);
  return position;
}

/** What made the peer fall silent on a link (turn/silence.ts). @param process whether the peer's HA process would have sent it. */
export function causeOfLoss(
  turn: Turn,
  node: string,
  { link, heard, sinceNs, process }: { link: ControlLink; heard: HaHeard; sinceNs: number; process: boolean },
): Position {
  const unit = unitOf(turn, node);
  if (unit === null) return haOf(turn, node).since;
  const { pair, self, peer } = unit;
  const between = { at: controlPort(pair, self, link), from: controlPort(pair, peer, link) };
  const otherwise = { heard: heard.position, sinceNs, otherwise: heard.cause };
  return causeOfSilence(turn, { ...between, ...otherwise, ...(process && { process: peer.node }) });
}

/**
 * A peer that was lost is heard again: the event that opened the way, when that is later than the one the frame was sent for. A first hello
 * before which none was lost would have come anyway.
 */
export function openedBy(turn: Turn, node: string, link: ControlLink, heard: Position, cause: Position): Position {
  const unit = unitOf(turn, node);
  if (unit === null || haOf(turn, node).isPeerKnown) return cause;
  const from = controlPort(unit.pair, unit.peer, link);
  if (haOf(turn, node).state === 'initial' && turn.lostFrame(from, false) === null) return cause;
  const opened = latestChange(turn, pathBetween(turn.index, controlPort(unit.pair, unit.self, link), from), heard);
  return opened === null ? cause : turn.later(cause, opened);
}

/** Rule HA-01: nobody answered for long enough; active alone. */
export function endInitial(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit === null || haOf(turn, node).state !== 'initial') return;
  const { pair, self, peer, memory } = unit;
  // What kept the peer away, as far as it happened: else the start of this unit.
  const path = pathBetween(turn.index, controlPort(pair, self, 'ha1'), controlPort(pair, peer, 'ha1'));
  const away = blockers(turn, path, peer.node).find(turn.hasHappened);
  become(turn, node, 'active', 'no-peer', away ?? memory.holdCause);
}
