/**
 * The forwarding table of a switch: (VLAN, MAC) → port. Open addressing, linear probes, entries 24 bytes:
 *
 *   ┌ 0 key: vlan << 48 | mac, bit 63 set ┬ 8 seenNs (u64.MAX: static) ┬ 16 port, bit 31: several ┬ 20 cause ┐
 *
 * Ageing is lazy: an expired entry counts as absent when looked at. A full table refuses new addresses (the frame still
 * floods), after throwing out what has expired. Each port counts the learned entries that name it, expired ones too
 * (`learnCount`, rule LRN-03).
 */
import { Node } from './node';
import { Port, portAt } from './port';
import { FDB_BYTES, header } from './region';

const USED: u64 = 1 << 63;
const STATIC: u64 = u64.MAX_VALUE;
/** In `port`: more than one port has this address; scan them. */
export const SEVERAL: u32 = 0x80000000;

@unmanaged
export class FdbEntry {
  key: u64;
  seenNs: u64;
  port: u32;
  cause: u32;
}

export function fdbKey(vid: u32, mac: u64): u64 {
  return USED | ((<u64>vid) << 48) | mac;
}

// inline
function entryAt(node: Node, slot: u32): FdbEntry {
  return changetype<FdbEntry>(<usize>(node.fdbAt + slot * FDB_BYTES));
}

// inline
function homeOf(key: u64, slots: u32): u32 {
  return <u32>((key * 0x9e3779b97f4a7c15) >> 40) & (slots - 1);
}

/** Whether the host assigned the address, so that no traffic changes its entry. */
export function isStatic(entry: FdbEntry): bool {
  return entry.seenNs === STATIC;
}

// inline
function expired(node: Node, entry: FdbEntry): bool {
  return !isStatic(entry) && entry.seenNs + node.ageingNs <= header().nowNs;
}

/** The live entry of a key, or null. */
// inline
export function fdbFind(node: Node, key: u64): FdbEntry | null {
  const slots = node.fdbSlots;
  let slot = homeOf(key, slots);
  while (true) {
    const entry = entryAt(node, slot);
    if (entry.key === key) return expired(node, entry) ? null : entry;
    if (entry.key === 0) return null;
    slot = (slot + 1) & (slots - 1);
  }
}

/** Slot of a key, or the free slot where it would go. */
// inline
function slotOf(node: Node, key: u64): u32 {
  const slots = node.fdbSlots;
  let slot = homeOf(key, slots);
  while (true) {
    const found = entryAt(node, slot).key;
    if (found === key || found === 0) return slot;
    slot = (slot + 1) & (slots - 1);
  }
}

/**
 * Learns that `key` was seen on `port`, because of the event at `cause`. A known address on another port moves.
 * @returns false when the table is full.
 */
// inline
export function fdbLearn(node: Node, key: u64, port: u32, cause: u32): bool {
  let entry = entryAt(node, slotOf(node, key));
  const now = header().nowNs;
  if (entry.key === key) {
    if (isStatic(entry)) return true;
    if (entry.port !== port) {
      if (!expired(node, entry)) node.moved++;
      portAt(entry.port).learnCount--;
      portAt(port).learnCount++;
      entry.port = port;
      entry.cause = cause;
    }
    entry.seenNs = now;
    return true;
  }
  if (node.fdbCount >= node.fdbLimit) {
    if (!sweep(node)) return false;
    entry = entryAt(node, slotOf(node, key));
  }
  node.fdbCount++;
  portAt(port).learnCount++;
  entry.key = key;
  entry.seenNs = now;
  entry.port = port;
  entry.cause = cause;
  return true;
}

/** Makes room behind a port that has learned as much as it may. False when nothing there has expired. */
export function fdbForgetAged(node: Node, port: Port): bool {
  sweep(node);
  return port.learnCount < port.learnLimit;
}

/** Throws expired entries out, if any can have expired. Returns whether room was made. */
function sweep(node: Node): bool {
  const now = header().nowNs;
  if (now < node.nextSweepNs) return false;
  const before = node.fdbCount;
  let oldest = STATIC;
  let slot: u32 = 0;
  while (slot < node.fdbSlots) {
    const entry = entryAt(node, slot);
    if (entry.key !== 0 && expired(node, entry)) {
      portAt(entry.port).learnCount--;
      removeAt(node, slot);
      continue;
    }
    if (entry.key !== 0 && entry.seenNs < oldest) oldest = entry.seenNs;
    slot++;
  }
  // Nothing left to age: what is learned from now on expires one ageing time from now at the earliest.
  node.nextSweepNs = (oldest === STATIC ? now : oldest) + node.ageingNs;
  return node.fdbCount < before;
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

/** Sets or clears (port NONE) the static entry of an address the host assigned. */
export function fdbSetStatic(node: Node, key: u64, port: u32, cause: u32, present: bool): void {
  const slot = slotOf(node, key);
  const entry = entryAt(node, slot);
  if (!present) {
    if (entry.key === key && isStatic(entry)) removeAt(node, slot);
    return;
  }
  if (entry.key === key && !isStatic(entry)) portAt(entry.port).learnCount--;
  if (entry.key === 0) {
    assert(node.fdbCount < node.fdbSlots - 1);
    node.fdbCount++;
  }
  entry.key = key;
  entry.seenNs = STATIC;
  entry.port = port;
  entry.cause = cause;
}

/** A port without carrier or power leads nowhere: what was learned behind it is forgotten at once, as Linux and hardware do. */
export function fdbForgetPort(node: Node, port: u32): void {
  let slot: u32 = 0;
  while (slot < node.fdbSlots) {
    const entry = entryAt(node, slot);
    if (entry.key !== 0 && entry.port === port && !isStatic(entry)) removeAt(node, slot);
    else slot++;
  }
  portAt(port).learnCount = 0;
}
