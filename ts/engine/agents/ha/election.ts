/** Who is active (rule HA-06). */
import type { Position } from '../../../model/events/events.ts';
import type { Turn } from '../../turn/turn.ts';
import { startBurst } from '../neighbours/garp.ts';
import { ha1MacOf, haOf, unitOf } from './ends.ts';
import { type Hello, sendHello } from './hello.ts';
import { become, giveUpPromotion, PREEMPTION } from './role.ts';

/**
 * An active unit keeps its role; else the lower priority value wins, then the lower HA1 MAC.
 * @param isFound whether this hello is the first sign of a peer that was lost.
 */
export function elect(turn: Turn, node: string, hello: Hello, cause: Position, isFound = false): void {
  const { state } = haOf(turn, node);
  if (state === 'non-functional' || state === 'suspended') {
    // It takes no part, but tells a newcomer so.
    if (hello.state === 'initial') sendHello(turn, node, cause);
    return;
  }
  if (hello.state === 'non-functional' || hello.state === 'suspended') {
    // Rule HA-08: explicit news needs no hold.
    if (state !== 'active') become(turn, node, 'active', `peer-${hello.state}`, cause);
    return;
  }
  if (hello.state === 'active') {
    yieldPromotion(turn, node);
    if (state === 'initial') become(turn, node, 'passive', 'peer-active', cause);
    else if (state === 'active' && outranks(turn, node, hello)) confirm(turn, node, cause);
    else if (state === 'active') {
      // A peer whose HA process was stopped does not know that this unit was active: it has to announce itself (confirm).
      if (isFound) sendHello(turn, node, cause);
      become(turn, node, 'passive', isPreempted(turn, node, hello) ? 'preempted' : 'election-lost', cause);
    }
    return;
  }
  if (hello.state !== 'initial' && hello.state !== 'passive') return;
  if (state !== 'active' && outranks(turn, node, hello)) become(turn, node, 'active', 'election-won', cause);
  else if (state === 'initial') become(turn, node, 'passive', 'election-lost', cause);
  // A newcomer waits for nobody's next hello; to others a hello is no question (rule HA-04).
  else if (hello.state === 'initial') sendHello(turn, node, cause);
}

/** A unit that was about to become active finds its peer active: it stays as it is, unless it is about to preempt that peer. */
function yieldPromotion(turn: Turn, node: string): void {
  const promotion = turn.memory(node).ha?.promotion ?? null;
  if (promotion !== null && promotion.reason !== PREEMPTION) giveUpPromotion(turn, node);
}

/**
 * This unit stays active, and the peer was active too: neighbours may have taken the peer's announcements for the truth, so this
 * unit announces itself as if it had just become active. It tells the peer at once.
 */
function confirm(turn: Turn, node: string, cause: Position): void {
  const memory = turn.memory(node).ha;
  if (memory === null || memory.hasConfirmed) return;
  memory.hasConfirmed = true;
  startBurst(turn, node, cause);
  sendHello(turn, node, cause);
}

/** Whether the peer, passive until now, took active because it is better (rule HA-14). */
function isPreempted(turn: Turn, node: string, hello: Hello): boolean {
  const unit = unitOf(turn, node);
  return unit?.self.preemptive === true && hello.preemptive === true && unit.memory.peer?.state === 'passive';
}

/** Whether the unit is better than a peer. */
export function outranks(turn: Turn, node: string, hello: Pick<Hello, 'priority' | 'mac'>): boolean {
  const membership = turn.index.ha.get(node);
  if (membership === undefined) return false;
  const { priority } = membership.self;
  return priority === hello.priority ? ha1MacOf(turn, node) < hello.mac : priority < hello.priority;
}
