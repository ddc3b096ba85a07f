/** A commit changed the HA of a unit: its links, timers and monitors begin anew, and it tells its peer what it is now. */
import type { Position } from '../../../model/events/events.ts';
import type { NodeName } from '../../../model/lab/endpoint.ts';
import { MONITOR_KINDS, monitoringOf, timersOf } from '../../../model/lab/ha-pair.ts';
import type { Turn } from '../../turn/turn.ts';
import { followLinkState } from './data-links.ts';
import { haOf, unitOf } from './ends.ts';
import { newLink } from './ha.ts';
import { newDataLinks, resyncHa2, startKeepAlive } from './ha2.ts';
import { helloDeadline } from './heartbeat.ts';
import { sendHello } from './hello.ts';
import { linksOf } from './link.ts';
import { startPaths } from './path-monitor.ts';
import { watch } from './watch.ts';

/** @param paths the settings that changed. @param cause ConfigCommitted. */
export function reconfigureHa(turn: Turn, node: NodeName, paths: readonly string[], cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  const { memory, pair } = unit;
  const { helloNs, heartbeatNs } = timersOf(pair);
  memory.nextHelloNs = turn.nowNs + helloNs;
  memory.nextHeartbeatNs = turn.nowNs + heartbeatNs;
  memory.links = Object.fromEntries(linksOf(turn, node).map((link) => [link, memory.links[link] ?? newLink(cause)]));
  turn.wake(node, 'heartbeat', memory.nextHeartbeatNs);
  if (paths.some((path) => path.startsWith('ha/ha2'))) restartHa2(turn, node, cause);
  if (paths.includes('ha/passive-link-state')) followLinkState(turn, node, cause);
  forgetFailures(turn, node, cause);
  if (paths.some((path) => path.startsWith('ha/path-monitoring/'))) startPaths(turn, node);
  if (!haOf(turn, node).isProcessRunning) return;
  turn.wake(node, 'hello', memory.nextHelloNs);
  // A peer that was lost long ago is overdue since then.
  turn.wake(node, 'hello-wait', Math.max(turn.nowNs, helloDeadline(turn, node)));
  sendHello(turn, node, cause);
  watch(turn, node);
}

function restartHa2(turn: Turn, node: NodeName, cause: Position): void {
  const memory = turn.memory(node).ha;
  if (memory === null) return;
  memory.dataLinks = newDataLinks(turn, cause);
  turn.wake(node, 'ha-keep-alive', null);
  startKeepAlive(turn, node);
  resyncHa2(turn, node, cause);
}

/** What is monitored no more has not failed. */
function forgetFailures(turn: Turn, node: NodeName, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  for (const { kind, group, what } of haOf(turn, node).failures) {
    const known = MONITOR_KINDS.find((one) => one === kind);
    const groups = known === undefined ? [] : (monitoringOf(unit.pair, known)?.groups ?? []);
    if (groups.some(({ name, of }) => name === group && of.includes(what))) continue;
    unit.memory.lastRecovery = turn.say('HaMonitorRecovered', cause, { node, kind, group, what } as never);
  }
}
