/**
 * The table of neighbours of a node: an open-addressed hash in the region, by interface and address. What its entries mean is neighbour.ts's
 * matter. IPv6 addresses share the table (WIDE); a switch with ARP inspection keeps its bindings in it.
 */
import { Node } from '../memory/node';
import { NEIGHBOUR_BYTES } from '../memory/region';

/** In an entry's `port`: its address is an IPv6 one. `ip` is then a hash of it, so look-ups of IPv4 addresses never match. */
export const WIDE: u32 = 0x80000000;

export const EMPTY: u16 = 0;
export const INCOMPLETE: u16 = 1;
export const RESOLVED: u16 = 2;
/** On a switch: a binding that was removed. */
export const UNBOUND: u16 = 3;
/** At the other end of a PPPoE session (pppoe.ts): agents of ARP do not change it. */
export const IN_SESSION: u16 = 4;

/** One line of the cache: a packet needs all that it asks of its next hop at once. */
@unmanaged
export class Neighbour {
  ip: u32;
  state: u16;
  /** A verification is under way. */
  probing: u16;
  mac: u64;
  /** Until when the entry is used without asking. */
  reachableUntilNs: u64;
  /** An IPv6 address in wire order (frame/ipv6.ts); 0 for an IPv4 one. */
  high: u64;
  low: u64;
  port: u32;
  cause: u32;
  /** The event that frames to it exist for, too: the one that made the entry what it is; 0 where that follows from the definition. */
  sentFor: u32;
  /** Waiting frames. */
  head: u32;
  tail: u32;
  frames: u16;
  /** Number of the PPPoE session; 0 outside one. */
  session: u16;
}
if (offsetof<Neighbour>() > <usize>NEIGHBOUR_BYTES) ERROR('Neighbour does not fit its slot');

export function neighbourSlot(node: Node, slot: u32): Neighbour {
  return changetype<Neighbour>(<usize>(node.neighboursAt + slot * NEIGHBOUR_BYTES));
}

/** By the address alone: few addresses are neighbours of several interfaces, and those lie side by side. */
// inline
export function homeOf(ip: u32, slots: u32): u32 {
  return ((ip * 0x9e3779b1) >> 12) & (slots - 1);
}

/** Slot of an address on a port, or the free slot where it would go. */
export function slotOf(node: Node, port: u32, ip: u32): u32 {
  const mask = node.neighbourSlots - 1;
  let slot = homeOf(ip, node.neighbourSlots);
  while (true) {
    const entry = neighbourSlot(node, slot);
    if (entry.state === EMPTY || (entry.ip === ip && entry.port === port)) return slot;
    slot = (slot + 1) & mask;
  }
}

/**
 * 32 bits of an IPv6 address. The product spreads bits upwards only, so what differs most among addresses comes lowest: the last bytes of
 * the interface id, and those of the subnet. The factor is of MurmurHash3's fmix64: it gives numbered interface ids places of their own.
 */
// inline
export function hashOf(high: u64, low: u64): u32 {
  return <u32>(((rotl<u64>(low, 16) ^ rotl<u64>(high, 32)) * 0xc4ceb9fe1a85ec53) >> 32);
}

/** Slot of an IPv6 address on a port, or the free slot where it would go. */
export function wideSlotOf(node: Node, port: u32, high: u64, low: u64): u32 {
  const mask = node.neighbourSlots - 1;
  const hash = hashOf(high, low);
  let slot = homeOf(hash, node.neighbourSlots);
  while (true) {
    const entry = neighbourSlot(node, slot);
    if (entry.state === EMPTY || (entry.low === low && entry.high === high && entry.port === (port | WIDE))) return slot;
    slot = (slot + 1) & mask;
  }
}

/** Slot of an address as agents name it: an IPv6 one, where `high` or `low` is not 0, else an IPv4 one. */
export function slotFor(node: Node, port: u32, ip: u32, high: u64, low: u64): u32 {
  return (high | low) === 0 ? slotOf(node, port, ip) : wideSlotOf(node, port, high, low);
}

/** Writes the address into an entry that is about to be used. */
export function nameEntry(entry: Neighbour, port: u32, ip: u32, high: u64, low: u64): void {
  const isWide = (high | low) !== 0;
  entry.ip = isWide ? hashOf(high, low) : ip;
  entry.port = isWide ? port | WIDE : port;
  entry.high = high;
  entry.low = low;
}

/** Whether a node has an IPv4 address in its table, resolved or not. */
export function isNeighbour(node: Node, port: u32, ip: u32): bool {
  return neighbourSlot(node, slotOf(node, port, ip)).state !== EMPTY;
}

/** The binding of an address, or null: a switch with ARP inspection keeps its bindings in its table, on its first port. */
export function bindingOf(node: Node, ip: u32): Neighbour | null {
  if (node.neighbourSlots === 0) return null;
  const entry = neighbourSlot(node, slotOf(node, node.firstPort, ip));
  return entry.state === EMPTY ? null : entry;
}

/** Whether an entry of a switch says only that its binding was removed. */
export function isUnbound(entry: Neighbour): bool {
  return entry.state === UNBOUND;
}

/** Moves back the entries that probed past the hole. */
export function closeHole(node: Node, from: u32): void {
  const mask = node.neighbourSlots - 1;
  let hole = from;
  let slot = from;
  while (true) {
    slot = (slot + 1) & mask;
    const entry = neighbourSlot(node, slot);
    if (entry.state === EMPTY) break;
    const home = homeOf(entry.ip, node.neighbourSlots);
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    memory.copy(changetype<usize>(neighbourSlot(node, hole)), changetype<usize>(entry), NEIGHBOUR_BYTES);
    hole = slot;
  }
  memory.fill(changetype<usize>(neighbourSlot(node, hole)), 0, NEIGHBOUR_BYTES);
}
