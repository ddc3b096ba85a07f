/**
 * Where the parts of a node's packet I/O lie. Each node with packet I/O takes one arena from the elements of the region, once. Its
 * cores, rings and sockets lie in that arena, which is emptied when the node is set up anew (a firewall that restarts in another
 * mode). A node without an arena takes no time over a frame.
 *
 *   arena  ┌ NodeIo ┬ cores, port blocks, rings, transmit rings, sockets with their blocks, in the order they were made ┐
 *   PortIo ┌ counts, fan-out ┬ 32 rings, 16 × u32 ┬ 96 sockets, 16 × u32 ┐     one per port that has rings
 *
 * Each core and each socket has a slot in the event queue; the node reserves these slots too.
 */
import * as L from '../memory/layout';
import * as N from '../memory/nic-layout';
import { Node, nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';
import { header, IO_SLOT_BYTES, takeElement } from '../memory/region';
import { buildTable, Rss, storeKey } from '../nic/rss';

/** Kinds of what has a slot or is a task of a core. */
export const IO_CORE: u32 = 1;
export const IO_RING: u32 = 2;
export const IO_SOCKET: u32 = 3;

@unmanaged
export class NodeIo {
  node: u32;
  size: u32;
  used: u32;
  firstSlot: u32;
  slotCount: u32;
  slotsUsed: u32;
  firstCore: u32;
  coreCount: u32;
  /** Buffers of the DPDK pool (rule DPK-07); 0: no limit. */
  mbufs: u32;
  /** Of these, free. Below zero when copies were sent for which the pool had no buffer. */
  freeMbufs: i32;
  /** Frames of a node that lost power wait to be dropped. */
  isDraining: u32;
}
if (offsetof<NodeIo>() > <usize>L.NODE_IO_BYTES) ERROR('NodeIo does not fit its slot');

/** A task of a core: a ring or a socket that it serves. */
@unmanaged
export class Task {
  kind: u32;
  /** Number of its slot in the event queue; rings have none. */
  slot: u32;
  core: u32;
  /** Next task of the core. */
  next: u32;
  port: u32;
  /** Queue of its port, or socket of its group. */
  number: u32;
  /** Event that set it up. */
  cause: u32;
  /** A core has frames of it in hand, or has not looked since. */
  isServed: u32;
}

@unmanaged
export class PortIo {
  rings: u32;
  sockets: u32;
  fanout: u32;
  /** Socket that is next (round robin), or that took the last frame (rollover). */
  turn: u32;
  /** Hash of the port's own; 0 where the pool of a NIC at the other end has one. */
  rssAt: u32;
  _pad: u32;
  /** Of the random fan-out. */
  random: u64;
}

const RINGS: usize = 32;
const SOCKETS: usize = RINGS + L.RINGS_MAX * 4;
if (offsetof<PortIo>() > RINGS || SOCKETS + L.RINGS_MAX * 4 > <usize>L.PORT_IO_BYTES) ERROR('PortIo does not fit its block');

// inline
export function nodeIoOf(node: Node): NodeIo {
  return changetype<NodeIo>(<usize>node.ioAt);
}

// inline
export function portIoOf(port: Port): PortIo {
  return changetype<PortIo>(<usize>port.ioAt);
}

/** Address of a ring of a port; 0 when it has none of that number. */
export function ringAddress(io: PortIo, queue: u32): u32 {
  return load<u32>(changetype<usize>(io) + RINGS + queue * 4);
}

/** Address of a socket of a port; 0 when it has none of that number. */
export function socketAddress(io: PortIo, socket: u32): u32 {
  return load<u32>(changetype<usize>(io) + SOCKETS + socket * 4);
}

/** Address of the core or socket with an IO slot; 0 for a free slot. */
export function ioAddress(slot: u32): u32 {
  return load<u32>(<usize>(header().io + slot * IO_SLOT_BYTES));
}

// ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Reserves slots and bytes for a node, once. False without room. @param firstSlot the node's slots begin here. */
export function reserveIo(id: u32, firstSlot: u32, slots: u32, bytes: u32): bool {
  const node = nodeAt(id);
  if (node.ioAt !== 0 || firstSlot + slots > header().ioCount || bytes < <u32>L.NODE_IO_BYTES) return false;
  const at = takeElement(bytes);
  if (at === 0) return false;
  node.ioAt = at;
  const io = nodeIoOf(node);
  io.node = id;
  io.size = bytes;
  io.used = L.NODE_IO_BYTES;
  io.firstSlot = firstSlot;
  io.slotCount = slots;
  return true;
}

/** A block of the node's arena, 64-byte aligned and zero; 0 when it is used up. */
export function takeIo(io: NodeIo, bytes: u32): u32 {
  const used = (io.used + bytes + L.CACHE_LINE_BYTES - 1) & ~(L.CACHE_LINE_BYTES - 1);
  if (used > io.size) return 0;
  const at = <u32>changetype<usize>(io) + io.used;
  io.used = used;
  return at;
}

/** Gives a slot to what lies at an address. False when the node has used its slots up. */
export function takeSlot(io: NodeIo, address: u32): bool {
  if (io.slotsUsed >= io.slotCount) return false;
  const slot = io.firstSlot + io.slotsUsed;
  io.slotsUsed++;
  store<u32>(<usize>(header().io + slot * IO_SLOT_BYTES), address);
  changetype<Task>(<usize>address).slot = slot;
  return true;
}

/** The block of a port, made at the first call; 0 without room. */
export function portIo(index: u32): u32 {
  const port = portAt(index);
  if (port.ioAt === 0) port.ioAt = takeIo(nodeIoOf(nodeAt(port.node)), L.PORT_IO_BYTES);
  return port.ioAt;
}

/** Enters a ring or a socket into its port's block. */
export function enterRing(io: PortIo, queue: u32, address: u32): void {
  store<u32>(changetype<usize>(io) + RINGS + queue * 4, address);
  io.rings = max(io.rings, queue + 1);
}

export function enterSocket(io: PortIo, socket: u32, address: u32): void {
  store<u32>(changetype<usize>(io) + SOCKETS + socket * 4, address);
  io.sockets = max(io.sockets, socket + 1);
}

/**
 * Gives a port a hash of its own. Key: the one of the RSS specification, which drivers without a better one use.
 * False without room.
 */
export function giveHash(index: u32): bool {
  const io = portIoOf(portAt(index));
  if (io.rssAt !== 0) return true;
  io.rssAt = takeIo(nodeIoOf(nodeAt(portAt(index).node)), N.RSS_BYTES);
  if (io.rssAt === 0) return false;
  const rss = changetype<Rss>(<usize>io.rssAt);
  storeKey(rss, 0, 0x6d5a56da255b0ec2);
  storeKey(rss, 1, 0x4167253d43a38fb0);
  storeKey(rss, 2, 0xd0ca2bcbae7b30b4);
  storeKey(rss, 3, 0x77cb2da38030f20c);
  storeKey(rss, 4, 0x6a42b73bbeac01fa);
  buildTable(rss);
  return true;
}

/** Forgets everything in the arena and frees the node's slots; the events of these are disarmed already. */
export function emptyArena(io: NodeIo): void {
  const node = nodeAt(io.node);
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    port.ioAt = 0;
    port.txAt = 0;
    port.flags &= ~L.PORT_RINGS;
  }
  for (let slot = io.firstSlot; slot < io.firstSlot + io.slotsUsed; slot++)
    store<u32>(<usize>(header().io + slot * IO_SLOT_BYTES), 0);
  memory.fill(changetype<usize>(io) + L.NODE_IO_BYTES, 0, io.used - L.NODE_IO_BYTES);
  io.used = L.NODE_IO_BYTES;
  io.slotsUsed = 0;
  io.firstCore = 0;
  io.coreCount = 0;
  io.mbufs = 0;
  io.freeMbufs = 0;
}
