/** Runs of drops, folded from events. */
import type { Position } from '../events/events.ts';
import type { Evolvers } from './evolvers.ts';

export interface DropState {
  node: string;
  interface: string;
  reason: string;
  /** Position of the event the drops are blamed on. */
  cause: Position;
  frames: number;
}

export interface DropStates {
  /** By the position of their FrameDropped. */
  drops: Record<string, DropState>;
}

export const DROP_EVOLVERS: Evolvers<DropStates> = {
  FrameDropped: (state, data, event) => {
    const { node, interface: name, reason } = data;
    state.drops[event.position] = { node, interface: name, reason, cause: event.cause, frames: 1 };
  },
  FramesDropped: (state, data, event) => {
    const run = state.drops[event.cause];
    if (run) run.frames += data.count;
  },
};
