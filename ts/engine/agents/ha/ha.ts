/**
 * High availability, active/passive (rules HA-01, HA-04 to HA-08, HA-16). Two units talk over HA1: hellos say what the HA
 * process thinks, heartbeats (ICMP echo) say that the unit lives.
 *
 * Heads up! The accounting of lost heartbeats is HA-07's: a ping counts as lost at the next tick, the third in a row declares
 * the peer failed, and only then the promotion hold begins. Hellos are single TCP segments to port 28769 without a
 * connection: the lab needs their arrival, not their transport.
 */
import type { Position } from '../../../model/events/events.ts';
import { pathBetween } from '../../../model/lab/path.ts';
import { emitIcmpEcho, type IcmpEcho } from '../../../wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../../wire/ipv4.ts';
import { emitTcp, TCP_FLAG, type TcpSegment } from '../../../wire/tcp.ts';
import { blockers, causeOfSilence, latestChange } from '../../turn/silence.ts';
import { sayAndLog, type Turn } from '../../turn/turn.ts';
import { startBurst, stopBurst } from '../neighbours/garp.ts';
import { ethernet, ipv4Defaults } from '../neighbours/icmp.ts';
import { ha1Ends, ha1Of, haOf, macOf } from './ha1.ts';

/** Rule HA-02: HA1 in clear text. */
export const HA1_PORT = 28_769;
/** Rule HA-07. */
const MISSES_MAX = 3;
/** Rule HA-04: how many hello intervals without a hello lose the peer: the first missed one, and three more. */
const HELLO_INTERVALS = 4;

/** What a hello says. */
interface Hello {
  readonly group: number;
  readonly state: string;
  readonly priority: number;
  readonly mac: string;
}

/** A unit powers on: it looks for its peer. */
export function startHa(turn: Turn, node: string, cause: Position): void {
  const membership = turn.index.ha.get(node);
  if (membership === undefined) return;
  const { timers } = membership.pair;
  turn.memory(node).ha = {
    pingSeq: 0,
    awaiting: null,
    misses: 0,
    missedSinceNs: 0,
    nextHeartbeatNs: turn.nowNs + timers.heartbeatNs,
    nextHelloNs: turn.nowNs + timers.helloNs,
    lastHelloNs: turn.nowNs,
    holdCause: cause,
    tickPosition: cause,
    heartbeat: { position: cause, cause },
    hello: { position: cause, cause },
    hasGreeted: false,
    hasConfirmed: false,
  };
  turn.wake(node, 'heartbeat', turn.nowNs + timers.heartbeatNs);
  turn.wake(node, 'hello', turn.nowNs + timers.helloNs);
  turn.wake(node, 'initial', turn.nowNs + timers.initialHoldNs);
  sendHello(turn, node, cause);
}

/** The HA process of a running unit stops or starts: hellos and decisions stop, heartbeats go on. */
export function setHaProcess(turn: Turn, node: string, running: boolean, cause: Position): void {
  const memory = turn.memory(node).ha;
  const membership = turn.index.ha.get(node);
  if (memory === null || membership === undefined) return;
  const { helloNs, initialHoldNs, promotionHoldNs } = membership.pair.timers;
  memory.nextHelloNs = turn.nowNs + helloNs;
  memory.lastHelloNs = turn.nowNs;
  turn.wake(node, 'hello', running ? memory.nextHelloNs : null);
  turn.wake(node, 'hello-wait', running ? helloDeadline(turn, node) : null);
  const { state, isPeerKnown } = haOf(turn, node);
  turn.wake(node, 'hold', running && state === 'passive' && !isPeerKnown ? turn.nowNs + promotionHoldNs : null);
  turn.wake(node, 'initial', running && state === 'initial' ? turn.nowNs + initialHoldNs : null);
  if (running) sendHello(turn, node, cause);
}

/** When the hello that is awaited counts as lost (rule HA-04). */
function helloDeadline(turn: Turn, node: string): number {
  const helloNs = turn.index.ha.get(node)?.pair.timers.helloNs ?? 0;
  return (turn.memory(node).ha?.lastHelloNs ?? 0) + HELLO_INTERVALS * helloNs;
}

// ── Heartbeats ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A heartbeat tick: count the ping before, send the next. */
export function heartbeatTick(turn: Turn, node: string): void {
  const memory = turn.memory(node).ha;
  const membership = turn.index.ha.get(node);
  if (memory === null || membership === undefined) return;
  const { heartbeatNs } = membership.pair.timers;
  if (memory.awaiting !== null) memory.hasGreeted = false;
  if (memory.awaiting !== null && haOf(turn, node).isPeerKnown) {
    if (memory.misses === 0) memory.missedSinceNs = turn.nowNs - heartbeatNs;
    memory.misses++;
    if (memory.misses >= MISSES_MAX) losePeer(turn, node, 'heartbeat', memory.missedSinceNs);
  }
  memory.pingSeq = (memory.pingSeq + 1) & 0xffff;
  memory.awaiting = memory.pingSeq;
  memory.tickPosition = turn.state.changedAt;
  sendPing(turn, node, memory.pingSeq);
  memory.nextHeartbeatNs += heartbeatNs;
  turn.wake(node, 'heartbeat', memory.nextHeartbeatNs);
}

function sendPing(turn: Turn, node: string, seq: number): void {
  const membership = turn.index.ha.get(node);
  const ends = ha1Ends(turn, node);
  if (membership === undefined || ends === null) return;
  const payload = emitIcmpEcho({ kind: 'request', id: membership.pair.group, seq, payload: new Uint8Array(0) });
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.icmp, src: ends.ownIp, dst: ends.peerIp, payload });
  // A ping exists because the unit runs: its cause is whatever made the unit's HA state what it is.
  turn.send(`${node}:${ends.own.name}`, ethernet(turn, ends.own, ends.peerMac, packet), haOf(turn, node).since);
}

/** The peer answered a ping. */
export function handleEchoReply(turn: Turn, node: string, echo: IcmpEcho, cause: Position): void {
  const memory = turn.memory(node).ha;
  if (memory === null) return;
  if (memory.awaiting === echo.seq) memory.awaiting = null;
  memory.misses = 0;
  const opened = openedBy(turn, node, memory.heartbeat.position, cause);
  memory.heartbeat = { position: memory.tickPosition, cause };
  greet(turn, node, opened);
  // An echo proves that the unit runs, not that its HA process does: it cannot make up for overdue hellos.
  if (turn.nowNs < helloDeadline(turn, node)) reappear(turn, node, opened, null);
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

// ── Hellos ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Time for the next hello. */
export function helloTick(turn: Turn, node: string): void {
  const memory = turn.memory(node).ha;
  const membership = turn.index.ha.get(node);
  if (memory === null || membership === undefined) return;
  sendHello(turn, node, haOf(turn, node).since);
  memory.nextHelloNs += membership.pair.timers.helloNs;
  turn.wake(node, 'hello', memory.nextHelloNs);
}

/** Tells the peer, at once, what this unit is. */
export function sendHello(turn: Turn, node: string, cause: Position): void {
  const membership = turn.index.ha.get(node);
  const ends = ha1Ends(turn, node);
  if (membership === undefined || ends === null || !haOf(turn, node).isProcessRunning) return;
  const hello: Hello = {
    group: membership.pair.group,
    state: haOf(turn, node).state,
    priority: membership.self.priority,
    mac: macOf(turn, ends.own),
  };
  const payload = new TextEncoder().encode(JSON.stringify(hello));
  const segment = { srcPort: HA1_PORT, dstPort: HA1_PORT, seq: 0, ack: 0, flags: TCP_FLAG.psh, window: 0xffff, urgent: 0, payload };
  const between = { src: ends.ownIp, dst: ends.peerIp };
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.tcp, ...between, payload: emitTcp(segment, between) });
  turn.send(`${node}:${ends.own.name}`, ethernet(turn, ends.own, ends.peerMac, packet), cause);
}

/** A segment on HA1. What is no hello of our group is ignored. */
export function handleHello(turn: Turn, node: string, segment: TcpSegment, cause: Position): void {
  const membership = turn.index.ha.get(node);
  const memory = turn.memory(node).ha;
  const hello = parseHello(segment.payload);
  if (membership === undefined || memory === null || hello?.group !== membership.pair.group) return;
  if (!haOf(turn, node).isProcessRunning) return;
  const opened = openedBy(turn, node, memory.hello.position, cause);
  memory.hello = { position: memory.tickPosition, cause };
  memory.lastHelloNs = turn.nowNs;
  turn.wake(node, 'hello-wait', helloDeadline(turn, node));
  elect(turn, node, hello, reappear(turn, node, opened, hello.state) ?? cause);
}

function parseHello(payload: Uint8Array): Hello | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    const hello = value as Partial<Hello> | null;
    const whole = typeof hello?.group === 'number' && typeof hello.priority === 'number' && typeof hello.mac === 'string';
    return whole && typeof hello.state === 'string' ? (hello as Hello) : null;
  } catch {
    return null;
  }
}

/** No hello for too long (rule HA-04). */
export function helloOverdue(turn: Turn, node: string): void {
  const memory = turn.memory(node).ha;
  const membership = turn.index.ha.get(node);
  if (memory === null || membership === undefined) return;
  losePeer(turn, node, 'hello', memory.lastHelloNs + membership.pair.timers.helloNs);
}

// ── Decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Rule HA-06: an active unit keeps its role; else the lower priority value wins, then the lower HA1 MAC. */
function elect(turn: Turn, node: string, hello: Hello, cause: Position): void {
  const { state } = haOf(turn, node);
  if (hello.state === 'active') {
    if (state === 'initial') become(turn, node, 'passive', 'peer-active', cause);
    else if (state === 'active' && outranks(turn, node, hello)) confirm(turn, node, cause);
    else if (state === 'active') become(turn, node, 'passive', 'election-lost', cause);
    return;
  }
  if (hello.state !== 'initial' && hello.state !== 'passive') return;
  if (state !== 'active' && outranks(turn, node, hello)) become(turn, node, 'active', 'election-won', cause);
  else if (state === 'initial') become(turn, node, 'passive', 'election-lost', cause);
  // A newcomer waits for nobody's next hello; to others a hello is no question (rule HA-04).
  else if (hello.state === 'initial') sendHello(turn, node, cause);
}

/**
 * This unit stays active, and the peer was active too: neighbours may have taken the peer's announcements for the truth, so this
 * unit announces itself as if it had just become active. It tells the peer at once.
 */
function confirm(turn: Turn, node: string, cause: Position): void {
  const memory = turn.memory(node).ha;
  if (memory === null || memory.hasConfirmed) return;
  memory.hasConfirmed = true;
  startBurst(turn, node, cause);
  sendHello(turn, node, cause);
}

function outranks(turn: Turn, node: string, hello: Hello): boolean {
  const membership = turn.index.ha.get(node);
  const ends = ha1Ends(turn, node);
  if (membership === undefined || ends === null) return false;
  const { priority } = membership.self;
  return priority === hello.priority ? macOf(turn, ends.own) < hello.mac : priority < hello.priority;
}

/** Rules HA-04, HA-07: the peer is lost; a passive unit holds before it takes over (HA-08). */
function losePeer(turn: Turn, node: string, by: 'heartbeat' | 'hello', awaitedSinceNs: number): void {
  const ha = haOf(turn, node);
  const memory = turn.memory(node).ha;
  const membership = turn.index.ha.get(node);
  if (!ha.isPeerKnown || !ha.isProcessRunning || memory === null || membership === undefined) return;
  const position = turn.say('HaPeerLost', causeOfLoss(turn, node, by, awaitedSinceNs), { node, by, awaitedSinceNs });
  memory.holdCause = position;
  memory.misses = 0;
  memory.hasGreeted = false;
  memory.hasConfirmed = false;
  if (ha.state === 'passive') turn.wake(node, 'hold', turn.nowNs + membership.pair.timers.promotionHoldNs);
}

/** The peer shows a sign of life: known again, and a hold under way is cancelled (rule HA-08). Null where it was known. */
function reappear(turn: Turn, node: string, cause: Position, peerState: string | null): Position | null {
  if (haOf(turn, node).isPeerKnown) return null;
  // An echo alone proves that the unit runs, not that its HA process does: only a hello makes a first acquaintance.
  if (peerState === null && haOf(turn, node).state === 'initial') return null;
  turn.wake(node, 'hold', null);
  return turn.say('HaPeerFound', cause, { node, peerState: peerState ?? '' });
}

/** What made the peer fall silent (turn/silence.ts). */
function causeOfLoss(turn: Turn, node: string, by: 'heartbeat' | 'hello', sinceNs: number): Position {
  const memory = turn.memory(node).ha;
  const membership = turn.index.ha.get(node);
  if (memory === null || membership === undefined) return haOf(turn, node).since;
  const { self, peer } = membership;
  const { position: heard, cause: otherwise } = memory[by];
  // Hellos come from the peer's HA process, echo replies from the unit itself.
  const process = by === 'hello' ? { process: peer.node } : {};
  return causeOfSilence(turn, { at: ha1Of(self), from: ha1Of(peer), heard, sinceNs, otherwise, ...process });
}

/** A peer that was lost is heard again: the event that opened the way, when that is later than the one the frame was sent for. */
function openedBy(turn: Turn, node: string, heard: Position, cause: Position): Position {
  const membership = turn.index.ha.get(node);
  if (membership === undefined || haOf(turn, node).isPeerKnown) return cause;
  const path = pathBetween(turn.index, ha1Of(membership.self), ha1Of(membership.peer));
  const opened = latestChange(turn, path, heard);
  return opened === null ? cause : turn.later(cause, opened);
}

/** The promotion hold ended without news of the peer. */
export function promote(turn: Turn, node: string): void {
  const memory = turn.memory(node).ha;
  if (memory !== null && haOf(turn, node).state === 'passive') become(turn, node, 'active', 'peer-lost', memory.holdCause);
}

/** Rule HA-01: nobody answered for long enough; active alone. */
export function endInitial(turn: Turn, node: string): void {
  const memory = turn.memory(node).ha;
  const membership = turn.index.ha.get(node);
  if (memory === null || membership === undefined || haOf(turn, node).state !== 'initial') return;
  // What kept the peer away, as far as it happened: else the start of this unit.
  const path = pathBetween(turn.index, ha1Of(membership.self), ha1Of(membership.peer));
  const away = blockers(turn, path, membership.peer.node).find(turn.hasHappened);
  become(turn, node, 'active', 'no-peer', away ?? memory.holdCause);
}

function become(turn: Turn, node: string, to: 'active' | 'passive', reason: string, cause: Position): void {
  const from = haOf(turn, node).state;
  if (from === to) return;
  const severity = from === 'active' || to === 'active' ? 'critical' : 'informational';
  const text = `HA state of ${node} changed from ${from} to ${to}: ${reason}`;
  const position = sayAndLog(
    turn,
    'HaStateChanged',
    cause,
    { node, from, to, reason },
    { eventId: 'state-change', severity, text },
  );
  turn.wake(node, 'initial', null);
  turn.wake(node, 'hold', null);
  if (to === 'active') startBurst(turn, node, position);
  else stopBurst(turn, node);
  sendHello(turn, node, position);
}
