/**
 * What tells the session of a packet: addresses, protocol, ports. An ICMP echo has its identifier as both ports. An ICMP
 * error belongs to the session of the packet that it quotes (RFC 5508, section 4): its tuple is that packet's, turned round, for
 * it comes the way that packet's answers come.
 *
 * Decision someone may dispute: fragments but the first have no ports, so they belong to no session of TCP or UDP. Nothing in a lab
 * fragments.
 */
import { hasPorts, ICMP, IP, IPV4_HEADER_BYTES, PROTOCOL, SOURCE, TCP } from '../frame/ipv4';
import { ACK, FIN, RST, SYN } from '../frame/tcp-header';

@unmanaged
export class Tuple {
  /** Source and destination, source in the upper half. */
  addresses: u64;
  /** Source and destination, source in the upper half. */
  ports: u32;
  protocol: u32;
  /** Flags of TCP; 0 of anything else. */
  flags: u32;
  /** Where the header behind IPv4's begins, in the frame. */
  transportAt: u32;
  /** Of an ICMP error: where the quoted IPv4 header begins, in the frame; else 0. */
  quotedAt: u32;
  /** Whether such a packet can open a session. */
  opens: u32;
}
const TUPLE_BYTES: i32 = 48;
if (offsetof<Tuple>() > <usize>TUPLE_BYTES) ERROR('Tuple does not fit its slot');
/** That of the packet being decided: no state, it is written before it is read. */
const TUPLE: usize = memory.data(TUPLE_BYTES, 8);

export const TCP_FLAGS: u32 = 13;
export const TCP_HEADER: u32 = 20;
export const UDP_HEADER: u32 = 8;
const ICMP_HEADER: u32 = 8;
/** Bits of the fragment offset as a load from a header gives them. */
const FRAGMENT_OFFSET: u32 = 0xff1f;

const ECHO_REQUEST: u32 = 8;

/** The tuple turned round: what answers to such packets have. */
// inline
export function turnedAddresses(addresses: u64): u64 {
  return (addresses << 32) | (addresses >> 32);
}

// inline
export function turnedPorts(ports: u32): u32 {
  return (ports << 16) | (ports >> 16);
}

/**
 * Reads the tuple of a packet whose IPv4 header was checked.
 * @returns null when the packet is too short for the header that its protocol has.
 */
export function readTuple(bytes: usize, length: u32): Tuple | null {
  const tuple = changetype<Tuple>(TUPLE);
  const protocol = <u32>load<u8>(bytes + PROTOCOL);
  const at = <u32>IP + <u32>(load<u8>(bytes + IP) & 15) * 4;
  tuple.addresses = addressesAt(bytes + SOURCE);
  tuple.protocol = protocol;
  tuple.transportAt = at;
  tuple.ports = 0;
  tuple.flags = 0;
  tuple.quotedAt = 0;
  tuple.opens = 1;
  if (isFragment(bytes + IP)) tuple.opens = hasPorts(protocol) || protocol === ICMP ? 0 : 1;
  else if (hasPorts(protocol)) return readPorts(tuple, bytes, length);
  else if (protocol === ICMP) return readIcmp(tuple, bytes, length);
  return tuple;
}

// inline
function readPorts(tuple: Tuple, bytes: usize, length: u32): Tuple | null {
  const at = tuple.transportAt;
  const isTcp = tuple.protocol === TCP;
  if (at + (isTcp ? TCP_HEADER : UDP_HEADER) > length) return null;
  tuple.ports = bswap<u32>(load<u32>(bytes + at));
  if (!isTcp) return tuple;
  tuple.flags = load<u8>(bytes + at + TCP_FLAGS);
  tuple.opens = (tuple.flags & (SYN | ACK | RST | FIN)) === SYN ? 1 : 0;
  return tuple;
}

function readIcmp(tuple: Tuple, bytes: usize, length: u32): Tuple | null {
  const at = tuple.transportAt;
  if (at + ICMP_HEADER > length) return null;
  const type = <u32>load<u8>(bytes + at);
  if (isError(type)) return readQuoted(tuple, bytes, length);
  const identifier = <u32>bswap<u16>(load<u16>(bytes + at + 4));
  tuple.ports = (identifier << 16) | identifier;
  tuple.opens = type === ECHO_REQUEST ? 1 : 0;
  return tuple;
}

/** Destination unreachable, source quench, redirect, time exceeded, parameter problem (RFC 792). */
function isError(type: u32): bool {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

/** RFC 792: an error quotes the IPv4 header and at least the first eight bytes behind it. */
function readQuoted(tuple: Tuple, bytes: usize, length: u32): Tuple | null {
  const quoted = tuple.transportAt + ICMP_HEADER;
  if (quoted + IPV4_HEADER_BYTES > length) return null;
  const at = quoted + <u32>(load<u8>(bytes + quoted) & 15) * 4;
  if (at + ICMP_HEADER > length) return null;
  const protocol = <u32>load<u8>(bytes + quoted + 9);
  tuple.addresses = turnedAddresses(addressesAt(bytes + quoted + 12));
  tuple.protocol = protocol;
  tuple.quotedAt = quoted;
  tuple.opens = 0;
  if (hasPorts(protocol)) {
    tuple.ports = turnedPorts(bswap<u32>(load<u32>(bytes + at)));
  } else if (protocol === ICMP) {
    const identifier = <u32>bswap<u16>(load<u16>(bytes + at + 4));
    tuple.ports = (identifier << 16) | identifier;
  }
  return tuple;
}

/** Whether a packet is a fragment, and not the first, without a swap of bytes. */
// inline
export function isFragment(ip: usize): bool {
  return (<u32>load<u16>(ip + 6) & FRAGMENT_OFFSET) !== 0;
}

/** Source and destination of an IPv4 header, from where its source is. */
// inline
export function addressesAt(at: usize): u64 {
  return ((<u64>bswap<u32>(load<u32>(at))) << 32) | <u64>bswap<u32>(load<u32>(at + 4));
}
