/** What operators do to the HA of a firewall: its process, and its state. */
import type { Position } from '../../../model/events/events.ts';
import { timersOf } from '../../../model/lab/ha-pair.ts';
import { isHaDisabled, type LabIndex } from '../../../model/lab/lab-index.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';
import { unitOf } from './ends.ts';
import { setHaProcess } from './ha.ts';
import { become } from './role.ts';

/** Rule HA-13: why a unit is suspended by command, or returns. */
const USER_REQUESTED = 'user requested';

export const HA_VERBS: Verbs<'ha-process' | 'suspend' | 'functional'> = {
  'ha-process': {
    refusals: ({ node }, index) => strangers(node, index),
    perform: setProcess,
  },
  suspend: {
    refusals: ({ node }, index, state) => [
      ...workless(node, index, state),
      ...(state.ha[node]?.state === 'suspended' ? [`${node} is suspended already`] : []),
    ],
    perform: (turn, { node }, cause) => become(turn, node, 'suspended', USER_REQUESTED, cause),
  },
  functional: {
    refusals: ({ node }, index, state) => [
      ...workless(node, index, state),
      ...(index.ha.has(node) && state.ha[node]?.state !== 'suspended' ? [`${node} is not suspended`] : []),
    ],
    perform: returnToWork,
  },
};

/** Why a node takes no part in HA. */
export function strangers(node: string, index: LabIndex): string[] {
  if (index.ha.has(node)) return [];
  return [isHaDisabled(index, node) ? `HA of ${node} is disabled` : `${node} is in no HA pair`];
}

function workless(node: string, index: LabIndex, state: Readonly<LabState>): string[] {
  if (!index.ha.has(node)) return strangers(node, index);
  if (state.nodes[node]?.power !== 'running') return [`${node} has crashed`];
  return state.ha[node]?.isProcessRunning ? [] : [`the HA process of ${node} is stopped`];
}

function setProcess(turn: Turn, command: Of<'ha-process'>, cause: Position): void {
  const { node, running } = command;
  setHaProcess(turn, node, running, turn.say('HaProcessChanged', cause, { node, running }));
}

/** The unit begins as after its start, but keeps what it knows of its peer. */
function returnToWork(turn: Turn, { node }: Of<'functional'>, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  become(turn, node, 'initial', USER_REQUESTED, cause);
  unit.memory.holdCause = cause;
  turn.wake(node, 'initial', turn.nowNs + timersOf(unit.pair).initialHoldNs);
}
