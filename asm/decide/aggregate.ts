/**
 * Aggregates (IEEE 802.1AX): ports of one node that act as one. An aggregate is a port without a line: what its members collect goes on as
 * its own, and each frame that it sends leaves by one of the members that distribute.
 *
 *   aggregate ─ nextMember ─► first member ─ nextMember ─► … ─► 0
 *
 * The conversation of a frame chooses the member: addresses, protocol and ports of IPv4, else both MACs. So frames of one flow stay in
 * order, and one flow never uses more than one line. Decision someone may dispute: when the number of members changes, flows may change
 * their member, although theirs is still there; hardware that hashes resiliently moves fewer.
 */
import { DROP_AGGREGATE_MEMBER, DROP_PORT_BLOCKED } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import { destinationOf, ETHERTYPE_IPV4, ETHERTYPE_SLOW, etherTypeOf, sourceOf } from '../frame/ethernet';
import { becauseOf, dropFrame } from '../frame/frame';
import { DESTINATION, hasPorts, IP, PROTOCOL, SOURCE } from '../frame/ipv4';
import { puntFrame } from '../frame/punt';
import * as L from '../memory/layout';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';

/** Of a member that sends: it distributes and has carrier. */
const SENDS: u32 = L.PORT_DISTRIBUTING | L.PORT_UP;
/** The slow protocols' address (IEEE 802.3, annex 57A), in wire order. */
const SLOW_PROTOCOLS: u64 = 0x020000c28001;
/** More fragments, or an offset: ports are not in every fragment. In wire order. */
export const FRAGMENTED: u16 = 0xff3f;
export const FRAGMENT: usize = IP + 6;

/** Makes a port a member of an aggregate, behind those that it has. */
export function joinAggregate(index: u32, aggregate: u32, lacp: bool): void {
  const port = portAt(index);
  port.flags |= lacp ? L.PORT_MEMBER | L.PORT_LACP : L.PORT_MEMBER;
  port.aggregate = aggregate + 1;
  port.memberCause = port.linkCause;
  let last = portAt(aggregate);
  last.flags |= L.PORT_AGGREGATE;
  while (last.nextMember !== 0) last = portAt(last.nextMember - 1);
  last.nextMember = index + 1;
}

/**
 * A frame that a member received. What speaks LACP goes to the agent, whatever the member's state.
 * @returns the aggregate, at which the frame goes on; NONE where it ended here.
 */
export function collectFrame(port: Port, index: u32, buffer: Buffer, vlan: u32): u32 {
  if ((port.flags & (L.PORT_BLOCKED | L.PORT_DISABLED)) !== 0) {
    dropFrame(buffer, vlan, index, DROP_PORT_BLOCKED, port.policyCause);
    return L.NONE;
  }
  if ((port.flags & L.PORT_LACP) !== 0 && isSlow(buffer)) {
    puntFrame(index, buffer, vlan, buffer.cause);
    return L.NONE;
  }
  if ((port.flags & L.PORT_COLLECTING) === 0) {
    dropFrame(buffer, vlan, index, DROP_AGGREGATE_MEMBER, port.memberCause);
    return L.NONE;
  }
  const number = port.aggregate - 1;
  const aggregate = portAt(number);
  aggregate.rxFrames++;
  aggregate.rxBytes += buffer.length;
  becauseOf(buffer, port.memberCause);
  return number;
}

/** The member that a frame of an aggregate leaves by; NONE when none distributes. */
export function memberFor(aggregate: Port, buffer: Buffer): u32 {
  let count: u32 = 0;
  for (let at = aggregate.nextMember; at !== 0; at = portAt(at - 1).nextMember) {
    if ((portAt(at - 1).flags & SENDS) === SENDS) count++;
  }
  if (count === 0) return L.NONE;
  let left = <u32>((<u64>conversationOf(buffer) * count) >> 32);
  let at = aggregate.nextMember;
  while (true) {
    if ((portAt(at - 1).flags & SENDS) === SENDS && left-- === 0) return at - 1;
    at = portAt(at - 1).nextMember;
  }
}

/** The event that made the members that send those they are: frames leave where they do because of it. */
export function membersSince(aggregate: Port): u32 {
  let since: u32 = 0;
  for (let at = aggregate.nextMember; at !== 0; at = portAt(at - 1).nextMember) since = later(since, portAt(at - 1).memberCause);
  return since;
}

function isSlow(buffer: Buffer): bool {
  const bytes = bytesOf(buffer);
  return destinationOf(bytes) === SLOW_PROTOCOLS && etherTypeOf(bytes) === ETHERTYPE_SLOW;
}

/** Hash of the conversation that a frame belongs to, all 32 bits mixed. */
function conversationOf(buffer: Buffer): u32 {
  const bytes = bytesOf(buffer);
  if (etherTypeOf(bytes) !== ETHERTYPE_IPV4) {
    const source = sourceOf(bytes);
    const destination = destinationOf(bytes);
    return mixed(mixed(mixed(<u32>source, <u32>(source >> 32)), <u32>destination), <u32>(destination >> 32));
  }
  const protocol = <u32>load<u8>(bytes + PROTOCOL);
  const addresses = mixed(mixed(protocol, load<u32>(bytes + SOURCE)), load<u32>(bytes + DESTINATION));
  if (!hasPorts(protocol) || (load<u16>(bytes + FRAGMENT) & FRAGMENTED) !== 0) return addresses;
  return mixed(addresses, load<u32>(bytes + IP + <usize>(load<u8>(bytes + IP) & 15) * 4));
}

/** Two rounds of MurmurHash3's finish (Appleby), which spreads each bit over all others. */
export function mixed(hash: u32, word: u32): u32 {
  let h = hash ^ word;
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}
