/** The HA process of a unit is stopped and started by command. */
import type { Position } from '../../../model/events/events.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';
import { setHaProcess } from './ha.ts';

export const HA_VERBS: Verbs<'ha-process'> = {
  'ha-process': {
    refusals: ({ node }, index) => (index.ha.has(node) ? [] : [`${node} is in no HA pair`]),
    perform: setProcess,
  },
};

function setProcess(turn: Turn, command: Of<'ha-process'>, cause: Position): void {
  const { node, running } = command;
  setHaProcess(turn, node, running, turn.say('HaProcessChanged', cause, { node, running }));
}
