/**
 * The forwarding table of a switch: (VLAN, MAC) → port. Open addressing, linear probes, entries 24 bytes:
 *
 *   ┌ 0 key: vlan << 48 | mac, bit 63 set ┬ 8 expiresNs (u64.MAX: static) ┬ 16 port, bit 31: several ┬ 20 cause ┐
 *
 * Ageing is lazy: a look-up treats an expired entry as absent. That takes one comparison, because an entry has the time at which it
 * expires, not the time at which it was seen. A full table first removes expired entries; if it is still full, it refuses new
 * addresses, and the frame still floods. Each port counts the learned entries that name it, expired ones too (`learnCount`,
 * rule LRN-03).
 */
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { isDefined, later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { FDB_BYTES, header } from '../memory/region';
import { lineAt } from './line';
import { countMove } from './move-run';

const USED: u64 = 1 << 63;
const STATIC: u64 = u64.MAX_VALUE;
const MAC_BITS: u64 = (1 << 48) - 1;
/**
 * Odd, and the best of three thousand tried on half-full tables of numbered, assigned and scattered addresses, in one VLAN and
 * in many: numbered ones, the most common, take 1.00 looks, all together 1.31 (with the golden ratio: 1.13 and 1.62).
 */
const SPREAD: u64 = 0x612fb4eff7a83071;
/** In `port`: more than one port has this address; scan them. */
export const SEVERAL: u32 = 0x80000000;

@unmanaged
export class FdbEntry {
  key: u64;
  expiresNs: u64;
  port: u32;
  cause: u32;
}
if (offsetof<FdbEntry>() > <usize>FDB_BYTES) ERROR('FdbEntry does not fit its slot');

/** When a learned entry was refreshed last; u64.MAX for a static one. */
export function seenNs(node: Node, entry: FdbEntry): u64 {
  return isStatic(entry) ? STATIC : entry.expiresNs - node.ageingNs;
}

export function fdbKey(vid: u32, mac: u64): u64 {
  return USED | ((<u64>vid) << 48) | mac;
}

// inline
function entryAt(node: Node, slot: u32): FdbEntry {
  return changetype<FdbEntry>(<usize>(node.fdbAt + slot * FDB_BYTES));
}

function slotOf(node: Node, entry: FdbEntry): u32 {
  return (<u32>changetype<usize>(entry) - node.fdbAt) / FDB_BYTES;
}

// inline
function homeOf(key: u64, slots: u32): u32 {
  return <u32>((key * SPREAD) >> 40) & (slots - 1);
}

/** Whether the host assigned the address, so that no traffic changes its entry. */
export function isStatic(entry: FdbEntry): bool {
  return entry.expiresNs === STATIC;
}

/** Whether the address was forgotten with its port. */
// inline
export function isForgotten(entry: FdbEntry): bool {
  return entry.port === <u32>L.NONE;
}

// inline
function expired(entry: FdbEntry): bool {
  return entry.expiresNs <= header().nowNs;
}

/** The live entry of a key, or null. */
// inline
export function fdbFind(node: Node, key: u64): FdbEntry | null {
  const entry = entryOf(node, key);
  return isLive(entry, key) ? entry : null;
}

// inline
export function isLive(entry: FdbEntry, key: u64): bool {
  return entry.key === key && !expired(entry);
}

/** Entry of a key, or the free entry where it would go. */
// inline
export function entryOf(node: Node, key: u64): FdbEntry {
  const entry = entryAt(node, homeOf(key, node.fdbSlots));
  return entry.key === key || entry.key === 0 ? entry : probe(node, key);
}

/** The same, by looking at one place after another. */
function probe(node: Node, key: u64): FdbEntry {
  const slots = node.fdbSlots;
  let slot = homeOf(key, slots);
  while (true) {
    const entry = entryAt(node, slot);
    if (entry.key === key || entry.key === 0) return entry;
    slot = (slot + 1) & (slots - 1);
  }
}

/**
 * Learns that `key` was seen on `port`, because of the event at `cause`. A known address on another port moves.
 * @returns false when the table is full.
 */
// inline
export function fdbLearn(node: Node, key: u64, port: u32, cause: u32): bool {
  const entry = entryOf(node, key);
  if (entry.key !== key) return addEntry(node, entry, key, port, cause);
  if (isStatic(entry)) return true;
  // An address that was forgotten is learned anew, on the port where it was, too: because of this frame.
  if (entry.port !== port || expired(entry)) moveEntry(entry, port, cause);
  entry.expiresNs = header().nowNs + node.ageingNs;
  return true;
}

/**
 * An address that expired has not moved: the switch had forgotten where it was. One that moves back does so because of what moved it
 * away.
 */
function moveEntry(entry: FdbEntry, port: u32, cause: u32): void {
  if (!expired(entry)) countMove(entry.key, entry.port, port, returns(entry, port) ? entry.cause : later(cause, entry.cause));
  if (!isForgotten(entry)) portAt(entry.port).learnCount--;
  portAt(port).learnCount++;
  entry.port = port;
  entry.cause = cause;
}

/** Whether an address that was moved away comes back to the port that its only owner is plugged into: it would have come anyway. */
function returns(entry: FdbEntry, to: u32): bool {
  const line = portAt(to).line;
  const mac = entry.key & MAC_BITS;
  if (isDefined(entry.cause) || line === <u32>L.NONE || portAt(lineAt(line).to).usedMac !== mac) return false;
  let owners: u32 = 0;
  for (let i: u32 = 0, end = header().portCount; i < end; i++) owners += portAt(i).usedMac === mac ? 1 : 0;
  return owners === 1;
}

/** Learns an address that is new, into the free entry where it goes. */
function addEntry(node: Node, free: FdbEntry, key: u64, port: u32, cause: u32): bool {
  let entry = free;
  if (node.fdbCount >= node.fdbLimit) {
    if (!sweep(node)) return false;
    entry = probe(node, key);
  }
  node.fdbCount++;
  portAt(port).learnCount++;
  entry.key = key;
  entry.expiresNs = header().nowNs + node.ageingNs;
  entry.port = port;
  entry.cause = cause;
  return true;
}

/** Makes room behind a port that has learned as much as it may. False when nothing there has expired. */
export function fdbForgetAged(node: Node, port: Port): bool {
  sweep(node);
  return port.learnCount < port.learnLimit;
}

/** Throws expired entries out, if any can have expired. Returns whether room was made: nobody is kept out then, until it is full again. */
function sweep(node: Node): bool {
  const now = header().nowNs;
  if (now < node.nextSweepNs) {
    if (node.crowdedSince === 0) node.crowdedSince = filledSince(node);
    return false;
  }
  const before = node.fdbCount;
  let first = STATIC;
  let slot: u32 = 0;
  while (slot < node.fdbSlots) {
    const entry = entryAt(node, slot);
    if (entry.key !== 0 && expired(entry)) {
      if (!isForgotten(entry)) portAt(entry.port).learnCount--;
      node.swept = 1;
      removeAt(node, slot);
      continue;
    }
    if (entry.key !== 0 && entry.expiresNs < first) first = entry.expiresNs;
    slot++;
  }
  // No entry is left to age: an entry learned from now on expires one ageing time from now at the earliest.
  node.nextSweepNs = first === STATIC ? now + node.ageingNs : first;
  const makesRoom = node.fdbCount < before;
  node.crowdedSince = makesRoom ? 0 : filledSince(node);
  return makesRoom;
}

/** Of the events that the entries were learned because of: the latest that happened. */
function filledSince(node: Node): u32 {
  let since: u32 = 0;
  for (let slot: u32 = 0; slot < node.fdbSlots; slot++) {
    const entry = entryAt(node, slot);
    if (entry.key !== 0) since = later(since, entry.cause);
  }
  return since;
}

/** Removes an entry and moves back those that probed past it, so that no search breaks off early. */
function removeAt(node: Node, from: u32): void {
  const mask = node.fdbSlots - 1;
  let hole = from;
  let slot = from;
  node.fdbCount--;
  while (true) {
    slot = (slot + 1) & mask;
    const entry = entryAt(node, slot);
    if (entry.key === 0) break;
    const home = homeOf(entry.key, node.fdbSlots);
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    memory.copy(changetype<usize>(entryAt(node, hole)), changetype<usize>(entry), FDB_BYTES);
    hole = slot;
  }
  memory.fill(changetype<usize>(entryAt(node, hole)), 0, FDB_BYTES);
}

/** Sets the static entry of an address the host assigned. */
export function fdbSetStatic(node: Node, key: u64, port: u32, cause: u32): void {
  let entry = entryOf(node, key);
  // Addresses that were forgotten make room before the table grows past what it may hold.
  if (entry.key === 0 && node.fdbCount >= node.fdbLimit && sweep(node)) entry = probe(node, key);
  if (isInEvery(key) && !isStatic(entry)) node.trunkGuests++;
  if (entry.key === key && !isStatic(entry) && !isForgotten(entry)) portAt(entry.port).learnCount--;
  if (entry.key === 0) {
    assert(node.fdbCount < node.fdbSlots - 1);
    node.fdbCount++;
  }
  entry.key = key;
  entry.expiresNs = STATIC;
  entry.port = port;
  entry.cause = cause;
}

/** Whether the key is that of an address which holds in every VLAN. */
function isInEvery(key: u64): bool {
  return <u32>(key >> 48) === (<u32>(USED >> 48) | L.VLAN_TRUNK);
}

/** Takes the static entry of an address out: no look-up finds it any more. */
export function fdbRemoveStatic(node: Node, key: u64): void {
  const entry = entryOf(node, key);
  if (entry.key === key && isStatic(entry)) removeAt(node, slotOf(node, entry));
}

/** The same where look-ups mind the age: the entry stays, forgotten, and says since which event the address is unknown. */
export function fdbForgetStatic(node: Node, key: u64, cause: u32): void {
  const entry = entryOf(node, key);
  if (entry.key !== key || !isStatic(entry)) return;
  if (isInEvery(key)) node.trunkGuests--;
  entry.expiresNs = 0;
  entry.port = L.NONE;
  entry.cause = cause;
  node.nextSweepNs = 0;
}

/**
 * Forgets the addresses learned behind a port that lost carrier or power, at once, as Linux and hardware do. Their entries stay, expired
 * and of no port, until an address is learned again or the table is full: they say since which event frames are flooded.
 */
export function fdbForgetPort(node: Node, port: u32, cause: u32): void {
  for (let slot: u32 = 0; slot < node.fdbSlots; slot++) {
    const entry = entryAt(node, slot);
    if (entry.key === 0 || entry.port !== port || isStatic(entry)) continue;
    entry.expiresNs = 0;
    entry.port = L.NONE;
    entry.cause = cause;
    node.nextSweepNs = 0;
  }
  portAt(port).learnCount = 0;
}
