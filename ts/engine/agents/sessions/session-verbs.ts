/** Sessions that an operator clears. */
import type { Position } from '../../../model/events/events.ts';
import { type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';

export const SESSION_VERBS: Verbs<'session-clear'> = {
  'session-clear': { refusals: clearRefusals, perform: clearSessions },
};

function clearRefusals({ node: name }: Of<'session-clear'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const node = nodeNamed(index, name);
  if (node === undefined) return [`no node ${name}`];
  if (node.kind !== 'firewall') return [`${name} is a ${node.kind}; only firewalls keep sessions`];
  if (node.sessions === undefined) return [`${name} has no zones, so it keeps no sessions`];
  return state.nodes[name]?.power === 'running' ? [] : [`${name} has no power`];
}

/** Which sessions there are is derived state, so a command that finds none is no mistake. */
function clearSessions(turn: Turn, { node, session = 0 }: Of<'session-clear'>, cause: Position): void {
  const count = turn.sessions(node).clear(session, cause);
  turn.say('SessionsCleared', cause, { node, session, count });
}
