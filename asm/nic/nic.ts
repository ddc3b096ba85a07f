/**
 * SR-IOV NICs: one wire, one PF, VFs. Each function owns a pool; the NIC's block holds what all functions share.
 *
 *   Nic   ┌ flags, ports, causes ┬ 128 multicast table, 4096 bits ┐    one per NIC
 *   Pool  ┌ flags, causes, queues ┬ 64 VLANs, 4096 bits ┬ 576 frames of each queue ┐     one per function
 *   filters  rows { mac, port, cause }, oldest first; then addresses that were taken away, newest first
 *
 * Exact addresses are rows in the order in which they were added. The node's forwarding table (fdb.ts) maps each address to its
 * function, static, VLAN 0; it marks an address that several functions have, and the rows then name them.
 *
 * Decision someone may dispute: if several functions of one VLAN have the same address, the function that had it first gets the
 * frames, as in a receive-address table that is searched from entry 0.
 */
import { fdbKey, fdbRemoveStatic, fdbSetStatic, SEVERAL } from '../frame/fdb';
import * as L from '../memory/layout';
import * as N from '../memory/nic-layout';
import { Node, nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';
import { setTimer } from '../memory/queue';
import { header, takeElement } from '../memory/region';
import { Rss, shapeHash } from './rss';

@unmanaged
export class Nic {
  flags: u32;
  wire: u32;
  pf: u32;
  filtersAt: u32;
  filterCount: u32;
  filterMax: u32;
  /** Events behind mode and default pool, the newest address, the newest multicast bit. */
  modeCause: u32;
  filterCause: u32;
  multicastCause: u32;
  /** Pools that take every unicast, every multicast: 0 spares the scan. */
  listeners: u32;
  multicastListeners: u32;
  /** Of the PF's watchdog, which reports spoofed frames (rule VF-07). */
  watchdog: u32;
  /** Spoofed frames since it last read them. */
  spoofed: u64;
  /** 82599, X540: the RSS block that all functions share; 0 elsewhere. */
  rssAt: u32;
  /** Rows behind the filters: addresses that were taken away. */
  forgotten: u32;
  /** Events that changed what the global filter passes, whether some pool takes everything, and the bridge mode. */
  openCause: u32;
  listenCause: u32;
  bridgeCause: u32;
  /** With NIC_BUS (bus.ts): what the embedded switch takes, picoseconds per byte of the bus, when it is free again, how long a frame may wait. */
  switchNs: u32;
  busPsPerByte: u64;
  busFreeNs: u64;
  busQueueNs: u64;
  busFreePs: u32;
  _pad: u32;
}

@unmanaged
export class Pool {
  flags: u32;
  /** Tag control information the PF gave (rule VF-11); 0 for none. */
  portVlan: u32;
  rssAt: u32;
  queues: u32;
  /** One bit per queue that has descriptors. */
  enabledQueues: u32;
  /** Hash in the last receive descriptor (rule RSS-01). */
  lastHash: u32;
  /** Events behind receive and transmit enable, addresses, VLANs, spoof check, receive mode, queues. */
  linkCause: u32;
  filterCause: u32;
  vlanCause: u32;
  spoofCause: u32;
  modeCause: u32;
  queueCause: u32;
}

@unmanaged
export class Filter {
  mac: u64;
  port: u32;
  cause: u32;
}
if (offsetof<Filter>() > <usize>N.FILTER_BYTES) ERROR('Filter does not fit its slot');

const NIC_TABLE: usize = 128;
const BITMAP: usize = 64;
/** Bits of a table: VLANs of a pool, hashes of multicast addresses of a NIC. */
export const BITMAP_BITS: u32 = 4096;
const QUEUE_FRAMES: usize = BITMAP + BITMAP_BITS / 8;
if (offsetof<Nic>() > NIC_TABLE || NIC_TABLE + BITMAP_BITS / 8 > <usize>N.NIC_BYTES) ERROR('Nic does not fit its block');
if (offsetof<Pool>() > BITMAP || QUEUE_FRAMES + N.QUEUES_MAX * 8 > <usize>N.POOL_BYTES) ERROR('Pool does not fit its block');
const BOTH_WAYS: u32 = N.POOL_RX | N.POOL_TX;
const MODES: u32 = N.POOL_BROADCAST | N.POOL_MULTICAST_HASH | N.POOL_ALL_MULTICAST | N.POOL_PROMISCUOUS;
/** The PF looks at its counters every two seconds (rule VF-07). */
const WATCHDOG_NS: u64 = 2_000_000_000;

// inline
export function nicOf(node: Node): Nic {
  return changetype<Nic>(<usize>node.elementAt);
}

// inline
export function poolOf(port: Port): Pool {
  return changetype<Pool>(<usize>port.poolAt);
}

export function filterAt(nic: Nic, index: u32): Filter {
  return changetype<Filter>(<usize>(nic.filtersAt + index * N.FILTER_BYTES));
}

export function queueFrames(pool: Pool, queue: u32): usize {
  return changetype<usize>(pool) + QUEUE_FRAMES + <usize>(queue * 8);
}

// ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Makes a node a NIC. @param sharesRss one key and table for all functions (rule RSS-03). False without room. */
export function makeNic(node: Node, flags: u32, wire: u32, pf: u32, filterMax: u32, watchdog: u32, sharesRss: bool): bool {
  node.elementAt = takeElement(N.NIC_BYTES);
  const filters = takeElement(filterMax * N.FILTER_BYTES);
  if (node.elementAt === 0 || filters === 0) return false;
  const nic = nicOf(node);
  nic.flags = flags;
  nic.wire = wire;
  nic.pf = pf;
  nic.filtersAt = filters;
  nic.filterMax = filterMax;
  nic.watchdog = watchdog;
  nic.modeCause = 1;
  nic.filterCause = 1;
  nic.multicastCause = 1;
  nic.openCause = 1;
  nic.listenCause = 1;
  nic.bridgeCause = 1;
  if (!sharesRss) return true;
  nic.rssAt = takeElement(N.RSS_BYTES);
  return nic.rssAt !== 0;
}

/** Makes a port a function of its NIC: a pool that wants nothing and is not enabled. */
export function makePool(port: Port, rssMask: u32): bool {
  port.poolAt = takeElement(N.POOL_BYTES);
  if (port.poolAt === 0) return false;
  const pool = poolOf(port);
  const shared = nicOf(nodeAt(port.node)).rssAt;
  pool.rssAt = shared !== 0 ? shared : takeElement(N.RSS_BYTES);
  if (pool.rssAt === 0) return false;
  shapeHash(changetype<Rss>(<usize>pool.rssAt), rssMask, (nicOf(nodeAt(port.node)).flags & N.NIC_UDP_WITHOUT_PORTS) !== 0);
  pool.queues = 1;
  pool.linkCause = 1;
  pool.filterCause = 1;
  pool.vlanCause = 1;
  pool.spoofCause = 1;
  pool.modeCause = 1;
  pool.queueCause = 1;
  return true;
}

// ── Following events ────────────────────────────────────────────────────────────────────────────────────────────────

/** All flags of a NIC. Each kind that changes remembers the event. */
export function changeNic(nic: Nic, flags: u32, cause: u32): void {
  const changed = nic.flags ^ flags;
  if ((changed & (N.NIC_OPEN | N.NIC_POOLS_OPEN)) !== 0) nic.openCause = cause;
  if ((changed & N.NIC_VEPA) !== 0) nic.bridgeCause = cause;
  nic.flags = flags;
  nic.modeCause = cause;
}

/** All flags and the port VLAN of a pool. Each kind that changes remembers the event. */
export function changePool(port: Port, flags: u32, portVlan: u32, cause: u32): void {
  const pool = poolOf(port);
  const changed = pool.flags ^ flags;
  if ((changed & BOTH_WAYS) !== 0) pool.linkCause = cause;
  if ((changed & N.POOL_SPOOF_CHECK) !== 0) pool.spoofCause = cause;
  if ((changed & MODES) !== 0) pool.modeCause = cause;
  if (pool.portVlan !== portVlan) pool.vlanCause = cause;
  pool.flags = flags;
  pool.portVlan = portVlan;
  countListeners(nodeAt(port.node), cause);
}

function countListeners(node: Node, cause: u32): void {
  const nic = nicOf(node);
  const before = nic.listeners + nic.multicastListeners;
  nic.listeners = 0;
  nic.multicastListeners = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    if (portAt(i).poolAt === 0) continue;
    const flags = poolOf(portAt(i)).flags;
    if ((flags & N.POOL_PROMISCUOUS) !== 0) nic.listeners++;
    if ((flags & N.POOL_ALL_MULTICAST) !== 0) nic.multicastListeners++;
  }
  if (nic.listeners + nic.multicastListeners !== before) nic.listenCause = cause;
}

/** Gives a function an address, or takes it away. False when the NIC has no room for another. */
export function changeFilter(index: u32, mac: u64, present: bool, cause: u32): bool {
  const port = portAt(index);
  const node = nodeAt(port.node);
  const nic = nicOf(node);
  const row = rowOf(nic, index, mac);
  if ((row !== L.NONE) === present) return true;
  if (present && nic.filterCount >= nic.filterMax) return false;
  if (present) appendRow(nic, index, mac, cause);
  else forgetRow(nic, row, cause);
  nic.filterCause = cause;
  poolOf(port).filterCause = cause;
  indexAddress(node, nic, mac);
  return true;
}

/** Row of a function's address; NONE when it does not have it. */
export function rowOf(nic: Nic, index: u32, mac: u64): u32 {
  for (let i: u32 = 0; i < nic.filterCount; i++) {
    const filter = filterAt(nic, i);
    if (filter.mac === mac && filter.port === index) return i;
  }
  return L.NONE;
}

/** Addresses that were taken away make room, the one that was taken away first goes when there is none. */
function appendRow(nic: Nic, index: u32, mac: u64, cause: u32): void {
  if (nic.filterCount + nic.forgotten === nic.filterMax && nic.forgotten !== 0) nic.forgotten--;
  const behind = changetype<usize>(filterAt(nic, nic.filterCount));
  memory.copy(behind + N.FILTER_BYTES, behind, nic.forgotten * N.FILTER_BYTES);
  const filter = filterAt(nic, nic.filterCount);
  filter.mac = mac;
  filter.port = index;
  filter.cause = cause;
  nic.filterCount++;
}

/** Takes a row out. It stays behind the others, and names the event that took the address away. */
function forgetRow(nic: Nic, row: u32, cause: u32): void {
  const taken = filterAt(nic, row);
  const mac = taken.mac;
  const port = taken.port;
  nic.filterCount--;
  const rest = (nic.filterCount - row) * N.FILTER_BYTES;
  memory.copy(changetype<usize>(filterAt(nic, row)), changetype<usize>(filterAt(nic, row + 1)), rest);
  const gone = filterAt(nic, nic.filterCount);
  gone.mac = mac;
  gone.port = port;
  gone.cause = cause;
  nic.forgotten++;
}

/** Brings the forwarding table in line with the rows of an address: its first function, and whether there are more. */
function indexAddress(node: Node, nic: Nic, mac: u64): void {
  let first: u32 = L.NONE;
  let cause: u32 = 0;
  let count: u32 = 0;
  for (let i: u32 = 0; i < nic.filterCount; i++) {
    const filter = filterAt(nic, i);
    if (filter.mac !== mac) continue;
    count++;
    if (count > 1) continue;
    first = filter.port;
    cause = filter.cause;
  }
  if (count === 0) fdbRemoveStatic(node, fdbKey(0, mac));
  else fdbSetStatic(node, fdbKey(0, mac), count > 1 ? first | SEVERAL : first, cause);
}

/** Rule VF-04. */
export function changeVlan(port: Port, vid: u32, member: bool, cause: u32): void {
  const pool = poolOf(port);
  setBit(changetype<usize>(pool) + BITMAP, vid & L.VLAN_ID_MASK, member);
  pool.vlanCause = cause;
}

// inline
export function inVlan(pool: Pool, vid: u32): bool {
  return hasBit(changetype<usize>(pool) + BITMAP, vid);
}

/** Rule VF-10: one bit of the table that all functions share. */
export function changeMulticast(nic: Nic, vector: u32, on: bool, cause: u32): void {
  setBit(changetype<usize>(nic) + NIC_TABLE, vector & (BITMAP_BITS - 1), on);
  nic.multicastCause = cause;
}

/** Rule VF-10: whether a frame's destination is in the table, by 12 bits of its last two bytes (filter type 0). */
export function hitsMulticastTable(nic: Nic, frame: usize): bool {
  const vector = (<u32>load<u8>(frame + 4) >> 4) | ((<u32>load<u8>(frame + 5)) << 4);
  return hasBit(changetype<usize>(nic) + NIC_TABLE, vector);
}

export function hasMulticastBit(nic: Nic, vector: u32): bool {
  return hasBit(changetype<usize>(nic) + NIC_TABLE, vector);
}

// inline
function hasBit(at: usize, bit: u32): bool {
  return ((load<u32>(at + ((bit >> 5) << 2)) >> (bit & 31)) & 1) !== 0;
}

function setBit(at: usize, bit: u32, on: bool): void {
  const word = at + ((bit >> 5) << 2);
  const mask: u32 = 1 << (bit & 31);
  store<u32>(word, on ? load<u32>(word) | mask : load<u32>(word) & ~mask);
}

// ── Spoofed frames ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Counts a spoofed frame and arms the PF's watchdog for its next period, if it is not armed: idle periods create no events. */
export function countSpoofed(nic: Nic): void {
  if (nic.spoofed === 0) setTimer(nic.watchdog, (header().nowNs / WATCHDOG_NS + 1) * WATCHDOG_NS);
  nic.spoofed++;
}

/** The counter clears on read. */
export function takeSpoofed(nic: Nic): u64 {
  const count = nic.spoofed;
  nic.spoofed = 0;
  return count;
}
