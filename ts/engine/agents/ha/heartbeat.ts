/**
 * Heartbeats: each unit pings the other on every control link (rules HA-05, HA-07). On HA1 and its backup a heartbeat is an ICMP echo;
 * between the management ports it is a message to port 28771, because rule HA-02 gives that link a port.
 *
 * Heads up! The accounting is HA-07's: a ping counts as lost at the next tick, the third in a row declares the peer failed, and only
 * then the promotion hold begins.
 */
import type { Position } from '../../../model/events/events.ts';
import { type ControlLink, timersOf } from '../../../model/lab/ha-pair.ts';
import { emitIcmpEcho } from '../../../wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../../wire/ipv4.ts';
import type { Turn } from '../../turn/turn.ts';
import { ethernet, ipv4Defaults } from '../neighbours/icmp.ts';
import { sendMessage } from './control-message.ts';
import { endsOf, haOf, unitOf } from './ends.ts';
import { sendHello } from './hello.ts';
import { declareLink, isDead, linksOf, MISSES_MAX } from './link.ts';
import { causeOfLoss, losePeer, openedBy, reappear } from './peer.ts';

/** A heartbeat tick: count the pings before, send the next. */
export function heartbeatTick(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  const { memory, pair } = unit;
  const { heartbeatNs } = timersOf(pair);
  const links = linksOf(turn, node);
  if (links.every((link) => (memory.links[link]?.awaiting ?? null) !== null)) memory.hasGreeted = false;
  if (haOf(turn, node).isPeerKnown) countMisses(turn, node, links, heartbeatNs);
  memory.pingSeq = (memory.pingSeq + 1) & 0xffff;
  memory.tickPosition = turn.state.changedAt;
  for (const link of links) {
    const own = memory.links[link];
    if (own !== undefined) own.awaiting = memory.pingSeq;
    sendPing(turn, node, link, memory.pingSeq);
  }
  memory.nextHeartbeatNs += heartbeatNs;
  turn.wake(node, 'heartbeat', memory.nextHeartbeatNs);
}

/** Rule HA-07: the third miss in a row ends a link, and with the last link the peer is lost. */
function countMisses(turn: Turn, node: string, links: readonly ControlLink[], heartbeatNs: number): void {
  let silent: { readonly link: ControlLink; readonly sinceNs: number } | null = null;
  for (const link of links) {
    const own = turn.memory(node).ha?.links[link];
    if (own === undefined || own.awaiting === null) continue;
    if (own.misses === 0) own.missedSinceNs = turn.nowNs - heartbeatNs;
    own.misses++;
    // Of several, the one that fell silent last: without it the peer would not be lost.
    if (own.misses >= MISSES_MAX && own.missedSinceNs > (silent?.sinceNs ?? -1)) silent = { link, sinceNs: own.missedSinceNs };
  }
  if (silent === null) return;
  if (links.every((link) => isDead(turn, node, link))) loseByHeartbeat(turn, node, silent.link);
  else for (const link of links) declareSilent(turn, node, link);
}

function loseByHeartbeat(turn: Turn, node: string, link: ControlLink): void {
  const own = turn.memory(node).ha?.links[link];
  if (own === undefined) return;
  const { missedSinceNs, heard } = own;
  const cause = causeOfLoss(turn, node, { link, heard, sinceNs: missedSinceNs, process: false });
  losePeer(turn, node, { by: 'heartbeat', awaitedSinceNs: missedSinceNs, cause });
}

/** One of several links fell silent: the others keep the peer. */
function declareSilent(turn: Turn, node: string, link: ControlLink): void {
  const own = turn.memory(node).ha?.links[link];
  if (own === undefined || own.misses < MISSES_MAX || haOf(turn, node).linksDown.includes(link)) return;
  const cause = causeOfLoss(turn, node, { link, heard: own.heard, sinceNs: own.missedSinceNs, process: false });
  declareLink(turn, node, { link, up: false, by: 'connection' }, cause);
}

function sendPing(turn: Turn, node: string, link: ControlLink, seq: number): void {
  const membership = turn.index.ha.get(node);
  const ends = endsOf(turn, node, link);
  if (membership === undefined || ends === null) return;
  // A ping exists because the unit runs: its cause is whatever made the unit's HA state what it is.
  const { since } = haOf(turn, node);
  if (link === 'heartbeat-backup') {
    sendMessage(turn, node, link, { group: membership.pair.group, heartbeat: seq }, since);
    return;
  }
  const payload = emitIcmpEcho({ kind: 'request', id: membership.pair.group, seq, payload: new Uint8Array(0) });
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.icmp, src: ends.ownIp, dst: ends.peerIp, payload });
  turn.send(`${node}:${ends.own.name}`, ethernet(turn, ends.own, ends.peerMac, packet), since);
}

/** A message of the heartbeat backup: a ping is answered, whatever the HA process does; an answer is counted. */
export function handleHeartbeatMessage(turn: Turn, node: string, message: unknown, cause: Position): void {
  const membership = turn.index.ha.get(node);
  const { group, heartbeat, answer } = (message ?? {}) as Partial<Record<'group' | 'heartbeat' | 'answer', unknown>>;
  if (membership === undefined || group !== membership.pair.group) return;
  if (typeof heartbeat === 'number') sendMessage(turn, node, 'heartbeat-backup', { group, answer: heartbeat }, cause);
  if (typeof answer === 'number') handleAnswer(turn, node, 'heartbeat-backup', answer, cause);
}

/** The peer answered the ping of that number. */
export function handleAnswer(turn: Turn, node: string, link: ControlLink, seq: number, cause: Position): void {
  const memory = turn.memory(node).ha;
  const own = memory?.links[link];
  if (memory === null || own === undefined) return;
  if (own.awaiting === seq) own.awaiting = null;
  own.misses = 0;
  const opened = openedBy(turn, node, link, own.heard.position, cause);
  own.heard = { position: memory.tickPosition, cause };
  if (haOf(turn, node).linksDown.includes(link)) declareLink(turn, node, { link, up: true, by: 'connection' }, opened);
  greet(turn, node, opened);
  // An echo proves that the unit runs, not that its HA process does: it cannot make up for overdue hellos.
  if (turn.nowNs < helloDeadline(turn, node)) reappear(turn, node, { link, cause: opened, peerState: null });
}

/** Rule HA-04: how many hello intervals without a hello lose the peer: the first missed one, and three more. */
const HELLO_INTERVALS = 4;

/** When the hello that is awaited counts as lost (rule HA-04). */
export function helloDeadline(turn: Turn, node: string): number {
  const helloNs = turn.index.ha.get(node)?.pair.timers.helloNs ?? 0;
  return (turn.memory(node).ha?.lastHelloNs ?? 0) + HELLO_INTERVALS * helloNs;
}

/**
 * The peer, lost before, shows a sign of life: it is told at once what this unit is, so that both need not wait for the next hello
 * to know who stays active.
 */
function greet(turn: Turn, node: string, cause: Position): void {
  const memory = turn.memory(node).ha;
  const { isPeerKnown, state } = haOf(turn, node);
  if (memory === null || isPeerKnown || state === 'initial' || memory.hasGreeted) return;
  memory.hasGreeted = true;
  sendHello(turn, node, cause);
}
