/**
 * HA of a firewall that a commit enables or disables while it runs (rule MAC-05).
 *
 * Decision someone may dispute: a unit whose HA was disabled says nothing to its peer. It is a firewall of its own from now on: it has no
 * role, no HA address, its own MACs, and answers for the addresses that its peer answers for too. The peer hears no heartbeat any more.
 */
import type { Position } from '../../../model/events/events.ts';
import { aggregatesOf } from '../../../model/lab/aggregates.ts';
import { type Endpoint, endpointOf, type NodeName } from '../../../model/lab/endpoint.ts';
import { dataInterfaces } from '../../../model/lab/lab-index.ts';
import type { Turn } from '../../turn/turn.ts';
import { startLeasing, stopLeasing } from '../leases/leases.ts';
import { changeMacs } from '../mac/mac-option.ts';
import { startAnnouncing, stopAnnouncing } from '../neighbours/announce6.ts';
import { announce, stopBurst } from '../neighbours/garp.ts';
import { bringUp } from './data-links.ts';
import { startHa } from './ha.ts';

const TIMERS = ['heartbeat', 'hello', 'hello-wait', 'hold', 'initial', 'ha-watch', 'ha-path', 'ha-keep-alive'] as const;

/** A commit enabled HA: the unit looks for its peer, and is silent until it is active. @param cause ConfigCommitted. */
export function enableHa(turn: Turn, node: NodeName, cause: Position): void {
  stopBurst(turn, node);
  stopAnnouncing(turn, node);
  stopLeasing(turn, node, 'ha-role', cause);
  changeMacs(turn, node, 'ha-enabled', cause);
  startHa(turn, node, cause);
  settleAggregates(turn, node);
}

/** A commit disabled HA. @param wasActive whether the unit spoke for its addresses before. @param cause ConfigCommitted. */
export function disableHa(turn: Turn, node: NodeName, wasActive: boolean, cause: Position): void {
  for (const timer of TIMERS) turn.wake(node, timer, null);
  turn.memory(node).ha = null;
  bringUp(turn, node, cause);
  const before = usedMacs(turn, node);
  changeMacs(turn, node, 'ha-disabled', cause);
  settleAggregates(turn, node);
  if (wasActive) return;
  // What changed its MAC has announced itself.
  for (const iface of dataInterfaces(turn.index, node)) {
    const endpoint = endpointOf(iface);
    if (turn.state.interfaces[endpoint]?.usedMac === before.get(endpoint)) announce(turn, iface, 1, cause);
  }
  startAnnouncing(turn, node, cause);
  startLeasing(turn, node, cause, true);
}

function usedMacs(turn: Turn, node: NodeName): ReadonlyMap<Endpoint, string> {
  const endpoints = dataInterfaces(turn.index, node).map(endpointOf);
  return new Map(endpoints.map((endpoint) => [endpoint, turn.state.interfaces[endpoint]?.usedMac ?? '']));
}

/** Aggregates of a passive unit do not distribute: their agent looks at its role again. */
function settleAggregates(turn: Turn, node: NodeName): void {
  if (aggregatesOf(turn.index, node).length > 0) turn.wake(node, 'lacp', turn.nowNs);
}
