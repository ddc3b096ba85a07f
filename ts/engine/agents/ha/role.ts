/** The role of a unit, and what follows from taking or leaving it (rules HA-01, HA-16). */
import type { Position } from '../../../model/events/events.ts';
import { aggregatesOf } from '../../../model/lab/aggregates.ts';
import type { HaState } from '../../../model/state/ha-state.ts';
import { sayAndLog, type Turn } from '../../turn/turn.ts';
import { startLeasing, stopLeasing } from '../leases/leases.ts';
import { stopAnnouncing, takeOverIpv6 } from '../neighbours/announce6.ts';
import { startBurst, stopBurst } from '../neighbours/garp.ts';
import { callCloud, giveUpCall } from './cloud.ts';
import { openLinks, shutLinks } from './data-links.ts';
import { haOf, unitOf } from './ends.ts';
import { resyncHa2 } from './ha2.ts';
import { sendHello } from './hello.ts';

/** Why a better unit takes active from its peer (rule HA-14). */
export const PREEMPTION = 'preemption';

/**
 * Takes a role because of the event at `cause`, and tells the peer. A role that the unit has already changes nothing. Where the cause
 * follows from the lab's definition alone, the change is blamed on what gave the unit the role that it leaves, if that happened.
 */
export function become(turn: Turn, node: string, to: HaState['state'], reason: string, cause: Position): void {
  if (haOf(turn, node).state === to) return;
  const memory = turn.memory(node).ha;
  const { promotionNs = 0 } = turn.index.lab.controlPlane ?? {};
  if (to !== 'active' || promotionNs === 0 || memory === null) take(turn, node, to, reason, cause);
  else if (memory.promotion === null) {
    memory.promotion = { reason, cause };
    turn.wake(node, 'hold', turn.nowNs + promotionNs);
  }
}

/** Rule COST-09: the work of a promotion is done. */
export function endPromotion(turn: Turn, node: string): void {
  const memory = turn.memory(node).ha;
  if (memory === null || memory.promotion === null) return;
  const { reason, cause } = memory.promotion;
  take(turn, node, 'active', reason, cause);
  memory.hasPreempted = reason === PREEMPTION;
}

/** The peer is there: a hold or promotion under way is cancelled. */
export function giveUpPromotion(turn: Turn, node: string): void {
  const memory = turn.memory(node).ha;
  if (memory !== null) memory.promotion = null;
  turn.wake(node, 'hold', null);
}

function take(turn: Turn, node: string, to: HaState['state'], reason: string, cause: Position): void {
  const { state: from, since } = haOf(turn, node);
  const severity = from === 'active' || to === 'active' ? 'critical' : 'informational';
  const text = `HA state of ${node} changed from ${from} to ${to}: ${reason}`;
  const position = sayAndLog(
    turn,
    'HaStateChanged',
    turn.hasHappened(cause) ? cause : turn.later(cause, since),
    { node, from, to, reason },
    { eventId: 'state-change', severity, text },
  );
  if (aggregatesOf(turn.index, node).length > 0) turn.wake(node, 'lacp', turn.nowNs);
  turn.wake(node, 'initial', null);
  turn.wake(node, 'hold', null);
  forgetHolds(turn, node);
  if (to === 'active') openLinks(turn, node, position);
  else if (to === 'passive' || to === 'suspended') shutLinks(turn, node, position);
  if (to === 'active') {
    startBurst(turn, node, position);
    callCloud(turn, node, position);
    takeOverIpv6(turn, node, position);
    resyncHa2(turn, node, position);
    startLeasing(turn, node, position, true);
  } else {
    stopBurst(turn, node);
    giveUpCall(turn, node, position);
    stopAnnouncing(turn, node);
    stopLeasing(turn, node, 'ha-role', position);
  }
  sendHello(turn, node, position);
}

/** What a unit waited for in its old role; what it watches in the new one it looks at in this instant. */
function forgetHolds(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  Object.assign(unit.memory, {
    promotion: null,
    failing: null,
    recovered: null,
    betterSinceNs: null,
    linksUpNs: null,
    hasPreempted: false,
  });
  const { linkMonitoring, pathMonitoring, passiveLinkState } = unit.pair;
  const watches = [linkMonitoring, pathMonitoring, passiveLinkState, unit.self.preemptive].some((one) => one !== undefined);
  if (watches) turn.wake(node, 'ha-watch', turn.nowNs);
}
