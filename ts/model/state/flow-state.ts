/** When flows send, and how fast: as the lab file says, until a command changes it. */
import type { Lab } from '../lab/lab.ts';
import type { Evolvers } from './evolvers.ts';

export interface FlowTimes {
  /** When it first sends. */
  fromNs: number;
  /** No frame is sent at or after this time; null for as long as the lab runs. */
  untilNs: number | null;
  /** Time between frames, ps. */
  intervalPs: number;
}

export interface FlowStates {
  /** By name. */
  flows: Record<string, FlowTimes>;
}

export function defineFlows(state: FlowStates, lab: Lab): void {
  for (const { name, startNs, stopNs, intervalPs } of lab.flows) {
    state.flows[name] = { fromNs: startNs, untilNs: stopNs, intervalPs };
  }
}

export const FLOW_EVOLVERS: Evolvers<FlowStates> = {
  FlowChanged: (state, data, { atNs }) => {
    const flow = state.flows[data.flow];
    if (flow === undefined) return;
    flow.intervalPs = data.intervalPs;
    if (data.sending) flow.fromNs = Math.min(flow.fromNs, atNs);
    flow.untilNs = data.sending ? data.untilNs || null : atNs;
  },
};

/** Whether a flow sends at a time; before it starts it is 'planned'. */
export function flowIs({ fromNs, untilNs }: FlowTimes, nowNs: number): 'planned' | 'sending' | 'stopped' {
  if (untilNs !== null && nowNs >= untilNs) return 'stopped';
  return nowNs < fromNs ? 'planned' : 'sending';
}
