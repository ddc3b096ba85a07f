/**
 * Cables that are plugged in (rule COST-09): their ends have carrier at once, or when NICs have agreed on a speed, where the lab says how long
 * that takes.
 *
 * Decision someone may dispute: the cable is remembered at the node of its first end, and power does not change it: it is not the node's.
 */
import type { Position } from '../../../model/events/events.ts';
import { linkEnds } from '../../../model/lab/attachments.ts';
import { type Endpoint, type NodeName, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { Turn } from '../../turn/turn.ts';
import { setCarrier } from './carrier.ts';

/** A cable is plugged in at an end of it. */
export function plugIn(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const ends = linkEnds(turn.index, endpoint) ?? [];
  const { carrierNs = 0 } = turn.index.lab.controlPlane ?? {};
  const isUp = ends.every((end) => turn.state.interfaces[end]?.isUp === true);
  if (carrierNs === 0 || isUp) {
    for (const end of ends) setCarrier(turn, end, true, cause);
    return;
  }
  const [first = endpoint] = ends;
  const { node } = splitEndpoint(first);
  turn.memory(node).cables[first] ??= { atNs: turn.nowNs + carrierNs, cause };
  wakeForCables(turn, node);
}

/** It is pulled out. */
export function pullOut(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const ends = linkEnds(turn.index, endpoint) ?? [];
  const [first = endpoint] = ends;
  const { node } = splitEndpoint(first);
  delete turn.memory(node).cables[first];
  wakeForCables(turn, node);
  for (const end of ends) setCarrier(turn, end, false, cause);
}

/** The time of a cable is over. */
export function cableTick(turn: Turn, node: NodeName): void {
  const { cables } = turn.memory(node);
  for (const [first, { atNs, cause }] of Object.entries(cables)) {
    if (atNs > turn.nowNs) continue;
    delete cables[first];
    for (const end of linkEnds(turn.index, first) ?? []) setCarrier(turn, end, true, cause);
  }
  wakeForCables(turn, node);
}

/** Arms the node's timer for its next cable. */
export function wakeForCables(turn: Turn, node: NodeName): void {
  const times = Object.values(turn.memory(node).cables).map(({ atNs }) => atNs);
  turn.wake(node, 'carrier', times.length === 0 ? null : Math.min(...times));
}
