/**
 * ICMPv6 errors (RFC 4443): what a node that forwards tells the sender of a packet that it cannot forward.
 *
 *   54     55     56        58       62            102…
 *  ┌ type ┬ code ┬ checksum ┬ MTU, or 0 ┬ IPv6 header ┬ first bytes of its payload ┐
 *
 * The packet is quoted as far as 1,280 bytes hold it. Nothing is told about an ICMPv6 error, or what came or went to more than one
 * station (section 2.4 e). The limit is one with that of IPv4 errors (icmp-error.ts).
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { destinationOf, isGroup } from '../frame/ethernet';
import { bearFrame } from '../frame/frame';
import { routeLater } from '../frame/inject';
import {
  checksum6,
  DESTINATION6,
  HOP_LIMIT,
  halfAt,
  ICMP6,
  IP6,
  IPV6_HEADER_BYTES,
  isLinkLocal,
  isMulticast6,
  NEXT_HEADER,
  PAYLOAD_LENGTH,
  PAYLOAD6,
  SOURCE6,
  storeHalves,
} from '../frame/ipv6';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { header } from '../memory/region';
import { ERROR_COST_NS, mayTell } from './icmp-error';
import { findRoute6, LOCAL6, Route6, sourceOf6 } from './routes6';

/** Type and code of an error, as they lie in memory (little endian). */
export const ADDRESS_UNREACHABLE: u16 = 0x0301;
export const PACKET_TOO_BIG: u16 = 0x0002;
export const HOP_LIMIT_EXCEEDED: u16 = 0x0003;

const QUOTE: usize = PAYLOAD6 + 8;
const QUOTE_MAX: u32 = 1280 - IPV6_HEADER_BYTES - 8;
const ERROR_HOP_LIMIT: u8 = 64;
const IPV6_TYPE: u16 = 0xdd86;
const VERSION_6: u8 = 0x60;
/** Types below are errors. */
const FIRST_INFORMATION: u8 = 128;

/** An ICMPv6 error to the source of a packet that is about to be dropped (report-problem.ts says what for IPv4 ones). */
export function reportProblem6(node: Node, about: Buffer, problem: u16, mtu: u32, cause: u32): void {
  const quoted = bytesOf(about);
  const high = halfAt(quoted + SOURCE6);
  const low = halfAt(quoted + SOURCE6 + 8);
  if (!isReportable(quoted, high, low)) return;
  const found = findRoute6(node, high, low);
  if (found === null || (<Route6>found).kind === LOCAL6) return;
  const from = sourceOf6(node, <Route6>found, high);
  if (from === null || !mayTell(node)) return;
  const born = bearFrame((<Route6>found).port, <u32>QUOTE + quotedBytes(quoted), later(cause, about.cause), 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  writeError6(bytes, quoted, problem, mtu);
  storeHalves(bytes + SOURCE6, (<Route6>from).high, (<Route6>from).low);
  storeHalves(bytes + DESTINATION6, high, low);
  const length = quotedBytes(quoted) + 8;
  store<u16>(bytes + PAYLOAD6 + 2, bswap<u16>(checksum6(bytes, length, ICMP6)));
  routeLater((<Route6>found).port, <Buffer>born, header().nowNs + ERROR_COST_NS);
}

function isReportable(bytes: usize, high: u64, low: u64): bool {
  if (isGroup(destinationOf(bytes)) || isMulticast6(halfAt(bytes + DESTINATION6))) return false;
  if (isMulticast6(high) || isLinkLocal(high) || (high | low) === 0) return false;
  return load<u8>(bytes + NEXT_HEADER) !== ICMP6 || load<u8>(bytes + PAYLOAD6) >= FIRST_INFORMATION;
}

function quotedBytes(about: usize): u32 {
  return min<u32>(<u32>bswap<u16>(load<u16>(about + PAYLOAD_LENGTH)) + IPV6_HEADER_BYTES, QUOTE_MAX);
}

function writeError6(bytes: usize, about: usize, problem: u16, mtu: u32): void {
  const quoted = quotedBytes(about);
  memory.fill(bytes, 0, <u32>QUOTE + quoted + 2);
  store<u16>(bytes + 12, IPV6_TYPE);
  store<u8>(bytes + IP6, VERSION_6);
  store<u16>(bytes + PAYLOAD_LENGTH, bswap<u16>(<u16>(8 + quoted)));
  store<u8>(bytes + NEXT_HEADER, ICMP6);
  store<u8>(bytes + HOP_LIMIT, ERROR_HOP_LIMIT);
  store<u16>(bytes + PAYLOAD6, problem);
  store<u32>(bytes + PAYLOAD6 + 4, bswap<u32>(mtu));
  memory.copy(bytes + QUOTE, about + IP6, quoted);
}
