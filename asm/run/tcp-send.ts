/**
 * Segments of a TCP flow as they leave: every field as a host sets it. DF is set, the identification counts the packets of an end,
 * and the only option is the MSS in a SYN (RFC 9293, section 3.7.1).
 *
 *  54                58               62
 *  ┌ flow index, u32 ┬ segment, u32   ┬ born, ns, u64   ┐ payload of a data segment: big endian, and zeros behind
 */
import { sendPacket } from '../decide/route-packet';
import { Buffer, bytesOf } from '../frame/buffer';
import { FLOW_PORT, FLOW_TTL, Flow, sourcePortOf } from '../frame/flow-record';
import { bearFrame } from '../frame/frame';
import { CHECKSUM, DESTINATION, headerSum, IP, PROTOCOL, SOURCE, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import * as H from '../frame/tcp-header';
import { birthOf, clientNode, sequenceOf, Tcp } from '../frame/tcp-record';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import * as T from '../memory/tcp-layout';

const IPV4_HEADER: u32 = 20;
/** Of IPv4 and TCP, without options. */
const HEADERS: u32 = 40;
const MSS_OPTION: u32 = 0x02040000;
const MSS_BYTES: u32 = 4;

/** The client sends a segment of data, or its FIN: number `finAt`. */
export function sendSegment(index: u32, flow: Flow, tcp: Tcp, segment: u64): void {
  const isFin = segment === tcp.finAt;
  const born = bear(index, flow, tcp, flow.port, isFin ? 0 : tcp.payload, flow.cause);
  if (born === null) return;
  const buffer = <Buffer>born;
  const bytes = bytesOf(buffer);
  buffer.seq = <u32>segment;
  if (!isFin) {
    H.putWord(bytes + H.PAYLOAD, index);
    H.putWord(bytes + H.PAYLOAD + 4, <u32>segment);
    store<u64>(bytes + H.PAYLOAD + 8, bswap<u64>(birthOf(tcp, segment)));
  }
  address(bytes, flow.sourceIp, flow.destinationIp, clientPorts(index));
  control(bytes, tcp, sequenceOf(tcp, segment), tcp.expected, isFin ? H.FIN | H.ACK : H.PSH | H.ACK);
  launch(flow.port, buffer);
}

/** The client sends a SYN, or an ACK without data. */
export function sendFromClient(index: u32, flow: Flow, tcp: Tcp, flags: u32): void {
  const isSyn = (flags & H.SYN) !== 0;
  const born = bear(index, flow, tcp, flow.port, isSyn ? MSS_BYTES : 0, flow.cause);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  address(bytes, flow.sourceIp, flow.destinationIp, clientPorts(index));
  control(bytes, tcp, isSyn ? tcp.iss : sequenceOf(tcp, tcp.highest), isSyn ? 0 : tcp.expected, flags);
  if (isSyn) putMss(bytes, flow.port);
  launch(flow.port, <Buffer>born);
}

/** The server sends a SYN-ACK, an ACK or a FIN. @param sequence of the segment. @param ack what it expects next. */
export function sendFromServer(index: u32, flow: Flow, tcp: Tcp, sequence: u32, ack: u32, flags: u32): void {
  const isSyn = (flags & H.SYN) !== 0;
  const born = bear(index, flow, tcp, tcp.serverPort, isSyn ? MSS_BYTES : 0, tcp.answerCause);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  address(bytes, tcp.serverIp, tcp.peerIp, tcp.serverPorts);
  control(bytes, tcp, sequence, ack, flags);
  if (isSyn) putMss(bytes, tcp.serverPort);
  launch(tcp.serverPort, <Buffer>born);
}

/** The RST that is owed. */
export function sendRst(index: u32, flow: Flow, tcp: Tcp): void {
  const born = bear(index, flow, tcp, tcp.rstPort, 0, tcp.rstCause);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  address(bytes, tcp.rstIp, tcp.rstPeerIp, tcp.rstPorts);
  control(bytes, tcp, tcp.rstSequence, tcp.rstAck, tcp.rstFlags);
  H.putShort(bytes + H.WINDOW, 0);
  launch(tcp.rstPort, <Buffer>born);
}

function clientPorts(index: u32): u32 {
  return (sourcePortOf(index) << 16) | FLOW_PORT;
}

/** A new frame for a segment with so many bytes behind its header: zero but for the fields that all have. Null without a buffer. */
function bear(index: u32, flow: Flow, tcp: Tcp, port: u32, more: u32, cause: u32): Buffer | null {
  const total = H.SEGMENT_HEADERS + more - <u32>IP;
  const length = max<u32>(<u32>IP + total, L.SHORTEST_FRAME_BYTES);
  const isClient = portAt(port).node === clientNode(flow);
  flow.sent++;
  const ident = isClient ? tcp.ident++ : tcp.serverIdent++;
  const born = bearFrame(port, length, cause, index + 1);
  if (born === null) return null;
  const bytes = bytesOf(<Buffer>born);
  memory.fill(bytes, 0, length);
  H.putShort(bytes + 12, 0x0800);
  store<u8>(bytes + IP, 0x45);
  H.putShort(bytes + TOTAL_LENGTH, total);
  H.putShort(bytes + IP + 4, ident & 0xffff);
  H.putShort(bytes + IP + 6, 0x4000);
  store<u8>(bytes + TTL, FLOW_TTL);
  store<u8>(bytes + PROTOCOL, <u8>H.TCP_PROTOCOL);
  return born;
}

/** @param ports the sender's in the upper half, the receiver's in the lower. */
function address(bytes: usize, own: u32, peer: u32, ports: u32): void {
  H.putWord(bytes + SOURCE, own);
  H.putWord(bytes + DESTINATION, peer);
  H.putWord(bytes + H.SOURCE_PORT, ports);
}

function control(bytes: usize, tcp: Tcp, sequence: u32, ack: u32, flags: u32): void {
  H.putWord(bytes + H.SEQUENCE, sequence);
  H.putWord(bytes + H.ACKNOWLEDGMENT, ack);
  store<u8>(bytes + H.DATA_OFFSET, 0x50);
  store<u8>(bytes + H.FLAGS, <u8>flags);
  H.putShort(bytes + H.WINDOW, tcp.windowBytes);
}

function putMss(bytes: usize, port: u32): void {
  H.putWord(bytes + H.OPTIONS, MSS_OPTION | mssOf(port));
  store<u8>(bytes + H.DATA_OFFSET, 0x60);
}

/** What fits the interface, its MTU without the IPv4 and TCP headers; at a firewall what fits its global MTU (rule JUM-01). */
function mssOf(port: u32): u32 {
  const flags = nodeAt(portAt(port).node).flags;
  if ((flags & L.NODE_PASSES_ON) === 0) return portAt(port).mtu - HEADERS;
  return (flags & T.NODE_JUMBO) === 0 ? T.TCP_MSS_STANDARD : T.TCP_MSS_JUMBO;
}

/** Writes the checksums and sends. */
function launch(port: u32, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  H.putChecksum(bytes);
  H.putShort(bytes + CHECKSUM, ~headerSum(bytes + IP, IPV4_HEADER) & 0xffff);
  sendPacket(nodeAt(portAt(port).node), port, buffer);
}
