/** Flaps: a unit that leaves active again and again is suspended (rule HA-15). */
import { timersOf } from '../../../model/lab/ha-pair.ts';
import type { Turn } from '../../turn/turn.ts';
import { unitOf } from './ends.ts';

/** Leaving active within this time of the last time counts. */
export const FLAP_WINDOW_NS = 15 * 60 * 1_000_000_000;

/**
 * Counts that a unit leaves active because its monitors failed. Only that is a flap (the lab's choice): a unit that was preempted, or that
 * lost an election, is sound.
 * @returns the reason to suspend it; null for none.
 */
export function countFlap(turn: Turn, node: string): string | null {
  const unit = unitOf(turn, node);
  if (unit === null) return null;
  const { memory } = unit;
  const { flapMax } = timersOf(unit.pair);
  memory.flaps = memory.flapNs !== null && turn.nowNs - memory.flapNs <= FLAP_WINDOW_NS ? memory.flaps + 1 : 1;
  memory.flapNs = turn.nowNs;
  if (flapMax === 0 || memory.flaps < flapMax) return null;
  memory.flaps = 0;
  return memory.hasPreempted ? 'preemption loop' : 'non-functional loop';
}
