/**
 * The one timer of leases of a node: a client's next message, the end of what a server gave, the end of a switch's binding, what is due in a
 * PPPoE session.
 */
import type { Turn } from '../../turn/turn.ts';

/** Sets the timer to the earliest of all that the node waits for. */
export function wakeAtNext(turn: Turn, node: string): void {
  const { leaseClients, snooped, pppoe } = turn.memory(node);
  let next: number | null = null;
  const take = (ns: number): void => {
    if (next === null || ns < next) next = ns;
  };
  for (const { nextNs } of Object.values(leaseClients)) take(nextNs);
  for (const { nextNs } of Object.values(pppoe)) take(nextNs);
  for (const { untilNs } of Object.values(snooped)) take(untilNs);
  for (const { state, untilNs } of Object.values(turn.state.grants[node] ?? {})) if (state === 'leased') take(untilNs);
  turn.wake(node, 'lease', next);
}
