/**
 * The record of a flow's TCP connection: its client's side, its server's side, and what the report tells. Only flows with
 * `protocol: tcp` have one, in the elements of the region (Flow.tcpAt).
 *
 *   Tcp  ┌ fields ┬ TCP_BIRTHS_AT: birth of each segment in the window, 64 × u64 ┐ = TCP_BYTES
 *
 * Every data segment has the same size, so the record counts segments and derives sequence numbers: segment n begins at
 * `iss + 1 + n * payload`, modulo 2^32. A FIN is the segment behind the last one, of one byte.
 */
import * as L from '../memory/layout';
import { portAt } from '../memory/port';
import { takeElement } from '../memory/region';
import { NEVER } from '../memory/slot';
import * as T from '../memory/tcp-layout';
import { Flow } from './flow-record';
import { ahead, SEGMENT_HEADERS } from './tcp-header';

// What a report says of the client (RFC 9293, section 3.3.2, and how it ended).
export const CLOSED: u32 = T.TCP_CLOSED;
export const SYN_SENT: u32 = T.TCP_SYN_SENT;
export const ESTABLISHED: u32 = T.TCP_ESTABLISHED;
export const FINISHED: u32 = T.TCP_FINISHED;
export const RESET: u32 = T.TCP_RESET;
export const REFUSED: u32 = T.TCP_REFUSED;
export const TIMED_OUT: u32 = T.TCP_TIMED_OUT;
export const ABORTED: u32 = T.TCP_ABORTED;

/** The server: it listens, has answered a SYN, is connected, or has sent its FIN. */
export const LISTEN: u32 = 0;
export const SYN_RECEIVED: u32 = 1;
export const CONNECTED: u32 = 2;
export const LAST_ACK: u32 = 3;

// Segments that an end owes at once: they leave in events of the flow's slot, at this instant.
export const OWES_RST: u32 = 1;
export const OWES_SYN: u32 = 2;
export const OWES_SYN_ACK: u32 = 4;
export const OWES_SERVER_ACK: u32 = 8;
export const OWES_SERVER_FIN: u32 = 16;
export const OWES_CLIENT_ACK: u32 = 32;
export const OWES_OLDEST: u32 = 64;

/** Segments that may be on their way: one bit of `held` each. */
export const WINDOW_SEGMENTS: u32 = 64;
/** No window scaling: the field has 16 bits. */
const WINDOW_BYTES: u32 = 65535;

@unmanaged
export class Tcp {
  payload: u32;
  /** Segments of the window, and what the window field says in bytes. */
  window: u32;
  windowBytes: u32;
  owed: u32;

  // The client.
  state: u32;
  iss: u32;
  /** Sequence number that the client expects of the server. */
  expected: u32;
  ident: u32;
  /** Oldest segment without an acknowledgment; the next to be sent; behind the last that was ever sent. */
  unacked: u64;
  next: u64;
  highest: u64;
  /** Number of the FIN; NEVER while the application sends. */
  finAt: u64;
  /** Segments that may be on their way now: the window, or fewer after a timeout. */
  allowed: u32;
  retries: u32;
  duplicates: u32;
  isRecovering: u32;
  /** Acknowledgments below do not begin a fast retransmit (RFC 6582). */
  recoverTo: u64;
  /** The one segment whose time is taken (RFC 6298, section 3); NEVER for none. */
  timed: u64;
  timedAtNs: u64;
  srttNs: u64;
  rttVarNs: u64;
  rtoNs: u64;
  rtoAtNs: u64;
  hasPeerFin: u32;

  // The server.
  serverState: u32;
  serverPort: u32;
  /** The connection as the server sees it: addresses and ports may have been translated on the way. */
  serverIp: u32;
  peerIp: u32;
  /** The server's port in the upper half, the client's in the lower. */
  serverPorts: u32;
  serverIss: u32;
  peerIss: u32;
  serverIdent: u32;
  serverRetries: u32;
  /** Segments that arrived in order; and those that arrived beyond, one bit each, the lowest for the next. */
  arrived: u64;
  held: u64;
  serverRtoNs: u64;
  serverRtoAtNs: u64;
  /** Event that the latest segment came for which an end answers; event that made the server forget. */
  answerCause: u32;
  forgottenCause: u32;

  // A RST that is owed: where from, and its fields.
  rstPort: u32;
  rstIp: u32;
  rstPeerIp: u32;
  rstPorts: u32;
  rstSequence: u32;
  rstAck: u32;
  rstFlags: u32;
  rstCause: u32;

  // The report.
  connectedNs: u64;
  endedNs: u64;
  resetPort: u32;
  /** Retransmissions since something was acknowledged last, and in all. */
  repeats: u32;
  retransmissions: u64;
  /** When something was acknowledged last, or the oldest outstanding segment was sent if that was later. */
  progressNs: u64;
  longestStallNs: u64;
  longestStallFromNs: u64;
  delivered: u64;
}
if (offsetof<Tcp>() > <usize>T.TCP_BIRTHS_AT) ERROR('Tcp does not fit its slot');

/** A record for a flow; false when the sizing pass did not provide for it, or its frames are too short. */
export function makeTcp(flow: Flow): bool {
  if (flow.frameBytes < <u32>T.TCP_FRAME_MIN) return false;
  flow.tcpAt = takeElement(T.TCP_BYTES);
  if (flow.tcpAt === 0) return false;
  const tcp = tcpOf(flow);
  tcp.payload = flow.frameBytes - SEGMENT_HEADERS;
  tcp.window = min(WINDOW_SEGMENTS, WINDOW_BYTES / tcp.payload);
  tcp.windowBytes = tcp.window * tcp.payload;
  tcp.allowed = tcp.window;
  tcp.finAt = NEVER;
  tcp.timed = NEVER;
  tcp.rtoAtNs = NEVER;
  tcp.serverRtoAtNs = NEVER;
  tcp.resetPort = L.NONE;
  return true;
}

// inline
export function tcpOf(flow: Flow): Tcp {
  return changetype<Tcp>(<usize>flow.tcpAt);
}

/** When a segment of the window was born: it carries that time, also when it is sent again. */
function birthAt(tcp: Tcp, segment: u64): usize {
  return changetype<usize>(tcp) + T.TCP_BIRTHS_AT + <usize>((segment % WINDOW_SEGMENTS) * 8);
}

export function birthOf(tcp: Tcp, segment: u64): u64 {
  return load<u64>(birthAt(tcp, segment));
}

export function setBirth(tcp: Tcp, segment: u64, ns: u64): void {
  store<u64>(birthAt(tcp, segment), ns);
}

/** Sequence number of the first byte of a segment of the client. */
export function sequenceOf(tcp: Tcp, segment: u64): u32 {
  const bytes = segment > tcp.finAt ? tcp.finAt * tcp.payload + 1 : segment * tcp.payload;
  return tcp.iss + 1 + <u32>bytes;
}

/**
 * Segments that an acknowledgment adds to those acknowledged; 0 for an old one, and for one of bytes that were never sent.
 */
export function newlyAcknowledged(tcp: Tcp, ack: u32): u64 {
  const bytes = ahead(ack, sequenceOf(tcp, tcp.unacked));
  if (bytes <= 0 || ahead(ack, sequenceOf(tcp, tcp.highest)) > 0) return 0;
  if (tcp.highest > tcp.finAt && ack === sequenceOf(tcp, tcp.highest)) return tcp.highest - tcp.unacked;
  return <u64>(<u32>bytes / tcp.payload);
}

/** Node of the flow's client. */
// inline
export function clientNode(flow: Flow): u32 {
  return portAt(flow.port).node;
}

/** Something is outstanding: the retransmission timer runs. */
// inline
export function isWaiting(tcp: Tcp): bool {
  return tcp.unacked < tcp.highest;
}

/** Something was acknowledged, or the connection ends: a stall is over, if retransmissions said that there was one. */
export function endStall(tcp: Tcp, nowNs: u64): void {
  const stallNs = nowNs - tcp.progressNs;
  if (tcp.repeats !== 0 && stallNs > tcp.longestStallNs) {
    tcp.longestStallNs = stallNs;
    tcp.longestStallFromNs = tcp.progressNs;
  }
  tcp.repeats = 0;
  tcp.progressNs = nowNs;
}
