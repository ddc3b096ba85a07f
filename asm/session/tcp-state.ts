/**
 * How far a TCP connection is, as a firewall between its ends sees it: opened by SYN, answered by SYN and ACK, established with the ACK of that,
 * half closed by the first FIN, closing by the second or by RST.
 *
 * Decision someone may dispute: sequence numbers are not looked at; a segment outside of the window passes.
 */

import { ACK, FIN, RST, SYN } from '../frame/tcp-header';
import * as S from '../memory/session-layout';
import { Session } from './record';

const BOTH_SIDES: u32 = 3;

/** The state after a segment. @param direction 0 from the side that opened the session, 1 from the other. */
export function stateAfter(session: Session, direction: u32, flags: u32): u32 {
  const state = session.state;
  if ((flags & (FIN | SYN | RST)) === 0) {
    return state === S.SESSION_HANDSHAKE && direction === 0 && (flags & ACK) !== 0 ? S.SESSION_ESTABLISHED : state;
  }
  if (state === S.SESSION_CLOSING || (flags & RST) !== 0) return S.SESSION_CLOSING;
  if ((flags & FIN) !== 0) {
    session.fins |= 1 << direction;
    return session.fins === BOTH_SIDES ? S.SESSION_CLOSING : S.SESSION_HALF_CLOSED;
  }
  const isAnswer = direction === 1 && (flags & ACK) !== 0;
  return state === S.SESSION_OPENING && isAnswer ? S.SESSION_HANDSHAKE : state;
}
