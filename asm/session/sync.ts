/**
 * Sessions that the peer of an HA pair must hear of (rule HA-19): those that are established, with each change of their state, and again
 * before the peer's copy expires. An agent sends them (ts/engine/agents/sessions/); a timer wakes it. ICMP stays behind.
 */
import { ICMP } from '../frame/ipv4';
import { setTimer } from '../memory/queue';
import { header } from '../memory/region';
import * as S from '../memory/session-layout';
import { Session, SessionTable, timeoutNs, timeoutOf } from './record';
import { mark, unmark } from './unsynced';

/** Decision someone may dispute: sessions of one millisecond go to the peer together. */
const BATCH_NS: u64 = 1_000_000;

/** A session is new or changed; or a packet of it came, after which the peer would forget it too early. */
// inline
export function noteChange(table: SessionTable, session: Session, isNew: bool): void {
  if (table.syncTimer !== 0) noteChangeOfPair(table, session, isNew);
}

function noteChangeOfPair(table: SessionTable, session: Session, isNew: bool): void {
  if (session.protocol === ICMP || session.state < <u32>S.SESSION_ESTABLISHED) return;
  const half = timeoutNs(table, timeoutOf(session.protocol, session.state)) / 2;
  if (isNew || session.syncedNs < header().nowNs + half) markUnsynced(table, session);
}

/** The peer does not have a session as it is. */
export function markUnsynced(table: SessionTable, session: Session): void {
  if (table.syncTimer === 0 || (session.flags & S.SESSION_UNSYNCED) !== 0) return;
  if (table.unsynced === 0) setTimer(table.syncTimer - 1, header().nowNs + BATCH_NS);
  mark(table, session);
}

/** The agent takes a session to send it. */
export function takeUnsynced(table: SessionTable, session: Session): void {
  unmark(table, session);
  session.syncedNs = session.expiresNs;
}
