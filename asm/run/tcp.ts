/**
 * TCP flows: the client connects at the flow's start, sends a segment of the configured size in each interval while the window has
 * room, and closes at its stop. A host listens at every address; what it does is in decide/tcp-server.ts.
 *
 * A flow has one slot in the event queue. Its event does the first of what is due: a segment owed in answer to another, a timeout of the
 * client or the server, a segment to be sent again, the application's next one. So one event sends at most one frame.
 *
 * A flow has one connection. After its end, nothing is sent but answers.
 */
import { endConnection, tellFlow } from '../decide/tcp-answer';
import { expectedOf, forget, initialSequence } from '../decide/tcp-server';
import { armTcp, backedOff, isOpen, maySend, RTO_INITIAL_NS } from '../decide/tcp-timer';
import { advance, FLOW_PORT, Flow, flowAt, keepRhythm, sourcePortOf } from '../frame/flow-record';
import * as H from '../frame/tcp-header';
import * as T from '../frame/tcp-record';
import { Tcp, tcpOf } from '../frame/tcp-record';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { NEVER } from '../memory/slot';
import { sendFromClient, sendFromServer, sendRst, sendSegment } from './tcp-send';

/** Linux: tcp_syn_retries, tcp_retries2, tcp_synack_retries, and what an orphan's FIN gets (net/ipv4/tcp_timer.c). */
const SYN_RETRIES: u32 = 6;
const RETRIES: u32 = 15;
const SYN_ACK_RETRIES: u32 = 5;
const FIN_RETRIES: u32 = 8;

/** The time of a TCP flow's slot has come. */
export function tcpEvent(index: u32): void {
  const flow = flowAt(index);
  const tcp = tcpOf(flow);
  const now = header().nowNs;
  if (tcp.owed !== 0) payDebt(index, flow, tcp);
  else if (tcp.rtoAtNs <= now) timeOut(index, flow, tcp);
  else if (tcp.serverRtoAtNs <= now) timeOutServer(tcp);
  else if (maySend(tcp)) sendNext(index, flow, tcp);
  else act(index, flow, tcp);
  armTcp(index);
}

/** Sends one of the segments that are owed. A node that lost its power in the meantime sends nothing. */
function payDebt(index: u32, flow: Flow, tcp: Tcp): void {
  const debt = tcp.owed & (0 - tcp.owed);
  tcp.owed ^= debt;
  if (nodeAt(portAt(debtor(flow, tcp, debt)).node).power === 0) return;
  if (debt === T.OWES_RST) sendRst(index, flow, tcp);
  else if (debt === T.OWES_SYN) sendSyn(index, flow, tcp);
  else if (debt === T.OWES_CLIENT_ACK) sendFromClient(index, flow, tcp, H.ACK);
  else if (debt === T.OWES_OLDEST) sendOldest(index, flow, tcp);
  else payServerDebt(index, flow, tcp, debt);
}

/** Port of the end that owes. */
function debtor(flow: Flow, tcp: Tcp, debt: u32): u32 {
  if (debt === T.OWES_RST) return tcp.rstPort;
  return (debt & (T.OWES_SYN_ACK | T.OWES_SERVER_ACK | T.OWES_SERVER_FIN)) !== 0 ? tcp.serverPort : flow.port;
}

function payServerDebt(index: u32, flow: Flow, tcp: Tcp, debt: u32): void {
  if (debt === T.OWES_SERVER_ACK) {
    const sequence = tcp.serverIss + (tcp.serverState === T.LAST_ACK ? 2 : 1);
    sendFromServer(index, flow, tcp, sequence, expectedOf(tcp), H.ACK);
    return;
  }
  if (tcp.serverRtoAtNs === NEVER) tcp.serverRtoAtNs = header().nowNs + tcp.serverRtoNs;
  if (debt === T.OWES_SYN_ACK) sendFromServer(index, flow, tcp, tcp.serverIss, tcp.peerIss + 1, H.SYN | H.ACK);
  else sendFromServer(index, flow, tcp, tcp.serverIss + 1, expectedOf(tcp), H.FIN | H.ACK);
}

function sendSyn(index: u32, flow: Flow, tcp: Tcp): void {
  const now = header().nowNs;
  tcp.rtoAtNs = now + tcp.rtoNs;
  tcp.timedAtNs = now;
  sendFromClient(index, flow, tcp, H.SYN);
}

/** Fast retransmit and fast recovery: the oldest segment again. */
function sendOldest(index: u32, flow: Flow, tcp: Tcp): void {
  if (!T.isWaiting(tcp)) return;
  countRepeat(tcp);
  sendSegment(index, flow, tcp, tcp.unacked);
}

/** Karn's algorithm: no time is taken of what was sent twice, nor of what an acknowledgment of it covers. */
function countRepeat(tcp: Tcp): void {
  tcp.repeats++;
  tcp.retransmissions++;
  tcp.timed = NEVER;
}

/** The next segment in order: one of those to be sent again, new data, or the FIN. */
function sendNext(index: u32, flow: Flow, tcp: Tcp): void {
  const now = header().nowNs;
  const segment = tcp.next;
  if (!T.isWaiting(tcp)) tcp.progressNs = now;
  tcp.next = segment + 1;
  if (segment < tcp.highest) {
    countRepeat(tcp);
  } else {
    tcp.highest = tcp.next;
    T.setBirth(tcp, segment, now);
    if (tcp.timed === NEVER) {
      tcp.timed = segment;
      tcp.timedAtNs = now;
    }
  }
  // RFC 6298, section 5.1.
  if (tcp.rtoAtNs === NEVER) tcp.rtoAtNs = now + tcp.rtoNs;
  sendSegment(index, flow, tcp, segment);
}

/** The client's retransmission timer expired (RFC 6298, sections 5.4 to 5.6). */
function timeOut(index: u32, flow: Flow, tcp: Tcp): void {
  const isConnecting = tcp.state === T.SYN_SENT;
  tcp.rtoAtNs = NEVER;
  if (tcp.retries === (isConnecting ? SYN_RETRIES : RETRIES)) {
    endConnection(tcp, T.TIMED_OUT);
    tellFlow(index, tcp, flow.cause);
    return;
  }
  tcp.retries++;
  tcp.rtoNs = backedOff(tcp.rtoNs);
  if (isConnecting) {
    tcp.retransmissions++;
    tcp.owed |= T.OWES_SYN;
    return;
  }
  tcp.next = tcp.unacked;
  tcp.allowed = 1;
  tcp.duplicates = 0;
  tcp.isRecovering = 0;
  tcp.recoverTo = tcp.highest;
}

/** The server's SYN-ACK or FIN was not acknowledged. */
function timeOutServer(tcp: Tcp): void {
  const isOpening = tcp.serverState === T.SYN_RECEIVED;
  tcp.serverRtoAtNs = NEVER;
  if (tcp.serverRetries === (isOpening ? SYN_ACK_RETRIES : FIN_RETRIES)) {
    forget(tcp);
    return;
  }
  tcp.serverRetries++;
  tcp.retransmissions++;
  tcp.serverRtoNs = backedOff(tcp.serverRtoNs);
  tcp.owed |= isOpening ? T.OWES_SYN_ACK : T.OWES_SERVER_FIN;
}

/** What the application does at its time: it connects, sends its next segment, or closes. */
function act(index: u32, flow: Flow, tcp: Tcp): void {
  const now = header().nowNs;
  if (tcp.state === T.CLOSED) {
    if (flow.nextNs <= now && flow.nextNs < flow.stopNs) begin(index, flow, tcp);
  } else if (tcp.state === T.ESTABLISHED && tcp.finAt === NEVER) {
    if (flow.stopNs <= now) tcp.finAt = tcp.highest;
    else if (flow.nextNs <= now && isOpen(tcp)) {
      advance(flow, 1);
      sendNext(index, flow, tcp);
    }
  }
}

function begin(index: u32, flow: Flow, tcp: Tcp): void {
  tcp.state = T.SYN_SENT;
  tcp.iss = initialSequence(flow.sourceIp, flow.destinationIp, (sourcePortOf(index) << 16) | FLOW_PORT);
  tcp.rtoNs = RTO_INITIAL_NS;
  tcp.owed |= T.OWES_SYN;
}

/** A node loses its power or gets it: an end of a connection there forgets it. A flow that has not begun yet begins in its rhythm. */
export function powerTcp(index: u32, node: u32, on: bool, cause: u32): void {
  const flow = flowAt(index);
  const tcp = tcpOf(flow);
  const isClient = T.clientNode(flow) === node;
  const isServer = tcp.serverState !== T.LISTEN && portAt(tcp.serverPort).node === node;
  if (!isClient && !isServer) return;
  if (isServer && !on) {
    forget(tcp);
    tcp.forgottenCause = cause;
  }
  if (isClient && on && tcp.state === T.CLOSED) keepRhythm(flow);
  const isOpenNow = tcp.state === T.SYN_SENT || tcp.state === T.ESTABLISHED;
  if (isClient && !on && isOpenNow) endConnection(tcp, T.ABORTED);
  armTcp(index);
}
