/**
 * The server of a TCP flow receives a segment (RFC 9293, section 3.10.7). Every host listens on the flow's port, and so does a firewall
 * at the addresses of interfaces with a management profile; else a router or firewall refuses.
 *
 * Decision someone may dispute: each segment is acknowledged at once. RFC 5681, section 4.2, wants at least every second one
 * acknowledged within 500 ms, and those out of order at once; Linux begins so, too (quick acknowledgments). Segments beyond a
 * gap are kept, as RFC 9293 asks for.
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { Flow, measure } from '../frame/flow-record';
import { DESTINATION, SOURCE } from '../frame/ipv4';
import * as H from '../frame/tcp-header';
import {
  birthOf,
  CONNECTED,
  LAST_ACK,
  LISTEN,
  OWES_SERVER_ACK,
  OWES_SERVER_FIN,
  OWES_SYN_ACK,
  SYN_RECEIVED,
  SYN_SENT,
  Tcp,
} from '../frame/tcp-record';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { later } from '../memory/origin';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { NEVER } from '../memory/slot';
import * as T from '../memory/tcp-layout';
import { findRoute, Route } from './routes';
import { flagsOf, isExpected, isInWindow, oweRst, portsOf } from './tcp-answer';
import { RTO_INITIAL_NS } from './tcp-timer';

/** A segment reached a node that is not the client's. @param index the interface that received it. */
export function serverReceives(flow: Flow, tcp: Tcp, index: u32, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  const flags = flagsOf(buffer);
  if (!isOfConnection(tcp, index, bytes)) {
    const isSyn = (flags & (H.SYN | H.ACK | H.RST)) === H.SYN;
    if (isSyn && listens(tcp, index, H.wordAt(bytes + DESTINATION))) accept(tcp, index, buffer);
    else oweRst(tcp, index, bytes, later(buffer.cause, tcp.forgottenCause));
    return;
  }
  tcp.answerCause = buffer.cause;
  if ((flags & H.RST) !== 0) {
    if (isExpected(bytes, expectedOf(tcp))) forget(tcp);
    else if (isInWindow(tcp, bytes, expectedOf(tcp))) tcp.owed |= OWES_SERVER_ACK;
    return;
  }
  if ((flags & H.SYN) !== 0) {
    // The client did not see the answer, or somebody asks in the middle of a connection (RFC 5961, section 4).
    tcp.owed |= tcp.serverState === SYN_RECEIVED ? OWES_SYN_ACK : OWES_SERVER_ACK;
    return;
  }
  if (tcp.serverState === SYN_RECEIVED && H.wordAt(bytes + H.ACKNOWLEDGMENT) === tcp.serverIss + 1) connect(tcp);
  if (tcp.serverState === CONNECTED) takeSegment(flow, tcp, bytes, flags);
  else if (tcp.serverState === LAST_ACK) finish(tcp, bytes, flags);
}

/** Whether a segment belongs to the connection that the server has, as it sees its addresses and ports. */
export function isOfConnection(tcp: Tcp, index: u32, bytes: usize): bool {
  if (tcp.serverState === LISTEN || portAt(tcp.serverPort).node !== portAt(index).node) return false;
  if (portsOf(bytes) !== tcp.serverPorts) return false;
  return H.wordAt(bytes + SOURCE) === tcp.peerIp && H.wordAt(bytes + DESTINATION) === tcp.serverIp;
}

/** A host listens. A second one does not take over a connection that the first has. @param ip the address that the client asks. */
function listens(tcp: Tcp, index: u32, ip: u32): bool {
  const node = portAt(index).node;
  if ((nodeAt(node).flags & L.NODE_PASSES_ON) !== 0 && !permits(nodeAt(node), ip)) return false;
  return tcp.serverState === LISTEN || tcp.state === SYN_SENT || portAt(tcp.serverPort).node === node;
}

/** Whether the interface that has an address of a firewall has a management profile, whichever interface the client is behind. */
function permits(node: Node, ip: u32): bool {
  const own = findRoute(node, ip);
  return own !== null && (portAt((<Route>own).port).flags & <u32>T.PORT_ANSWERS_TCP) !== 0;
}

function accept(tcp: Tcp, index: u32, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  tcp.serverState = SYN_RECEIVED;
  tcp.serverPort = index;
  tcp.serverIp = H.wordAt(bytes + DESTINATION);
  tcp.peerIp = H.wordAt(bytes + SOURCE);
  tcp.serverPorts = portsOf(bytes);
  tcp.peerIss = H.wordAt(bytes + H.SEQUENCE);
  tcp.serverIss = initialSequence(tcp.serverIp, tcp.peerIp, tcp.serverPorts);
  tcp.arrived = 0;
  tcp.held = 0;
  tcp.serverRetries = 0;
  tcp.serverRtoNs = RTO_INITIAL_NS;
  tcp.serverRtoAtNs = NEVER;
  tcp.answerCause = buffer.cause;
  tcp.owed |= OWES_SYN_ACK;
}

/** RFC 9293, section 3.4.1: a clock of 4 us, and a function of addresses and ports. */
export function initialSequence(own: u32, peer: u32, ports: u32): u32 {
  let hash = own * 0x9e3779b1 + peer;
  hash = (hash ^ (hash >> 15)) * 0x85ebca6b + ports;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return (hash ^ (hash >> 16)) + <u32>(header().nowNs / 4000);
}

/** Sequence number that the server expects. */
export function expectedOf(tcp: Tcp): u32 {
  return tcp.peerIss + 1 + <u32>(tcp.arrived * tcp.payload) + (tcp.serverState === LAST_ACK ? 1 : 0);
}

function connect(tcp: Tcp): void {
  tcp.serverState = CONNECTED;
  tcp.serverRtoAtNs = NEVER;
}

function takeSegment(flow: Flow, tcp: Tcp, bytes: usize, flags: u32): void {
  const offset = H.ahead(H.wordAt(bytes + H.SEQUENCE), expectedOf(tcp));
  const length = H.payloadBytes(bytes);
  if ((flags & H.FIN) !== 0 && offset === 0) {
    tcp.serverState = LAST_ACK;
    tcp.serverRetries = 0;
    tcp.serverRtoNs = RTO_INITIAL_NS;
    tcp.owed |= OWES_SERVER_FIN;
    return;
  }
  if (length === tcp.payload && offset >= 0) hold(flow, tcp, <u32>offset);
  if (length !== 0 || (flags & H.FIN) !== 0) tcp.owed |= OWES_SERVER_ACK;
}

/** Keeps a segment of the window, and hands on all that are in order now. */
function hold(flow: Flow, tcp: Tcp, offset: u32): void {
  const place = offset / tcp.payload;
  if (offset % tcp.payload !== 0 || place >= tcp.window) return;
  if (place !== 0) flow.reordered++;
  tcp.held |= (<u64>1) << place;
  while ((tcp.held & 1) !== 0) {
    tcp.held >>= 1;
    measure(flow, header().nowNs - birthOf(tcp, tcp.arrived), tcp.delivered === 0);
    tcp.delivered++;
    tcp.arrived++;
  }
}

/** The server has sent its FIN. */
function finish(tcp: Tcp, bytes: usize, flags: u32): void {
  if ((flags & H.FIN) !== 0) tcp.owed |= OWES_SERVER_FIN;
  else if (H.wordAt(bytes + H.ACKNOWLEDGMENT) === tcp.serverIss + 2) forget(tcp);
}

/** The server has no connection any more. */
export function forget(tcp: Tcp): void {
  tcp.serverState = LISTEN;
  tcp.serverRtoAtNs = NEVER;
  tcp.owed &= ~(OWES_SYN_ACK | OWES_SERVER_ACK | OWES_SERVER_FIN);
}
