import type { Position } from '../model/events/events.ts';

/** Where a step ends early. */
export interface StepLimits {
  /** How many data plane events at most between two turns of agents. */
  readonly maxEvents?: number;
  /** How many turns of agents at most: a storm of frames for agents ends no run of the data plane by events. */
  readonly maxTurns?: number;
  /** Stop after the turn that decided this position. */
  readonly stopAt?: Position;
  /** Stop when everything strictly before this time has happened. */
  readonly stopNs?: number;
}
