/**
 * Neighbour tables: (interface, next hop) → MAC, one table for all interfaces of a layer-3 node. An address is a neighbour of
 * an interface, not of a node (Linux: `__neigh_lookup` in net/core/neighbour.c compares the device too), so ARP on one segment
 * never touches an entry of another. Agents write the table; frames only read it.
 *
 * The table itself is neighbour-table.ts. An entry without a MAC yet holds up to NEIGHBOUR_QUEUE_MAX frames (rule ARP-01);
 * the agent is asked once, by a punt, and answers with `setNeighbour` or `removeNeighbour`.
 */

import { DROP_NEIGHBOUR_UNRESOLVED } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf, Descriptor, freeDescriptor, takeDescriptor } from '../frame/buffer';
import { storeMac } from '../frame/ethernet';
import { becauseOf, dropFrame } from '../frame/frame';
import { wrap } from '../frame/pppoe';
import { puntQuestion } from '../frame/punt';
import * as A from '../memory/arp-layout';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { isDefined, later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header, NEIGHBOUR_BYTES } from '../memory/region';
import {
  closeHole,
  EMPTY,
  hashOf,
  homeOf,
  IN_SESSION,
  INCOMPLETE,
  isUnbound,
  Neighbour,
  nameEntry,
  neighbourSlot,
  RESOLVED,
  slotFor,
  slotOf,
  UNBOUND,
  WIDE,
  wideSlotOf,
} from './neighbour-table';
import { sendFrom } from './send';

/** Sends a layer-3 frame to a next hop on a port, or queues it until the address is resolved, or drops it. */
// inline
export function sendToNeighbour(node: Node, port: u32, out: Port, ip: u32, buffer: Buffer): void {
  // Nearly always the entry is in its first place and resolved. One by one: of conditions joined the compiler makes a number first.
  const first = neighbourSlot(node, homeOf(ip, node.neighbourSlots));
  if (first.ip === ip) {
    if (first.port === port) {
      if (first.state === RESOLVED) {
        sendResolved(first, port, out, ip, 0, 0, buffer);
        return;
      }
    }
  }
  sendFurther(node, port, ip, buffer);
}

/** The same, wherever the entry is, and whatever its state. */
function sendFurther(node: Node, port: u32, ip: u32, buffer: Buffer): void {
  sendBy(node, neighbourSlot(node, slotOf(node, port, ip)), port, ip, 0, 0, buffer);
}

/** The same for an IPv6 next hop. */
// inline
export function sendToNeighbour6(node: Node, port: u32, out: Port, high: u64, low: u64, buffer: Buffer): void {
  const first = neighbourSlot(node, homeOf(hashOf(high, low), node.neighbourSlots));
  if (first.low === low) {
    if (first.high === high) {
      if (first.port === (port | WIDE)) {
        if (first.state === RESOLVED) {
          sendResolved(first, port, out, 0, high, low, buffer);
          return;
        }
      }
    }
  }
  sendFurther6(node, port, high, low, buffer);
}

function sendFurther6(node: Node, port: u32, high: u64, low: u64, buffer: Buffer): void {
  sendBy(node, neighbourSlot(node, wideSlotOf(node, port, high, low)), port, 0, high, low, buffer);
}

function sendBy(node: Node, entry: Neighbour, port: u32, ip: u32, high: u64, low: u64, buffer: Buffer): void {
  if (entry.state === RESOLVED) {
    sendResolved(entry, port, portAt(port), ip, high, low, buffer);
    return;
  }
  if (entry.state === IN_SESSION) {
    wrap(buffer, entry.session);
    sendAddressed(port, entry, buffer);
    return;
  }
  if (entry.state === EMPTY && !begin(node, entry, port, ip, high, low, buffer)) return;
  wait(node, entry, port, buffer);
}

// inline
function sendResolved(entry: Neighbour, port: u32, out: Port, ip: u32, high: u64, low: u64, buffer: Buffer): void {
  if (entry.reachableUntilNs <= header().nowNs) verify(entry, port, ip, high, low, buffer);
  addressAndSend(port, out, entry, buffer);
}

/** An entry that aged is used, and the agent is asked once to verify it. */
function verify(entry: Neighbour, port: u32, ip: u32, high: u64, low: u64, buffer: Buffer): void {
  if (entry.probing !== 0) return;
  entry.probing = 1;
  becauseOf(buffer, entry.sentFor);
  puntQuestion(L.PUNT_VERIFY, port, ip, high, low, buffer);
}

/** Addresses a frame and sends it. From here on it exists for the events, too, that gave it its addresses: the latest counts. */
// inline
function addressAndSend(index: u32, port: Port, entry: Neighbour, buffer: Buffer): void {
  const bytes = bytesOf(buffer);
  storeMac(bytes, entry.mac);
  storeMac(bytes + 6, port.usedMac);
  // Most entries and addresses follow from the definition.
  const defined = header().definedUpTo;
  if (entry.sentFor > defined) noteAddresses(entry, port, buffer);
  else if (port.macCause > defined) noteAddresses(entry, port, buffer);
  sendFrom(index, port, buffer, 0);
}

function noteAddresses(entry: Neighbour, port: Port, buffer: Buffer): void {
  becauseOf(buffer, later(entry.sentFor, port.macCause));
}

/** The same as a function, for the few frames that waited. */
function sendAddressed(index: u32, entry: Neighbour, buffer: Buffer): void {
  addressAndSend(index, portAt(index), entry, buffer);
}

/** Starts a resolution. False when the table is full: the frame is dropped. */
function begin(node: Node, entry: Neighbour, port: u32, ip: u32, high: u64, low: u64, buffer: Buffer): bool {
  if (node.neighbourCount * 2 >= node.neighbourSlots) {
    dropFrame(buffer, 0, port, DROP_NEIGHBOUR_UNRESOLVED, buffer.cause);
    return false;
  }
  node.neighbourCount++;
  nameEntry(entry, port, ip, high, low);
  entry.state = INCOMPLETE;
  entry.cause = buffer.cause;
  puntQuestion(L.PUNT_RESOLVE, port, ip, high, low, buffer);
  return true;
}

function wait(node: Node, entry: Neighbour, port: u32, buffer: Buffer): void {
  const descriptor: Descriptor | null =
    entry.frames >= <u32>L.NEIGHBOUR_QUEUE_MAX ? null : takeDescriptor(buffer, 0, header().nowNs);
  if (descriptor === null) {
    dropFrame(buffer, 0, port, DROP_NEIGHBOUR_UNRESOLVED, entry.cause);
    return;
  }
  const at = <u32>changetype<usize>(descriptor);
  if (entry.head === 0) entry.head = at;
  else changetype<Descriptor>(<usize>entry.tail).next = at;
  entry.tail = at;
  entry.frames++;
  node.waiting++;
}

/**
 * The agent has the answer: sets the entry and sends the frames that waited for it. False when the table is full.
 * @param origin the event that caused the one at `cause`.
 */
export function setNeighbour(port: u32, ip: u32, high: u64, low: u64, mac: u64, cause: u32, origin: u32): bool {
  const node = nodeAt(portAt(port).node);
  let entry = neighbourSlot(node, slotFor(node, port, ip, high, low));
  if (entry.state === IN_SESSION) return true;
  if (entry.state === EMPTY) {
    if (node.neighbourCount * 2 >= node.neighbourSlots && !forgetUnbound(node)) return false;
    entry = neighbourSlot(node, slotFor(node, port, ip, high, low));
    node.neighbourCount++;
    nameEntry(entry, port, ip, high, low);
  }
  entry.state = RESOLVED;
  entry.mac = mac;
  entry.cause = cause;
  entry.sentFor = isDefined(origin) ? 0 : cause;
  touch(node, entry);
  while (entry.head !== 0) sendAddressed(port, entry, takeWaiting(node, entry));
  return true;
}

function touch(node: Node, entry: Neighbour): void {
  const now = header().nowNs;
  entry.probing = 0;
  entry.reachableUntilNs = node.reachableNs > u64.MAX_VALUE - now ? u64.MAX_VALUE : now + node.reachableNs;
}

/** The entry was confirmed as it is: trusted for another while. */
export function confirmNeighbour(port: u32, ip: u32, high: u64, low: u64): void {
  const node = nodeAt(portAt(port).node);
  const entry = neighbourSlot(node, slotFor(node, port, ip, high, low));
  if (entry.state === RESOLVED) touch(node, entry);
}

/** Says until when an entry is used without asking; `verifying`: the agent verifies it already, so do not ask for that. */
export function trustNeighbour(port: u32, ip: u32, high: u64, low: u64, untilNs: u64, verifying: bool): void {
  const node = nodeAt(portAt(port).node);
  const entry = neighbourSlot(node, slotFor(node, port, ip, high, low));
  if (entry.state !== RESOLVED) return;
  entry.reachableUntilNs = untilNs;
  entry.probing = verifying ? 1 : 0;
}

/** The agent knows better why an address does not answer: drops at its entry are blamed on the event at `cause`. */
export function blameNeighbour(port: u32, ip: u32, high: u64, low: u64, cause: u32): void {
  const node = nodeAt(portAt(port).node);
  const entry = neighbourSlot(node, slotFor(node, port, ip, high, low));
  if (entry.state === INCOMPLETE) entry.cause = cause;
}

/** Resolution failed: removes the entry and drops the frames that waited for it. */
export function removeNeighbour(port: u32, ip: u32, high: u64, low: u64, cause: u32): void {
  const node = nodeAt(portAt(port).node);
  const hole = slotFor(node, port, ip, high, low);
  const entry = neighbourSlot(node, hole);
  if (entry.state === EMPTY || entry.state === IN_SESSION) return;
  if (node.kind === <u32>L.NODE_SWITCH) {
    unbind(entry, cause);
    return;
  }
  while (entry.head !== 0) dropFrame(takeWaiting(node, entry), 0, port, DROP_NEIGHBOUR_UNRESOLVED, cause);
  node.neighbourCount--;
  node.flags |= A.NODE_HEARS_ARP;
  closeHole(node, hole);
}

/** A binding of ARP inspection that was removed stays as an entry of its own state: drops are blamed on its removal. */
function unbind(entry: Neighbour, cause: u32): void {
  entry.state = UNBOUND;
  entry.cause = cause;
}

/** Makes room among the bindings of a switch. False when there was nothing to forget. */
function forgetUnbound(node: Node): bool {
  if (node.kind !== <u32>L.NODE_SWITCH) return false;
  const before = node.neighbourCount;
  let slot: u32 = 0;
  while (slot < node.neighbourSlots) {
    if (!isUnbound(neighbourSlot(node, slot))) slot++;
    else {
      node.neighbourCount--;
      closeHole(node, slot);
    }
  }
  return node.neighbourCount < before;
}

function takeWaiting(node: Node, entry: Neighbour): Buffer {
  const descriptor = changetype<Descriptor>(<usize>entry.head);
  const buffer = changetype<Buffer>(<usize>descriptor.buffer);
  entry.head = descriptor.next;
  if (entry.head === 0) entry.tail = 0;
  entry.frames--;
  node.waiting--;
  freeDescriptor(descriptor);
  return buffer;
}

/** A crashed node forgets: all entries are removed, and their waiting frames are dropped. */
export function clearNeighbours(nodeIndex: u32, reason: u32, cause: u32): void {
  const node = nodeAt(nodeIndex);
  for (let slot: u32 = 0; slot < node.neighbourSlots; slot++) {
    const entry = neighbourSlot(node, slot);
    while (entry.head !== 0) dropFrame(takeWaiting(node, entry), 0, entry.port & ~WIDE, reason, cause);
    memory.fill(changetype<usize>(entry), 0, NEIGHBOUR_BYTES);
  }
  node.neighbourCount = 0;
}
