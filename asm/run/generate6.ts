/**
 * Frames of flows over IPv6 (generate.ts): number and birth stand 20 bytes later, and UDP has its checksum (RFC 8200, section 8.1).
 *
 *  62                66               70                78
 *  ┌ flow index, u32 ┬ sequence, u32  ┬ born, ns, u64   ┐ all big endian
 */
import { DROP_NO_ROUTE } from '../../gen/asm/drop-reasons';
import { sendPacket6 } from '../decide/layer3-ipv6';
import { findRoute6, LOCAL6, Route6, sourceOf6 } from '../decide/routes6';
import { Buffer, bytesOf } from '../frame/buffer';
import { FLOW_PORT, FLOW_TTL, Flow, sourcePortOf } from '../frame/flow-record';
import { dropFrame } from '../frame/frame';
import {
  DESTINATION6,
  HOP_LIMIT,
  IP6,
  IPV6_HEADER_BYTES,
  NEXT_HEADER,
  PAYLOAD_LENGTH,
  PAYLOAD6,
  SOURCE6,
  storeHalves,
  UDP6,
  wireHalf,
} from '../frame/ipv6';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { header } from '../memory/region';

const DATA: usize = PAYLOAD6 + 8;
const IPV6_TYPE: u16 = 0xdd86;
const VERSION_6: u8 = 0x60;

/** Fills a frame of a flow and sends it. A host that has no address for the way yet has no route. */
export function sendNumbered6(buffer: Buffer, flow: Flow, index: u32, seq: u32): void {
  const node = nodeAt(portAt(flow.port).node);
  const route = findRoute6(node, flow.destinationHigh, flow.destinationLow);
  const isAway = route !== null && (<Route6>route).kind !== LOCAL6;
  const from = isAway ? sourceOf6(node, <Route6>route, flow.destinationHigh) : null;
  if (from === null) {
    dropFrame(buffer, 0, flow.port, DROP_NO_ROUTE, node.route6Cause);
    return;
  }
  fillPacket6(bytesOf(buffer), flow, <Route6>from, index, seq);
  sendPacket6(node, flow.port, buffer);
}

function fillPacket6(bytes: usize, flow: Flow, from: Route6, index: u32, seq: u32): void {
  const length = flow.frameBytes - <u32>IP6 - IPV6_HEADER_BYTES;
  memory.fill(bytes, 0, flow.frameBytes);
  store<u16>(bytes + 12, IPV6_TYPE);
  store<u8>(bytes + IP6, VERSION_6);
  store<u16>(bytes + PAYLOAD_LENGTH, bswap<u16>(<u16>length));
  store<u8>(bytes + NEXT_HEADER, UDP6);
  store<u8>(bytes + HOP_LIMIT, FLOW_TTL);
  storeHalves(bytes + SOURCE6, from.high, from.low);
  storeHalves(bytes + DESTINATION6, flow.destinationHigh, flow.destinationLow);
  store<u16>(bytes + PAYLOAD6, bswap<u16>(<u16>sourcePortOf(index)));
  store<u16>(bytes + PAYLOAD6 + 2, bswap<u16>(<u16>FLOW_PORT));
  store<u16>(bytes + PAYLOAD6 + 4, bswap<u16>(<u16>length));
  store<u32>(bytes + DATA, bswap<u32>(index));
  store<u32>(bytes + DATA + 4, bswap<u32>(seq));
  store<u64>(bytes + DATA + 8, bswap<u64>(header().nowNs));
  store<u16>(bytes + PAYLOAD6 + 6, bswap<u16>(udpChecksum(bytes, from, flow, length)));
}

/** Of the fields just written: the rest of the payload is zero. A sum of 0 is sent as 0xffff (RFC 768). */
function udpChecksum(bytes: usize, from: Route6, flow: Flow, length: u32): u16 {
  let sum: u64 = <u64>length * 2 + <u64>UDP6;
  sum += halves(wireHalf(from.high)) + halves(wireHalf(from.low));
  sum += halves(wireHalf(flow.destinationHigh)) + halves(wireHalf(flow.destinationLow));
  sum += <u64>bswap<u16>(load<u16>(bytes + PAYLOAD6)) + <u64>FLOW_PORT;
  sum += halves(bswap<u64>(load<u64>(bytes + DATA))) + halves(header().nowNs);
  while (sum >> 16 !== 0) sum = (sum & 0xffff) + (sum >> 16);
  const check = <u16>~(<u32>sum);
  return check === 0 ? 0xffff : check;
}

/** The sum of the four 16-bit words of a number, whose first is the most significant. */
function halves(value: u64): u64 {
  return (value >> 48) + ((value >> 32) & 0xffff) + ((value >> 16) & 0xffff) + (value & 0xffff);
}
