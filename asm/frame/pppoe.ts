/**
 * Frames of PPPoE sessions (RFC 2516, sections 4 and 6): six bytes of PPPoE and PPP's two for the protocol, between the Ethernet header and
 * the packet.
 *
 *   0          14     15     16        18       20         22
 *   │ Ethernet │ 0x11 │ 0x00 │ session │ length │ protocol │ packet … │ padding
 */
import { ETHERNET_HEADER_BYTES, SHORTEST_FRAME_BYTES } from '../memory/layout';
import { Buffer, bytesOf } from './buffer';
import { ETHERTYPE_IPV4, ETHERTYPE_PPPOE_SESSION, etherTypeOf } from './ethernet';
import { TOTAL_LENGTH } from './ipv4';

const HEADER: u32 = 14;
const SESSION: u32 = 16;
const LENGTH: u32 = 18;
const PROTOCOL: u32 = 20;
const PACKET: u32 = 22;
/** What a session adds to a packet. */
const SESSION_BYTES: u32 = PACKET - ETHERNET_HEADER_BYTES;
const PROTOCOL_BYTES: u32 = 2;
/** Version 1, type 1, code 0. */
const VERSION_TYPE_CODE: u16 = 0x1100;
const PPP_IPV4: u16 = 0x0021;

/** Whether a frame of an EtherType of PPPoE holds an IPv4 packet of a session, by its headers. */
export function holdsPacket(buffer: Buffer): bool {
  const bytes = bytesOf(buffer);
  if (etherTypeOf(bytes) !== ETHERTYPE_PPPOE_SESSION || buffer.length < PACKET) return false;
  if (bswap<u16>(load<u16>(bytes + HEADER)) !== VERSION_TYPE_CODE || bswap<u16>(load<u16>(bytes + PROTOCOL)) !== PPP_IPV4)
    return false;
  return PROTOCOL + <u32>bswap<u16>(load<u16>(bytes + LENGTH)) <= buffer.length;
}

export function sessionOf(buffer: Buffer): u32 {
  return bswap<u16>(load<u16>(bytesOf(buffer) + SESSION));
}

/** Makes a frame with an IPv4 packet, which nobody else holds, one of a session. Padding that would lie behind the packet is cut off. */
export function wrap(buffer: Buffer, session: u32): void {
  const bytes = bytesOf(buffer);
  const packet: u32 = bswap<u16>(load<u16>(bytes + TOTAL_LENGTH));
  buffer.length = min(buffer.length, max(ETHERNET_HEADER_BYTES + packet, SHORTEST_FRAME_BYTES - SESSION_BYTES));
  memory.copy(bytes + PACKET, bytes + ETHERNET_HEADER_BYTES, buffer.length - ETHERNET_HEADER_BYTES);
  buffer.length += SESSION_BYTES;
  store<u16>(bytes + 12, bswap<u16>(<u16>ETHERTYPE_PPPOE_SESSION));
  store<u16>(bytes + HEADER, bswap<u16>(VERSION_TYPE_CODE));
  store<u16>(bytes + SESSION, bswap<u16>(<u16>session));
  store<u16>(bytes + LENGTH, bswap<u16>(<u16>(packet + PROTOCOL_BYTES)));
  store<u16>(bytes + PROTOCOL, bswap<u16>(PPP_IPV4));
}

/** The reverse: the packet in a frame of its own. */
export function unwrap(buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  memory.copy(bytes + ETHERNET_HEADER_BYTES, bytes + PACKET, buffer.length - PACKET);
  buffer.length -= SESSION_BYTES;
  store<u16>(bytes + 12, bswap<u16>(<u16>ETHERTYPE_IPV4));
}
