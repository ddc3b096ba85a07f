/**
 * Path monitoring: the active unit pings each target every 200 ms, and one that leaves ten in a row unanswered has failed (rule HA-10).
 * Echoes have the address of the egress interface, and need its neighbour's MAC as any traffic does.
 *
 * Only the active unit pings (the lab's choice): both units have the same addresses, so answers to another unit would go astray.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { emitIcmpEcho } from '../../../wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../../wire/ipv4.ts';
import type { HaPath } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { startAsking } from '../neighbours/asking.ts';
import { ethernet, ipv4Defaults } from '../neighbours/icmp.ts';
import { haOf, type Membership, unitOf } from './ends.ts';
import { report } from './monitor.ts';
import { wayTo } from './path.ts';
import { causeOfLostPath, openedPath } from './path-cause.ts';

/** Rule HA-10. */
export const PATH_INTERVAL_NS = 200_000_000;
export const PATH_MISSES_MAX = 10;

/** Sets the first tick: whole intervals from the start of the unit. */
export function startPaths(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit?.pair.pathMonitoring === undefined) return;
  unit.memory.nextPathNs = turn.nowNs + PATH_INTERVAL_NS;
  turn.wake(node, 'ha-path', unit.memory.nextPathNs);
}

/** The addresses that a pair monitors, each once. */
function targetsOf({ pair }: Membership): readonly Ipv4[] {
  return [...new Set(pair.pathMonitoring?.groups.flatMap(({ of }) => of))] as Ipv4[];
}

/** A tick: count the echoes before, send the next. A unit that is not active starts anew when it is. */
export function pathTick(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit?.pair.pathMonitoring === undefined) return;
  const { memory } = unit;
  memory.nextPathNs += PATH_INTERVAL_NS;
  turn.wake(node, 'ha-path', memory.nextPathNs);
  const { state, isProcessRunning } = haOf(turn, node);
  if (state !== 'active' || !isProcessRunning) {
    memory.paths = {};
    return;
  }
  memory.pathSeq = (memory.pathSeq + 1) & 0xffff;
  for (const target of targetsOf(unit)) {
    const path = memory.paths[target] ?? newPath(turn, node);
    memory.paths[target] = path;
    if (path.awaiting !== null) countMiss(turn, node, target, path);
    path.awaiting = memory.pathSeq;
    sendEcho(turn, node, target, unit, memory.pathSeq);
  }
}

/** A target that never answered fails because the unit asks it, which it does since it is active. */
function newPath(turn: Turn, node: string): HaPath {
  const heard = { position: turn.state.changedAt, cause: haOf(turn, node).since };
  return { awaiting: null, misses: 0, missedSinceNs: 0, missedAt: 0, heard, hasAnswered: false };
}

function countMiss(turn: Turn, node: string, target: Ipv4, path: HaPath): void {
  if (path.misses === 0) Object.assign(path, { missedSinceNs: turn.nowNs - PATH_INTERVAL_NS, missedAt: turn.state.changedAt });
  path.misses++;
  if (path.misses !== PATH_MISSES_MAX) return;
  // Only the active unit asks: where nothing that happened keeps the target from answering, it fails because the unit is active.
  const cause = () => {
    const lost = causeOfLostPath(turn, node, target, path);
    return turn.hasHappened(lost) ? lost : turn.later(lost, haOf(turn, node).since);
  };
  report(turn, node, { kind: 'path', what: target, failed: true, cause });
  turn.wake(node, 'ha-watch', turn.nowNs);
}

function sendEcho(turn: Turn, node: string, target: Ipv4, { pair }: Membership, seq: number): void {
  const way = wayTo(turn.index, node, target);
  if (way === null) return;
  const { iface, nextHop, source } = way;
  const { since } = haOf(turn, node);
  const neighbour = neighbourAt(turn.state, node, iface.name, nextHop);
  if (neighbour === undefined) {
    const isAsked = turn.memory(node).asking[neighbourKey(nextHop, iface.name)] !== undefined;
    if (!isAsked) startAsking(turn, iface, { ip: nextHop, nextNs: turn.nowNs, mac: '', cause: since });
    return;
  }
  const payload = emitIcmpEcho({ kind: 'request', id: pair.group, seq, payload: new Uint8Array(0) });
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.icmp, src: source, dst: target, payload });
  // An echo exists for what gave it its destination, too, if that happened.
  const cause = turn.hasHappened(neighbour.since) ? turn.later(since, neighbour.since) : since;
  turn.send(endpointOf(iface), ethernet(turn, iface, neighbour.mac as Mac, packet), cause);
}

/** An echo reply reached a data interface of a unit. One that nobody awaits is ignored. */
export function handlePathAnswer(turn: Turn, { node }: LabInterface, from: Ipv4, seq: number, cause: Position): void {
  const path = turn.memory(node).ha?.paths[from];
  if (path === undefined || haOf(turn, node).state !== 'active') return;
  const opened = openedPath(turn, node, from, path.heard.position, cause);
  if (path.awaiting === seq) path.awaiting = null;
  path.misses = 0;
  path.heard = { position: turn.state.changedAt, cause };
  path.hasAnswered = true;
  report(turn, node, { kind: 'path', what: from, failed: false, cause: () => opened });
  turn.wake(node, 'ha-watch', turn.nowNs);
}

/** Targets of a unit that does not ping them any more have not failed. */
export function clearPaths(turn: Turn, node: string, cause: Position): void {
  const failed = haOf(turn, node).failures.filter(({ kind }) => kind === 'path');
  for (const { what } of failed) report(turn, node, { kind: 'path', what, failed: false, cause: () => cause });
}
