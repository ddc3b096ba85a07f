/**
 * Sessions over HA2 (rules HA-02, HA-19): the active unit sends those that are established, each change of them, and all of them when its peer or
 * HA2 comes back. The passive unit takes them over, so that they go on after a failover. Nothing acknowledges a frame: what is lost on
 * the way is missing at the peer.
 *
 *   frame of type 0x7261 ┌ JSON: {"group": 1, "sessions": [[state, protocol, …], …]} ┘ up to SESSIONS_PER_FRAME
 */
import type { Position } from '../../../model/events/events.ts';
import { dataLinksOf } from '../../../model/lab/ha-pair.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Turn } from '../../turn/turn.ts';
import { haOf, unitOf } from './ends.ts';
import { sendHa2 } from './ha2-frame.ts';
import { dataLinkInUse } from './link.ts';
import { decodeSessions, encodeSession } from './session-code.ts';

const SESSIONS_PER_FRAME = 8;
/** Of one turn; the next begins a millisecond later, so that HA2 is not flooded. */
const FRAMES_PER_TURN = 16;
const TURN_NS = 1_000_000;

/** Whether a unit keeps sessions and sends them to a peer. */
function synchronises(turn: Turn, node: string): boolean {
  const firewall = nodeNamed(turn.index, node);
  const pair = turn.index.ha.get(node)?.pair;
  const hasData = pair !== undefined && dataLinksOf(pair).length > 0;
  return firewall?.kind === 'firewall' && firewall.sessions !== undefined && hasData;
}

/** Sends the sessions that the peer does not have. What cannot be sent is forgotten: a resync follows when HA2 comes back. */
export function syncSessions(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (unit === null || !synchronises(turn, node)) return;
  const door = turn.sessions(node);
  const ha = haOf(turn, node);
  if (ha.state !== 'active' || dataLinkInUse(turn, node) === null) {
    while (door.unsynced > 0) door.takeUnsynced(SESSIONS_PER_FRAME * FRAMES_PER_TURN);
    unit.memory.resync = null;
    return;
  }
  const since = unit.memory.resync === null ? ha.since : turn.later(ha.since, unit.memory.resync);
  for (let frame = 0; frame < FRAMES_PER_TURN && door.unsynced > 0; frame++) {
    const sessions = door.takeUnsynced(SESSIONS_PER_FRAME);
    if (sessions.length > 0) sendHa2(turn, node, { sessions: sessions.map(encodeSession) }, since);
  }
  if (door.unsynced > 0) turn.wake(node, 'session-sync', turn.nowNs + TURN_NS);
  else if (unit.memory.resync !== null) finishResync(turn, node, unit.memory.resync);
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

/** A message of HA2 that may hold sessions. A unit that is active has its own, and takes none over (HA-02: from active to passive). */
export function receiveSessions(turn: Turn, node: string, message: unknown, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null || !synchronises(turn, node) || haOf(turn, node).state === 'active') return;
  const sessions = decodeSessions(message, (name) => turn.index.byNode.get(node)?.some((iface) => iface.name === name) ?? false);
  const door = turn.sessions(node);
  const count = sessions.filter((session) => door.install(session, (name) => `${node}:${name}`, cause)).length;
  if (count > 0) turn.say('SessionSync', cause, { node, peer: unit.peer.node, count });
}
