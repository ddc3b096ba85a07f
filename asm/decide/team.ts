/**
 * Teams of uplinks that are used together (rule VSW-16): which of them a frame of a guest leaves by, and which one a guest's port hears.
 *
 *   by port        the number of the port
 *   by source MAC  its last octet
 *   by IP hash     the last octets of both addresses, xor
 *
 * Modulo the number of uplinks, that is the uplink, counted in the order of their names. When that one is not used, it is one of those
 * that are, modulo their number: so a failed uplink moves no frame of the others. Without a policy all frames leave by the active uplink.
 *
 * Decision someone may dispute: vSphere says which fields it takes and "another calculation based on the number of uplinks"; modulo is it here.
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { destinationOf, ETHERTYPE_BEACON, etherTypeOf, isGroup, sourceOf } from '../frame/ethernet';
import { DESTINATION, SOURCE } from '../frame/ipv4';
import { puntFrame } from '../frame/punt';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import * as T from '../memory/team-layout';

/** A frame that ends before it has no addresses to hash. */
const ADDRESSES_END: usize = DESTINATION + 4;

/** Hands a beacon to the host's agent. False: it is none. */
export function takesBeacon(index: u32, buffer: Buffer, vlan: u32): bool {
  if (etherTypeOf(bytesOf(buffer)) !== ETHERTYPE_BEACON) return false;
  puntFrame(index, buffer, vlan, buffer.cause);
  return true;
}

/** The uplink that a frame of a guest leaves by; NONE when none is used. @param index the guest's port. */
// inline
export function uplinkFor(node: Node, index: u32, buffer: Buffer): u32 {
  return (node.flags & T.NODE_TEAM) === 0 ? node.activeUplink : chosenUplink(node, hashOf(node, index, buffer));
}

/** The event because of which a frame leaves by an uplink of a team: the latest that changed which are used. */
export function teamSince(node: Node, uplink: u32): u32 {
  if ((node.flags & T.NODE_TEAM) === 0) return portAt(uplink).policyCause;
  let since: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (isTeamed(port)) since = later(since, port.policyCause);
  }
  return since;
}

/** An uplink by which a guest's port hears nothing: it sends by another one, or none does by this (rule VSW-16). */
// inline
export function isStandbyFor(node: Node, index: u32, port: Port, from: Port, buffer: Buffer): bool {
  return (node.flags & T.NODE_TEAM) === 0 ? isStandby(from) : isOtherUplink(node, index, port, from, buffer);
}

/** An uplink that no port uses: ordinary ports receive nothing from it (rule VSW-16). */
// inline
export function isStandby(port: Port): bool {
  const both: u32 = L.PORT_UPLINK | L.PORT_ACTIVE_UPLINK;
  return (port.flags & both) === <u32>L.PORT_UPLINK;
}

function isOtherUplink(node: Node, index: u32, port: Port, from: Port, buffer: Buffer): bool {
  if ((from.flags & L.PORT_UPLINK) === 0) return false;
  if ((from.flags & L.PORT_ACTIVE_UPLINK) === 0) return true;
  // The physical switch has the uplinks in one channel, and sends by any of them.
  if ((node.flags & T.NODE_TEAM_IP_HASH) !== 0) return false;
  const destination = destinationOf(bytesOf(buffer));
  // A guest behind the port may have an address of its own, and answers with that.
  const station = isGroup(destination) ? port.effectiveMac : destination;
  const hash = (node.flags & T.NODE_TEAM_PORT_ID) !== 0 ? index - node.firstPort : lastOctet(station);
  return portAt(chosenUplink(node, hash)) !== from;
}

function hashOf(node: Node, index: u32, buffer: Buffer): u32 {
  if ((node.flags & T.NODE_TEAM_PORT_ID) !== 0) return index - node.firstPort;
  const bytes = bytesOf(buffer);
  if ((node.flags & T.NODE_TEAM_SOURCE_MAC) !== 0) return lastOctet(sourceOf(bytes));
  // Of what is no IPv4, vSphere takes the octets that lie there.
  return buffer.length < <u32>ADDRESSES_END ? 0 : <u32>(load<u8>(bytes + SOURCE + 3) ^ load<u8>(bytes + DESTINATION + 3));
}

/** Of an address in wire order. */
function lastOctet(mac: u64): u32 {
  return <u32>(mac >> 40) & 0xff;
}

function chosenUplink(node: Node, hash: u32): u32 {
  const all = countOf(node, 0);
  if (all === 0) return L.NONE;
  const own = nthOf(node, 0, hash % all);
  if ((portAt(own).flags & L.PORT_ACTIVE_UPLINK) !== 0) return own;
  const used = countOf(node, L.PORT_ACTIVE_UPLINK);
  return used === 0 ? L.NONE : nthOf(node, L.PORT_ACTIVE_UPLINK, hash % used);
}

function countOf(node: Node, flag: u32): u32 {
  let count: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (isTeamed(port) && (port.flags & flag) === flag) count++;
  }
  return count;
}

function nthOf(node: Node, flag: u32, n: u32): u32 {
  let left = n;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (isTeamed(port) && (port.flags & flag) === flag && left-- === 0) return i;
  }
  return L.NONE;
}

/** A member of a channel is no uplink of its own. */
// inline
function isTeamed(port: Port): bool {
  return (port.flags & (L.PORT_UPLINK | L.PORT_MEMBER)) === <u32>L.PORT_UPLINK;
}
