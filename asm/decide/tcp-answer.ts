/** What both ends of a TCP flow do: the RST for a segment of no connection, the end of a connection, and word of it for the log. */
import { Buffer, bytesOf } from '../frame/buffer';
import { Flow } from '../frame/flow-record';
import { DESTINATION, SOURCE } from '../frame/ipv4';
import { newNotice } from '../frame/notice';
import * as H from '../frame/tcp-header';
import { clientNode, endStall, OWES_CLIENT_ACK, OWES_OLDEST, OWES_RST, OWES_SYN, Tcp } from '../frame/tcp-record';
import * as L from '../memory/layout';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { NEVER } from '../memory/slot';

/** Both ports of a segment as its receiver sees them: its own in the upper half, the sender's in the lower. */
export function portsOf(bytes: usize): u32 {
  return (H.shortAt(bytes + H.DESTINATION_PORT) << 16) | H.shortAt(bytes + H.SOURCE_PORT);
}

/**
 * A segment that belongs to no connection is answered by a RST, unless it is one (RFC 9293, section 3.10.7.1). One RST can be owed:
 * of two such segments in one instant, the first is answered.
 */
export function oweRst(tcp: Tcp, index: u32, bytes: usize, cause: u32): void {
  const flags: u32 = load<u8>(bytes + H.FLAGS);
  if ((flags & H.RST) !== 0 || (tcp.owed & OWES_RST) !== 0) return;
  const hasAck = (flags & H.ACK) !== 0;
  const length = H.payloadBytes(bytes) + (flags & H.SYN) / H.SYN + (flags & H.FIN);
  tcp.owed |= OWES_RST;
  tcp.rstPort = index;
  tcp.rstIp = H.wordAt(bytes + DESTINATION);
  tcp.rstPeerIp = H.wordAt(bytes + SOURCE);
  tcp.rstPorts = portsOf(bytes);
  tcp.rstSequence = hasAck ? H.wordAt(bytes + H.ACKNOWLEDGMENT) : 0;
  tcp.rstAck = hasAck ? 0 : H.wordAt(bytes + H.SEQUENCE) + length;
  tcp.rstFlags = hasAck ? H.RST : H.RST | H.ACK;
  tcp.rstCause = cause;
}

/** The client's connection is over, in one of the states of a report. */
export function endConnection(tcp: Tcp, state: u32): void {
  const now = header().nowNs;
  endStall(tcp, now);
  tcp.state = state;
  tcp.endedNs = now;
  tcp.rtoAtNs = NEVER;
  tcp.owed &= ~(OWES_SYN | OWES_CLIENT_ACK | OWES_OLDEST);
}

/** The client received a RST that it must accept. One that was brought to its own interface came from outside the lab. */
export function endByRst(index: u32, flow: Flow, tcp: Tcp, buffer: Buffer, state: u32): void {
  tcp.resetPort = portAt(buffer.bornPort).node === clientNode(flow) ? L.NONE : buffer.bornPort;
  endConnection(tcp, state);
  // A RST of the flow's other end has a cause that says more than the way it took.
  tellFlow(index, tcp, buffer.flow !== 0 && buffer.bornPort === tcp.rstPort ? tcp.rstCause : buffer.cause);
}

/** Tells the host that the client is connected, or that a RST or a timeout ended its connection. */
export function tellFlow(index: u32, tcp: Tcp, cause: u32): void {
  const at = newNotice(L.NOTICE_FLOW);
  store<u32>(at + L.NOTICE_PORT, tcp.resetPort);
  store<u32>(at + L.NOTICE_FROM, index);
  store<u32>(at + L.NOTICE_NODE, tcp.state);
  store<u32>(at + L.NOTICE_VLAN, tcp.connectedNs === 0 ? 0 : 1);
  store<u32>(at + L.NOTICE_CAUSE, cause);
}

/** Whether a RST must be accepted: its sequence number is the one expected (RFC 9293, section 3.10.7.4, after RFC 5961). */
export function isExpected(bytes: usize, expected: u32): bool {
  return H.wordAt(bytes + H.SEQUENCE) === expected;
}

/** Whether a sequence number lies in the window. A RST there, but not at its start, is challenged by an ACK. */
export function isInWindow(tcp: Tcp, bytes: usize, expected: u32): bool {
  const offset = H.ahead(H.wordAt(bytes + H.SEQUENCE), expected);
  return offset >= 0 && <u32>offset < tcp.windowBytes;
}

export function flagsOf(buffer: Buffer): u32 {
  return load<u8>(bytesOf(buffer) + H.FLAGS);
}
