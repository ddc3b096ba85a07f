/**
 * The session table of a firewall, and its sessions: plain structs in one block of the elements, which the sizing pass measured.
 *
 *   sessionsAt ┌ SessionTable ┬ zones: one byte a port ┬ policies ┬ translations ┬ index: 8 bytes a slot ┬ sessions
 *              ┴ a bit a session ┬ port maps of pools ┘
 *
 * A session has two keys: its packets as the side that opened it sends them, and as the other side sends them. Behind NAT
 * the second is the first, translated and turned round. Both lead to the one session (table.ts).
 */

import { ICMP, TCP, UDP } from '../frame/ipv4';
import { CACHE_LINE_BYTES } from '../memory/layout';
import { Node } from '../memory/node';
import * as S from '../memory/session-layout';

@unmanaged
export class SessionTable {
  /** Slots of the index, a power of two and at least four times `max`: no more than half of them are used. */
  slots: u32;
  /** Sessions that the table can hold, and those that lie in it, expired ones included. */
  max: u32;
  used: u32;
  /** Sessions with this number and later ones were never used. */
  high: u32;
  /** First of the free ones, plus 1; 0 for none. */
  free: u32;
  /** Where the next sweep goes on. */
  cursor: u32;
  indexAt: u32;
  sessionsAt: u32;
  zonesAt: u32;
  firstPort: u32;
  policiesAt: u32;
  policyCount: u32;
  policyMax: u32;
  translationsAt: u32;
  translationCount: u32;
  translationMax: u32;
  /** Free bytes for port maps of pools, and where they end. */
  mapsAt: u32;
  mapsEnd: u32;
  /** ACTION_* for TCP that neither has a session nor opens one. */
  withoutSyn: u32;
  /** Timer of the agent that sends sessions to the peer, plus 1; 0 where there is none. */
  syncTimer: u32;
  /** Sessions that the peer does not have as they are. */
  unsynced: u32;
  /** A bit for each session, set for those (unsynced.ts); and the first word that can have one. */
  unsyncedAt: u32;
  unsyncedFrom: u32;
  /** Event that lost all sessions. */
  lostCause: u32;
  opened: u64;
  /** First of TIMEOUTS times. */
  timeouts: u64;
}
if (
  offsetof<SessionTable>('timeouts') + <usize>S.TIMEOUTS * 8 > <usize>S.SESSION_TABLE_BYTES ||
  offsetof<SessionTable>() !== offsetof<SessionTable>('timeouts') + 8
)
  ERROR('SessionTable does not fit its slot');

@unmanaged
export class Session {
  // What every packet needs lies in the first cache line of 64 bytes.
  /** Addresses, source first, and ports: as the side that opened the session sends, and as the answers come. */
  outward: u64;
  backward: u64;
  outwardPorts: u32;
  backwardPorts: u32;
  protocol: u32;
  /** SESSION_*. */
  state: u32;
  expiresNs: u64;
  /** SESSION_UNSYNCED and others: what is asked for every packet lies in the first line, not in `translation`. */
  flags: u32;
  /** Sides that sent FIN: bit 0 the one that opened it, bit 1 the other. */
  fins: u32;
  outwardPackets: u64;
  backwardPackets: u64;

  startNs: u64;
  /** Until when the peer keeps it. */
  syncedNs: u64;
  /** Interface that the first packet came in by, and the one it left by. */
  inPort: u32;
  outPort: u32;
  /** Number of the policy that allowed it, plus 1; 0 for the default within a zone. */
  policy: u32;
  /** Number of the translation, plus 1; 0 without NAT. */
  translation: u32;
  /** Event that cleared it. */
  cause: u32;
  /** While it is free: the next free one, plus 1. */
  next: u32;
}
if (offsetof<Session>() > <usize>S.SESSION_BYTES) ERROR('Session does not fit its slot');
// What belongs to a direction is found by its number, without a branch: packets of both come in any order.
if (
  offsetof<Session>('backward') !== offsetof<Session>('outward') + 8 ||
  offsetof<Session>('backwardPorts') !== offsetof<Session>('outwardPorts') + 4 ||
  offsetof<Session>('backwardPackets') !== offsetof<Session>('outwardPackets') + 8
)
  ERROR('the directions of Session are not side by side');
if (offsetof<Session>('startNs') > <usize>CACHE_LINE_BYTES) ERROR('what every packet needs of Session does not fit a line');

/** Addresses of a key, 0 for that of the side that opened the session, 1 for the other. */
// inline
export function addressesOf(session: Session, direction: u32): u64 {
  return load<u64>(changetype<usize>(session) + offsetof<Session>('outward') + direction * 8);
}

// inline
export function portsOf(session: Session, direction: u32): u32 {
  return load<u32>(changetype<usize>(session) + offsetof<Session>('outwardPorts') + direction * 4);
}

// inline
export function countPacket(session: Session, direction: u32): void {
  const at = changetype<usize>(session) + offsetof<Session>('outwardPackets') + direction * 8;
  store<u64>(at, load<u64>(at) + 1);
}

// inline
export function tableOf(node: Node): SessionTable {
  return changetype<SessionTable>(<usize>node.sessionsAt);
}

// inline
export function sessionAt(table: SessionTable, number: u32): Session {
  return changetype<Session>(<usize>(table.sessionsAt + number * S.SESSION_BYTES));
}

export function numberOf(table: SessionTable, session: Session): u32 {
  return (<u32>changetype<usize>(session) - table.sessionsAt) / S.SESSION_BYTES;
}

/** Number of the timeout that a session of a protocol has in a state. */
export function timeoutOf(protocol: u32, state: u32): u32 {
  if (protocol === TCP) {
    if (state === S.SESSION_OPENING) return S.TIMEOUT_TCP_INIT;
    if (state === S.SESSION_HANDSHAKE) return S.TIMEOUT_TCP_HANDSHAKE;
    if (state === S.SESSION_HALF_CLOSED) return S.TIMEOUT_TCP_HALF_CLOSED;
    return state === S.SESSION_CLOSING ? S.TIMEOUT_TCP_TIME_WAIT : S.TIMEOUT_TCP;
  }
  if (protocol === UDP) return S.TIMEOUT_UDP;
  return protocol === ICMP ? S.TIMEOUT_ICMP : S.TIMEOUT_DEFAULT;
}

/** Number of the timeout of an established session. */
// inline
export function establishedTimeoutOf(protocol: u32): u32 {
  return protocol === TCP ? S.TIMEOUT_TCP : timeoutOf(protocol, S.SESSION_ESTABLISHED);
}

/** Nanoseconds of a timeout. */
export function timeoutNs(table: SessionTable, number: u32): u64 {
  return load<u64>(changetype<usize>(table) + offsetof<SessionTable>('timeouts') + number * 8);
}

export function setTimeoutNs(table: SessionTable, number: u32, ns: u64): void {
  store<u64>(changetype<usize>(table) + offsetof<SessionTable>('timeouts') + number * 8, ns);
}
