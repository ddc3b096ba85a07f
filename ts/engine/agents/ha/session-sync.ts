/**
 * Sessions over HA2 (rules HA-02, HA-19): the active unit sends those that are established, each change of them, and all of them when its peer or
 * HA2 comes back. The passive unit takes them over, so that they go on after a failover. Nothing acknowledges a frame: what is lost on
 * the way is missing at the peer.
 *
 *   frame of type 0x7261 ┌ JSON: {"group": 1, "sessions": [[state, protocol, …], …]} ┘ up to SESSIONS_PER_FRAME
 *
 * Decision someone may dispute: the bytes in the frame are the lab's own; those of the platform are not public.
 */
import type { Position } from '../../../model/events/events.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Mac } from '../../../values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../../wire/ethernet.ts';
import type { SyncedSession } from '../../turn/session-door.ts';
import type { Turn } from '../../turn/turn.ts';
import { ha2PortsOf, haOf, unitOf } from './ends.ts';
import { decodeSessions, encodeSession } from './session-code.ts';

const SESSIONS_PER_FRAME = 8;
/** Of one turn; the next begins a millisecond later, so that HA2 is not flooded. */
const FRAMES_PER_TURN = 16;
const TURN_NS = 1_000_000;

/** Whether a unit keeps sessions and sends them to a peer. */
function synchronises(turn: Turn, node: string): boolean {
  const firewall = nodeNamed(turn.index, node);
  return firewall?.kind === 'firewall' && firewall.sessions !== undefined && ha2PortsOf(turn, node) !== null;
}

/** Time to send what the peer does not have. What cannot be sent is forgotten: a resync follows when HA2 comes back. */
export function syncTick(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit === null || !synchronises(turn, node)) return;
  const door = turn.sessions(node);
  const ha = haOf(turn, node);
  if (ha.state !== 'active' || ha.linksDown.includes('ha2')) {
    while (door.unsynced > 0) door.takeUnsynced(SESSIONS_PER_FRAME * FRAMES_PER_TURN);
    unit.memory.resync = null;
    return;
  }
  const since = unit.memory.resync === null ? ha.since : turn.later(ha.since, unit.memory.resync);
  for (let frame = 0; frame < FRAMES_PER_TURN && door.unsynced > 0; frame++) {
    const sessions = door.takeUnsynced(SESSIONS_PER_FRAME);
    if (sessions.length > 0) sendSessions(turn, node, sessions, since);
  }
  if (door.unsynced > 0) turn.wake(node, 'session-sync', turn.nowNs + TURN_NS);
  else if (unit.memory.resync !== null) finishResync(turn, node, unit.memory.resync);
}

function sendSessions(turn: Turn, node: string, sessions: readonly SyncedSession[], cause: Position): void {
  const unit = unitOf(turn, node);
  const ports = ha2PortsOf(turn, node);
  if (unit === null || ports === null) return;
  const [src, dst] = [ports.own, ports.peer].map((port) => turn.state.interfaces[port]?.usedMac as Mac) as [Mac, Mac];
  const message = { group: unit.pair.group, sessions: sessions.map(encodeSession) };
  const payload = new TextEncoder().encode(JSON.stringify(message));
  turn.send(ports.own, padToMinimum(emitEthernet({ dst, src, etherType: ETHERTYPE.ha2, payload })), cause);
}

/** The peer, or HA2, is back, or the unit became active: the peer must hear of every session. */
export function startResync(turn: Turn, node: string, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null || !synchronises(turn, node) || haOf(turn, node).state !== 'active') return;
  const door = turn.sessions(node);
  door.resync();
  if (door.unsynced > 0) unit.memory.resync = cause;
}

function finishResync(turn: Turn, node: string, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  unit.memory.resync = null;
  const text = `HA Group ${unit.pair.group}: all sessions sent to the peer`;
  turn.say('SystemLog', cause, { node, eventId: 'session-synch', severity: 'informational', text });
}

/** A frame of type 0x7261 that may hold sessions. A unit that is active has its own, and takes none over (HA-02: from active to passive). */
export function receiveSessions(turn: Turn, node: string, payload: Uint8Array, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null || !synchronises(turn, node) || haOf(turn, node).state === 'active') return;
  const sessions = decodeSessions(payload, (name) => turn.index.byNode.get(node)?.some((iface) => iface.name === name) ?? false);
  const door = turn.sessions(node);
  const count = sessions.filter((session) => door.install(session, (name) => `${node}:${name}`, cause)).length;
  if (count > 0) turn.say('SessionSync', cause, { node, peer: unit.peer.node, count });
}
