/**
 * The client of a TCP flow receives a segment (RFC 9293, section 3.10.7).
 *
 * Loss recovery: three duplicate acknowledgments send the oldest segment again, and partial acknowledgments the next one (RFC 5681,
 * section 3.2; RFC 6582). After a timeout everything outstanding counts as lost: the oldest segment goes out alone, and each
 * acknowledgment lets one more follow than it acknowledges (RFC 5681, section 3.1).
 *
 * Decision someone may dispute: there is no congestion window but after a timeout; the window is fixed. A flow measures what the
 * network does to a connection, not how connections share a line.
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { Flow } from '../frame/flow-record';
import * as H from '../frame/tcp-header';
import {
  ESTABLISHED,
  endStall,
  FINISHED,
  isWaiting,
  newlyAcknowledged,
  OWES_CLIENT_ACK,
  OWES_OLDEST,
  REFUSED,
  RESET,
  SYN_SENT,
  sequenceOf,
  Tcp,
} from '../frame/tcp-record';
import { header } from '../memory/region';
import { NEVER } from '../memory/slot';
import { endByRst, endConnection, flagsOf, isExpected, isInWindow, oweRst, tellFlow } from './tcp-answer';
import { fallBack, takeRoundTrip } from './tcp-timer';

/** RFC 5681, section 3.2. */
const DUPLICATES: u32 = 3;

export function clientReceives(index: u32, flow: Flow, tcp: Tcp, buffer: Buffer): void {
  if (tcp.state === SYN_SENT) awaitSynAck(index, flow, tcp, buffer);
  else if (tcp.state === ESTABLISHED) converse(index, flow, tcp, buffer);
  else if (tcp.state !== FINISHED) oweRst(tcp, flow.port, bytesOf(buffer), buffer.cause);
  // TIME-WAIT: the server's FIN again, because the acknowledgment was lost.
  else if ((flagsOf(buffer) & H.FIN) !== 0) tcp.owed |= OWES_CLIENT_ACK;
}

function awaitSynAck(index: u32, flow: Flow, tcp: Tcp, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  const flags = flagsOf(buffer);
  const hasAck = (flags & H.ACK) !== 0;
  if (hasAck && H.wordAt(bytes + H.ACKNOWLEDGMENT) !== tcp.iss + 1) {
    oweRst(tcp, flow.port, bytes, buffer.cause);
    return;
  }
  if ((flags & H.RST) !== 0) {
    if (hasAck) endByRst(index, flow, tcp, buffer, REFUSED);
    return;
  }
  if (!hasAck || (flags & H.SYN) === 0) return;
  const now = header().nowNs;
  if (tcp.retries === 0) takeRoundTrip(tcp, now - tcp.timedAtNs);
  else fallBack(tcp);
  tcp.retries = 0;
  tcp.repeats = 0;
  tcp.state = ESTABLISHED;
  tcp.expected = H.wordAt(bytes + H.SEQUENCE) + 1;
  tcp.connectedNs = now;
  tcp.progressNs = now;
  tcp.rtoAtNs = NEVER;
  tcp.owed |= OWES_CLIENT_ACK;
  // The application sends its first segment now: from here on it has its rhythm.
  flow.nextNs = now;
  flow.nextPs = 0;
  tellFlow(index, tcp, buffer.cause);
}

function converse(index: u32, flow: Flow, tcp: Tcp, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  const flags = flagsOf(buffer);
  if ((flags & H.RST) !== 0) {
    if (isExpected(bytes, tcp.expected)) endByRst(index, flow, tcp, buffer, RESET);
    else if (isInWindow(tcp, bytes, tcp.expected)) tcp.owed |= OWES_CLIENT_ACK;
    return;
  }
  if ((flags & H.SYN) !== 0) {
    tcp.owed |= OWES_CLIENT_ACK;
    return;
  }
  if ((flags & H.ACK) !== 0) acknowledge(tcp, H.wordAt(bytes + H.ACKNOWLEDGMENT), (flags & H.FIN) !== 0);
  if ((flags & H.FIN) !== 0) {
    if (isExpected(bytes, tcp.expected)) {
      tcp.hasPeerFin = 1;
      tcp.expected++;
    }
    tcp.owed |= OWES_CLIENT_ACK;
  }
  if (tcp.hasPeerFin !== 0 && tcp.unacked > tcp.finAt) {
    endConnection(tcp, FINISHED);
    tcp.owed |= OWES_CLIENT_ACK;
  }
}

function acknowledge(tcp: Tcp, ack: u32, isFin: bool): void {
  const segments = newlyAcknowledged(tcp, ack);
  if (segments !== 0) advanceWindow(tcp, segments);
  else if (isWaiting(tcp) && !isFin && ack === sequenceOf(tcp, tcp.unacked)) countDuplicate(tcp);
}

function advanceWindow(tcp: Tcp, segments: u64): void {
  const now = header().nowNs;
  endStall(tcp, now);
  tcp.unacked += segments;
  tcp.next = max(tcp.next, tcp.unacked);
  tcp.allowed = <u32>min<u64>(tcp.window, tcp.allowed + segments);
  tcp.retries = 0;
  tcp.duplicates = 0;
  if (tcp.timed < tcp.unacked) {
    takeRoundTrip(tcp, now - tcp.timedAtNs);
    tcp.timed = NEVER;
  }
  // RFC 6298, sections 5.2 and 5.3.
  tcp.rtoAtNs = isWaiting(tcp) ? now + tcp.rtoNs : NEVER;
  if (tcp.isRecovering === 0) return;
  if (tcp.unacked < tcp.recoverTo) tcp.owed |= OWES_OLDEST;
  else tcp.isRecovering = 0;
}

function countDuplicate(tcp: Tcp): void {
  tcp.duplicates++;
  if (tcp.duplicates !== DUPLICATES || tcp.isRecovering !== 0 || tcp.unacked < tcp.recoverTo) return;
  tcp.isRecovering = 1;
  tcp.recoverTo = tcp.highest;
  tcp.owed |= OWES_OLDEST;
}
