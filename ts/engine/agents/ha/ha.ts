/**
 * High availability, active/passive (rules HA-01 to HA-08): the life of a unit. Two units talk over HA1: hellos say what the HA process
 * thinks, heartbeats say that the unit lives. Each noun has a file beside this one.
 */
import type { Position } from '../../../model/events/events.ts';
import { type ControlLink, timersOf } from '../../../model/lab/ha-pair.ts';
import type { TcpSegment } from '../../../wire/tcp.ts';
import type { HaLinkMemory } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { readMessage } from './control-message.ts';
import { elect } from './election.ts';
import { haOf, unitOf } from './ends.ts';
import { newDataLinks, resyncHa2, startKeepAlive } from './ha2.ts';
import { handleHeartbeatMessage, helloDeadline } from './heartbeat.ts';
import { helloIn, sendHello } from './hello.ts';
import { linksOf } from './link.ts';
import { startPaths } from './path-monitor.ts';
import { causeOfLoss, losePeer, openedBy, reappear } from './peer.ts';
import { forgetRoutes, noTables } from './table-sync.ts';
import { watch } from './watch.ts';

/** A unit powers on: it looks for its peer. */
export function startHa(turn: Turn, node: string, cause: Position): void {
  const membership = turn.index.ha.get(node);
  if (membership === undefined) return;
  const timers = timersOf(membership.pair);
  turn.memory(node).ha = {
    pingSeq: 0,
    links: Object.fromEntries(linksOf(turn, node).map((link) => [link, newLink(cause)])),
    nextHeartbeatNs: turn.nowNs + timers.heartbeatNs,
    nextHelloNs: turn.nowNs + timers.helloNs,
    lastHelloNs: turn.nowNs,
    promotion: null,
    holdCause: cause,
    tickPosition: cause,
    hello: { position: cause, cause },
    hasGreeted: false,
    hasConfirmed: false,
    dataLinks: newDataLinks(turn, cause),
    resync: null,
    tables: noTables(),
    nextKeepAliveNs: 0,
    peer: null,
    failing: null,
    recovered: null,
    lastFailure: cause,
    lastRecovery: 0,
    paths: {},
    pathSeq: 0,
    nextPathNs: 0,
    flaps: 0,
    flapNs: null,
    hasPreempted: false,
    betterSinceNs: null,
    linksUpNs: null,
  };
  forgetRoutes(turn, node, cause);
  turn.wake(node, 'heartbeat', turn.nowNs + timers.heartbeatNs);
  turn.wake(node, 'hello', turn.nowNs + timers.helloNs);
  turn.wake(node, 'initial', turn.nowNs + timers.initialHoldNs);
  sendHello(turn, node, cause);
  startPaths(turn, node);
  startKeepAlive(turn, node);
  watch(turn, node);
}

export function newLink(cause: Position): HaLinkMemory {
  return { awaiting: null, misses: 0, missedSinceNs: 0, noCarrierSinceNs: null, heard: { position: cause, cause } };
}

/** The HA process of a running unit stops or starts: hellos and decisions stop, heartbeats go on. */
export function setHaProcess(turn: Turn, node: string, running: boolean, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  const { memory, pair } = unit;
  const { helloNs, initialHoldNs, promotionHoldNs } = timersOf(pair);
  memory.nextHelloNs = turn.nowNs + helloNs;
  memory.lastHelloNs = turn.nowNs;
  memory.hasConfirmed = false;
  memory.promotion = null;
  turn.wake(node, 'hello', running ? memory.nextHelloNs : null);
  turn.wake(node, 'hello-wait', running ? helloDeadline(turn, node) : null);
  const { state, isPeerKnown } = haOf(turn, node);
  turn.wake(node, 'hold', running && state === 'passive' && !isPeerKnown ? turn.nowNs + promotionHoldNs : null);
  turn.wake(node, 'initial', running && state === 'initial' ? turn.nowNs + initialHoldNs : null);
  if (!running) return;
  sendHello(turn, node, cause);
  watch(turn, node);
}

/** Time for the next hello. */
export function helloTick(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  sendHello(turn, node, haOf(turn, node).since);
  unit.memory.nextHelloNs += unit.pair.timers.helloNs;
  turn.wake(node, 'hello', unit.memory.nextHelloNs);
}

/** A segment on a control link. What is no message of our group is ignored. */
export function handleSegment(turn: Turn, node: string, link: ControlLink, segment: TcpSegment, cause: Position): void {
  const message = readMessage(turn, node, link, segment, 'hello');
  if (link === 'heartbeat-backup') handleHeartbeatMessage(turn, node, message, cause);
  const unit = unitOf(turn, node);
  const hello = helloIn(message);
  if (unit === null || hello?.group !== unit.pair.group) return;
  if (!haOf(turn, node).isProcessRunning) return;
  const { memory } = unit;
  const opened = openedBy(turn, node, link, memory.hello.position, cause);
  memory.hello = { position: memory.tickPosition, cause };
  memory.lastHelloNs = turn.nowNs;
  turn.wake(node, 'hello-wait', helloDeadline(turn, node));
  const found = reappear(turn, node, { link, cause: opened, peerState: hello.state });
  elect(turn, node, hello, found ?? cause, found !== null);
  const { state, priority, mac, preemptive = false } = hello;
  // A unit that boots has no sessions; it may be back before anybody missed it. One that was active, too, took none over.
  const hasYielded = memory.hasConfirmed && memory.peer?.state === 'active' && state === 'passive';
  if (hasYielded || (state === 'initial' && memory.peer?.state !== 'initial')) resyncHa2(turn, node, cause);
  memory.peer = { state, priority, mac, preemptive };
  if (unit.self.preemptive) watch(turn, node);
}

/** No hello for too long (rule HA-04). */
export function helloOverdue(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  const { memory, pair } = unit;
  const awaitedSinceNs = memory.lastHelloNs + pair.timers.helloNs;
  const cause = causeOfLoss(turn, node, { link: 'ha1', heard: memory.hello, sinceNs: awaitedSinceNs, process: true });
  losePeer(turn, node, { by: 'hello', awaitedSinceNs, cause });
}
