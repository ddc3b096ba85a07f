/** An engine at its horizon. */
import type { Position } from '../model/events/events.ts';
import type { LabState } from '../model/state/lab-state.ts';
import type { AgentMemory } from './turn/memory.ts';

/** Everything an engine needs to go on from where another stood: the region, and the agents beside it. */
export interface Snapshot {
  readonly position: Position;
  readonly chain: Uint8Array;
  readonly untilNs: number;
  readonly region: Uint8Array;
  readonly state: LabState;
  readonly memory: AgentMemory;
}
