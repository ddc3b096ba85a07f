/**
 * Rewrites a packet of a session that is translated: source on the way out, destination on the way back; of an ICMP error also the
 * packet that it quotes (RFC 5508, section 4.2). Checksums follow from what changed (RFC 1624, equation 3); a UDP checksum of 0 says that there is
 * none, and stays 0.
 *
 * Fields are added as they lie in memory: the sum of swapped halves is the swapped sum (RFC 1071, section 2).
 */
import { CHECKSUM, DESTINATION, ICMP, IP, SOURCE, TCP, TOTAL_LENGTH, UDP } from '../frame/ipv4';
import { Session } from './record';
import { BACKWARD } from './table';
import { Tuple } from './tuple';

/** Offsets in a header: IPv4's checksum, source, destination; checksums of TCP, UDP, ICMP; identifier of an echo. */
const IP_CHECKSUM: usize = 10;
const IP_SOURCE: usize = 12;
const IP_DESTINATION: usize = 16;
const TCP_CHECKSUM: usize = 16;
const UDP_CHECKSUM: usize = 6;
const ICMP_CHECKSUM: usize = 2;
const ICMP_IDENTIFIER: usize = 4;

/** @param tuple the packet's, as `readTuple` gave it. @param direction 0 from the side that opened the session, BACKWARD from the other. */
export function translate(bytes: usize, tuple: Tuple, session: Session, direction: u32): void {
  // The side that opened the session, as the other side knows it (outside) and as it is (inside), in wire order.
  const outside = bswap<u32>(<u32>session.backward);
  const inside = bswap<u32>(<u32>(session.outward >> 32));
  const outsidePort = bswap<u16>(<u16>session.backwardPorts);
  const insidePort = bswap<u16>(<u16>(session.outwardPorts >> 16));
  const isBack = direction === BACKWARD;
  const address = isBack ? inside : outside;
  const port = isBack ? insidePort : outsidePort;
  const end = <u32>IP + <u32>bswap<u16>(load<u16>(bytes + TOTAL_LENGTH));
  if (tuple.quotedAt === 0) {
    rewrite(bytes + IP, bytes + tuple.transportAt, tuple.protocol, address, port, isBack, bytes + end);
    return;
  }
  const at = bytes + (isBack ? DESTINATION : SOURCE);
  fix(bytes + CHECKSUM, halves(load<u32>(at)), halves(address));
  store<u32>(at, address);
  // What it quotes went the other way.
  const quoted = bytes + tuple.quotedAt;
  const transport = quoted + <usize>(load<u8>(quoted) & 15) * 4;
  rewrite(quoted, transport, tuple.protocol, address, port, !isBack, bytes + end);
  const icmp = bytes + tuple.transportAt;
  store<u16>(icmp + ICMP_CHECKSUM, 0);
  store<u16>(icmp + ICMP_CHECKSUM, <u16>~sumOf(icmp, bytes + end));
}

/** Gives one side of a packet another address and port. @param end where its bytes end: a quoted packet may be cut off. */
function rewrite(ip: usize, transport: usize, protocol: u32, address: u32, port: u16, isDestination: bool, end: usize): void {
  const at = ip + (isDestination ? IP_DESTINATION : IP_SOURCE);
  const before = halves(load<u32>(at));
  const after = halves(address);
  store<u32>(at, address);
  fix(ip + IP_CHECKSUM, before, after);
  const portAt = transport + (protocol === ICMP ? ICMP_IDENTIFIER : isDestination ? 2 : 0);
  const portBefore = <u32>load<u16>(portAt);
  store<u16>(portAt, port);
  // ICMP has no pseudo header: its checksum does not cover addresses.
  if (protocol === ICMP) fix(transport + ICMP_CHECKSUM, portBefore, port);
  else if (protocol === TCP && transport + TCP_CHECKSUM + 2 <= end)
    fix(transport + TCP_CHECKSUM, before + portBefore, after + port);
  else if (protocol === UDP && load<u16>(transport + UDP_CHECKSUM) !== 0) {
    fix(transport + UDP_CHECKSUM, before + portBefore, after + port);
    if (load<u16>(transport + UDP_CHECKSUM) === 0) store<u16>(transport + UDP_CHECKSUM, 0xffff);
  }
}

// inline
function halves(word: u32): u32 {
  return (word & 0xffff) + (word >> 16);
}

/** HC' = ~(~HC + ~m + m'), where m and m' are sums of the words that changed. */
function fix(at: usize, before: u32, after: u32): void {
  const sum = (~(<u32>load<u16>(at)) & 0xffff) + (0xffff ^ halves(halves(before))) + after;
  store<u16>(at, <u16>~halves(halves(sum)));
}

/** Ones' complement sum of bytes, folded. */
function sumOf(from: usize, end: usize): u32 {
  let sum: u64 = 0;
  let at = from;
  for (; at + 2 <= end; at += 2) sum += load<u16>(at);
  if (at < end) sum += load<u8>(at);
  sum = (sum & 0xffff) + (sum >> 16);
  return <u32>((sum & 0xffff) + (sum >> 16));
}
