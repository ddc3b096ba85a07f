/**
 * Bonds: ports of a bridge that act as one, active-backup (rule HST-02). The first member with carrier sends and receives; frames
 * from other members are dropped, as Linux and OVS do. The forwarding table knows a bond by its first member, so a failover moves no
 * address.
 *
 * A gratuitous ARP from a port that is in no bond locks its sender's address for 5 s. A bond that sees the address meanwhile may see
 * a reflection, so the address is not learned there (OVS, mac-learning: MAC_GRAT_ARP_LOCK_TIME). Locks lie in a ring, oldest first;
 * when all 256 are in use, a new lock replaces the oldest.
 *
 *   Locks ┌ next ┬ - ┬ 16 rows { key, untilNs } × 256
 */

import { ARP_FRAME_BYTES, ARP_OPERATION, ARP_SENDER_IP, ARP_TARGET_IP } from '../frame/arp';
import { Buffer, bytesOf } from '../frame/buffer';
import { BROADCAST, destinationOf, ETHERTYPE_ARP, etherTypeOf } from '../frame/ethernet';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header, takeElement } from '../memory/region';

@unmanaged
class Locks {
  next: u32;
}

@unmanaged
class Lock {
  key: u64;
  untilNs: u64;
}

const LOCK_NS: u64 = 5_000_000_000;
const LOCKS_MAX: u32 = 256;
const ROWS_AT: u32 = 16;
const ROW_BYTES: u32 = 16;
if (offsetof<Locks>() > ROWS_AT || ROWS_AT + LOCKS_MAX * ROW_BYTES > <u32>L.LOCKS_BYTES) ERROR('Locks do not fit their block');
if (offsetof<Lock>() > ROW_BYTES) ERROR('Lock does not fit its row');

const REQUEST: u16 = 0x0100;
const REPLY: u16 = 0x0200;

/** Makes a port of a bridge a member of the bond whose first member is `first`. False without room. */
export function joinBond(node: Node, port: Port, first: u32): bool {
  if (node.elementAt === 0) node.elementAt = takeElement(L.LOCKS_BYTES);
  if (node.elementAt === 0) return false;
  node.flags |= L.NODE_BONDS;
  port.bond = first + 1;
  return true;
}

/** The port's name in the forwarding table: the first member of its bond, or the port itself. */
export function bondOf(index: u32): u32 {
  const bond = portAt(index).bond;
  return bond === 0 ? index : bond - 1;
}

/** Whether a bond's member is the one that sends and receives; so is a port of no bond. */
export function isActiveMember(node: Node, index: u32): bool {
  return portAt(index).bond === 0 || activeMember(node, bondOf(index)) === index;
}

/** The port to send by towards `first`: itself, or of a bond the first member with carrier; `first` when none has. */
export function activeMember(node: Node, first: u32): u32 {
  const bond = portAt(first).bond;
  if (bond === 0) return first;
  for (let i = first, end = node.firstPort + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (port.bond === bond && (port.flags & L.PORT_UP) !== 0) return i;
  }
  return first;
}

/** The event that made the active member of a bond the one it is: what happened to its carrier, or to that of a member before it. */
export function activeSince(node: Node, index: u32): u32 {
  let since: u32 = 0;
  for (let i = bondOf(index); i <= activeMember(node, bondOf(index)); i++) {
    if (portAt(i).bond === portAt(index).bond) since = later(since, portAt(i).linkCause);
  }
  return since;
}

/** Whether a bond still has carrier somewhere; a port of no bond has none to fall back on. */
export function hasOtherMember(node: Node, index: u32): bool {
  return portAt(index).bond !== 0 && (portAt(activeMember(node, bondOf(index))).flags & L.PORT_UP) !== 0;
}

/** Rule HST-02: whether the source of a frame may be learned where it came in. Locks the address where that is its own port. */
export function mayLearn(node: Node, index: u32, buffer: Buffer, key: u64): bool {
  if (!isGratuitousArp(buffer)) return true;
  const lock = lockOf(node, key);
  if (portAt(index).bond !== 0) return lock === null || (<Lock>lock).untilNs <= header().nowNs;
  const held = lock === null ? nextLock(node) : <Lock>lock;
  held.key = key;
  held.untilNs = header().nowNs + LOCK_NS;
  return true;
}

/** Forgets all locks: the node lost power. */
export function forgetLocks(node: Node): void {
  if ((node.flags & L.NODE_BONDS) !== 0) memory.fill(node.elementAt, 0, L.LOCKS_BYTES);
}

function lockAt(node: Node, row: u32): Lock {
  return changetype<Lock>(<usize>(node.elementAt + ROWS_AT + row * ROW_BYTES));
}

function lockOf(node: Node, key: u64): Lock | null {
  for (let row: u32 = 0; row < LOCKS_MAX; row++) {
    if (lockAt(node, row).key === key) return lockAt(node, row);
  }
  return null;
}

function nextLock(node: Node): Lock {
  const locks = changetype<Locks>(<usize>node.elementAt);
  const row = locks.next;
  locks.next = (row + 1) % LOCKS_MAX;
  return lockAt(node, row);
}

/** A broadcast ARP reply, or a request of one's own address. */
function isGratuitousArp(buffer: Buffer): boolean {
  const bytes = bytesOf(buffer);
  if (etherTypeOf(bytes) !== ETHERTYPE_ARP || buffer.length < ARP_FRAME_BYTES || destinationOf(bytes) !== BROADCAST) return false;
  const operation = load<u16>(bytes + ARP_OPERATION);
  if (operation === REPLY) return true;
  return operation === REQUEST && load<u32>(bytes + ARP_SENDER_IP) === load<u32>(bytes + ARP_TARGET_IP);
}
