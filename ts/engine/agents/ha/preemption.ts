/** Preemption: a better unit takes active from its peer, where both are configured so (rule HA-14). */
import { timersOf } from '../../../model/lab/ha-pair.ts';
import type { Turn } from '../../turn/turn.ts';
import { outranks } from './election.ts';
import { haOf, unitOf } from './ends.ts';
import { become, PREEMPTION } from './role.ts';

/** @returns when the preemption hold ends; null when the unit has nothing to preempt. */
export function watchPreemption(turn: Turn, node: string): number | null {
  const unit = unitOf(turn, node);
  if (unit === null) return null;
  const { memory, pair } = unit;
  if (!mayPreempt(turn, node)) {
    memory.betterSinceNs = null;
    return null;
  }
  memory.betterSinceNs ??= turn.nowNs;
  const endNs = memory.betterSinceNs + timersOf(pair).preemptionHoldNs;
  if (turn.nowNs < endNs) return endNs;
  become(turn, node, 'active', PREEMPTION, haOf(turn, node).since);
  memory.hasPreempted = true;
  return null;
}

/** A passive unit whose monitors are sound, beside a worse one that is active. */
function mayPreempt(turn: Turn, node: string): boolean {
  const unit = unitOf(turn, node);
  const { state, isPeerKnown } = haOf(turn, node);
  if (unit === null || state !== 'passive' || !isPeerKnown || unit.self.preemptive !== true) return false;
  const { peer } = unit.memory;
  return peer?.preemptive === true && peer.state === 'active' && outranks(turn, node, peer);
}
