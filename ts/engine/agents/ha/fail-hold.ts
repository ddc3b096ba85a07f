/**
 * What failed monitors do to a unit (rules HA-09, HA-11). The active unit holds, then gives up active; a passive one is non-functional at
 * once; a non-functional one stays so for a while after its monitors recovered.
 */
import type { Position } from '../../../model/events/events.ts';
import { type MonitorKind, timersOf } from '../../../model/lab/ha-pair.ts';
import type { Turn } from '../../turn/turn.ts';
import { haOf, unitOf } from './ends.ts';
import { countFlap } from './flaps.ts';
import { followCarrier } from './link-monitor.ts';
import { failingKind, monitorsAny } from './monitor.ts';
import { clearPaths } from './path-monitor.ts';
import { become } from './role.ts';

/** @returns when the hold that runs ends; null when none runs. */
export function watchMonitors(turn: Turn, node: string): number | null {
  const unit = unitOf(turn, node);
  // A unit whose monitors were taken away while it was non-functional returns to service after the hold.
  if (unit === null || (!monitorsAny(unit.pair) && haOf(turn, node).state !== 'non-functional')) return null;
  followCarrier(turn, node);
  const { state, since } = haOf(turn, node);
  if (state === 'active') return holdActive(turn, node);
  if (state === 'non-functional') return holdDown(turn, node);
  clearPaths(turn, node, since);
  const kind = state === 'passive' ? failingKind(turn, node) : null;
  if (kind === null) return null;
  become(turn, node, 'non-functional', `${kind}-monitor`, unit.memory.lastFailure);
  return holdDown(turn, node);
}

/** Rule HA-11: a failure that clears within the hold is forgotten. */
function holdActive(turn: Turn, node: string): number | null {
  const unit = unitOf(turn, node);
  const kind = failingKind(turn, node);
  if (unit === null) return null;
  const { memory, pair } = unit;
  if (kind === null) {
    memory.failing = null;
    return null;
  }
  memory.failing ??= { ns: turn.nowNs, cause: memory.lastFailure };
  const { monitorFailHoldUpNs, additionalMasterHoldUpNs } = timersOf(pair);
  const endNs = memory.failing.ns + monitorFailHoldUpNs + additionalMasterHoldUpNs;
  if (turn.nowNs < endNs) return endNs;
  leaveActive(turn, node, kind, memory.failing.cause);
  return watchMonitors(turn, node);
}

function leaveActive(turn: Turn, node: string, kind: MonitorKind, cause: Position): void {
  const loop = countFlap(turn, node);
  if (loop === null) become(turn, node, 'non-functional', `${kind}-monitor`, cause);
  else become(turn, node, 'suspended', loop, cause);
}

/**
 * A non-functional unit pings nobody: what it cannot test counts as sound when the hold ends, and is tested again when the unit is active
 * (the lab's choice).
 */
function holdDown(turn: Turn, node: string): number | null {
  const unit = unitOf(turn, node);
  if (unit === null) return null;
  const { memory, pair } = unit;
  if (failingKind(turn, node, ['link']) !== null) {
    memory.recovered = null;
    return null;
  }
  memory.recovered ??= { ns: turn.nowNs, cause: latestOf(turn, node) };
  const endNs = memory.recovered.ns + timersOf(pair).monitorFailHoldDownNs;
  if (turn.nowNs < endNs) return endNs;
  const { cause } = memory.recovered;
  clearPaths(turn, node, haOf(turn, node).since);
  returnToService(turn, node, cause);
  return null;
}

/** The last event of this instant: the one by which the monitors recovered, or the unit became non-functional. */
function latestOf(turn: Turn, node: string): Position {
  return Math.max(haOf(turn, node).since, turn.memory(node).ha?.lastRecovery ?? 0);
}

/** Passive beside a peer that works; active, where nobody is. */
function returnToService(turn: Turn, node: string, cause: Position): void {
  const both = turn.later(cause, peerSince(turn, node));
  const peer = haOf(turn, node).isPeerKnown ? turn.memory(node).ha?.peer?.state : undefined;
  if (peer === 'active' || peer === 'passive' || peer === 'initial') become(turn, node, 'passive', 'monitors-recovered', both);
  else become(turn, node, 'active', 'monitors-recovered', both);
}

/** The event by which the peer works or does not, as the unit knows it: the peer was lost, or told its state. */
function peerSince(turn: Turn, node: string): Position {
  const unit = unitOf(turn, node);
  if (unit === null) return 0;
  return haOf(turn, node).isPeerKnown ? haOf(turn, unit.peer.node).since : unit.memory.holdCause;
}
