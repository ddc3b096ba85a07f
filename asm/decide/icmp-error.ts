/**
 * ICMP errors (RFC 792): what a node that forwards tells the sender of a packet that it cannot forward.
 *
 *   34     35     36        38       40      42            62…
 *  ┌ type ┬ code ┬ checksum ┬ 0      ┬ MTU   ┬ IPv4 header ┬ first bytes of its payload ┐
 *
 * The packet is quoted as far as 576 bytes hold it (RFC 1812, 4.3.2.3); the MTU is that of RFC 1191, else 0. Nothing is told about an ICMP
 * error, a fragment other than the first, or what came or went to more than one station (RFC 1812, 4.3.2.7).
 *
 * Decision someone may dispute: the limit is one of the whole node, six errors at once and then one per second, as Linux has it for each
 * destination (net/ipv4/icmp.c, `icmpv4_xrlim_allow`; RFC 1812, 4.3.2.8, leaves it open).
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { destinationOf, isGroup } from '../frame/ethernet';
import { DESTINATION, IP, IPV4_HEADER_BYTES, PROTOCOL, SOURCE, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { header } from '../memory/region';
import { NANOS_PER_SECOND } from '../memory/slot';
import * as T from '../memory/team-layout';

/** Type and code of an error, as they lie in memory (little endian). */
export const TIME_EXCEEDED: u16 = 0x000b;
export const HOST_UNREACHABLE: u16 = 0x0103;
export const FRAGMENTATION_NEEDED: u16 = 0x0403;

/** An error leaves this long after the packet that it is about was dropped, as what agents send. */
export const ERROR_COST_NS: u64 = 1000;

const AT_ONCE: u64 = 6;
const INTERVAL_NS: u64 = NANOS_PER_SECOND;

const FRAGMENT: usize = IP + 6;
/** The offset within the flags and offset of a fragment, as they lie in memory. */
const OFFSET_MASK: u16 = 0xff1f;
export const ICMP: usize = IP + 20;
const QUOTE: usize = ICMP + 8;
const ICMP_PROTOCOL: u8 = 1;
const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;
/** RFC 1812: precedence 6, internetwork control. */
const INTERNETWORK_CONTROL: u8 = 0xc0;
const DONT_FRAGMENT: u16 = 0x0040;
const ERROR_TTL: u8 = 64;
const PACKET_MAX: u32 = 576;
const QUOTE_MAX: u32 = PACKET_MAX - IPV4_HEADER_BYTES - 8;
const FRAME_MIN: u32 = 60;

/** Whether a node tells the sender of a packet why it drops it. Counts the error against the limit of the node. */
export function mayReport(node: Node, about: Buffer): bool {
  return isReportable(bytesOf(about)) && mayTell(node);
}

/** Whether a node may send an error now, about whatever packet. Counts it against the limit of the node. */
export function mayTell(node: Node): bool {
  const forwards = (node.flags & L.NODE_PASSES_ON) !== 0;
  if (!forwards || (node.flags & T.NODE_TELLS_NOBODY) !== 0) return false;
  if ((node.flags & L.NODE_HA_MEMBER) !== 0 && node.haActive === 0) return false;
  const now = header().nowNs;
  if (node.errorsNs > now + (AT_ONCE - 1) * INTERVAL_NS) return false;
  node.errorsNs = max(node.errorsNs, now) + INTERVAL_NS;
  return true;
}

function isReportable(bytes: usize): bool {
  if (isGroup(destinationOf(bytes)) || !isUnicast(load<u8>(bytes + DESTINATION)) || !isUnicast(load<u8>(bytes + SOURCE)))
    return false;
  if ((load<u16>(bytes + FRAGMENT) & OFFSET_MASK) !== 0) return false;
  if (load<u8>(bytes + PROTOCOL) !== ICMP_PROTOCOL) return true;
  const type = load<u8>(bytes + IP + headerBytes(bytes));
  return type === ECHO_REQUEST || type === ECHO_REPLY;
}

/** By the first byte of an address: not of this network, loopback, multicast or broadcast. */
function isUnicast(first: u8): bool {
  return first !== 0 && first !== 127 && first < 224;
}

function headerBytes(bytes: usize): usize {
  return <usize>(load<u8>(bytes + IP) & 15) * 4;
}

/** Bytes of a packet that its error quotes. */
function quotedBytes(about: usize): u32 {
  return min<u32>(bswap<u16>(load<u16>(about + TOTAL_LENGTH)), QUOTE_MAX);
}

/** Bytes of the ICMP message about a packet, rounded up to whole words: what is behind its end is zero. */
export function messageBytes(about: usize): u32 {
  return (8 + quotedBytes(about) + 3) & ~3;
}

/** Length of the frame that holds the error about a packet. */
export function errorFrameBytes(about: usize): u32 {
  return max<u32>(<u32>QUOTE + quotedBytes(about), FRAME_MIN);
}

/** Writes the error about a packet, from one address to the packet's source; both checksums are 0. */
export function writeError(bytes: usize, about: usize, from: u32, problem: u16, mtu: u32): void {
  const quoted = quotedBytes(about);
  memory.fill(bytes, 0, max<u32>(<u32>QUOTE + quoted + 4, FRAME_MIN));
  store<u16>(bytes + 12, 0x0008);
  store<u8>(bytes + IP, 0x45);
  store<u8>(bytes + IP + 1, INTERNETWORK_CONTROL);
  store<u16>(bytes + TOTAL_LENGTH, bswap<u16>(<u16>(IPV4_HEADER_BYTES + 8 + quoted)));
  store<u16>(bytes + FRAGMENT, DONT_FRAGMENT);
  store<u8>(bytes + TTL, ERROR_TTL);
  store<u8>(bytes + PROTOCOL, ICMP_PROTOCOL);
  store<u32>(bytes + SOURCE, bswap<u32>(from));
  store<u32>(bytes + DESTINATION, load<u32>(about + SOURCE));
  store<u16>(bytes + ICMP, problem);
  store<u16>(bytes + ICMP + 6, bswap<u16>(<u16>mtu));
  memory.copy(bytes + QUOTE, about + IP, quoted);
}
