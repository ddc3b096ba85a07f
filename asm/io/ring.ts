/**
 * Receive rings: frames wait there for a core.
 *
 * A NIC's ring (rules DPK-02, DPK-04) counts descriptors. Of `size` one stays empty, so the ring holds size - 1 frames, and fewer
 * while the driver holds descriptors that it has consumed but not yet given back to the hardware:
 *
 *   ┌ held by the driver ┬ frames ─────────────┬ free ────────┬ 1 ┐      held + frames + free = size - 1
 *        nextIndex ──────┘                     tailIndex ─────┘
 *
 * If more than `freeThreshold` are held after a burst, the tail moves to the last one consumed, and all of them are free. A vector driver
 * frees them in batches of the threshold and holds the rest (DPDK, drivers/net/intel/common/rx_vec_x86.h, `ci_rxq_rearm`).
 *
 * A shared ring (virtio, vhost) can use all its entries. The sender checks whether it is full (tx.ts).
 *
 * The RSS hash chooses one of several queues. When the far end is a VF or PF, hash and table are those of its pool; otherwise the
 * port has a hash of its own, modulo the number of queues.
 */
import { DROP_NO_DESCRIPTOR, DROP_POOL_EXHAUSTED, DROP_RX_RING_FULL } from '../../gen/asm/drop-reasons';
import { Buffer, Descriptor, takeDescriptor } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import { lineAt } from '../frame/line';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';
import { header } from '../memory/region';
import { poolOf } from '../nic/nic';
import { hashFrame, queueOf, Rss } from '../nic/rss';
import { addTask, call, coreAt, takeMbufs } from './core';
import { enterRing, giveHash, IO_RING, NodeIo, nodeIoOf, PortIo, portIo, portIoOf, ringAddress, Task, takeIo } from './io';

@unmanaged
export class Ring extends Task {
  flags: u32;
  size: u32;
  freeThreshold: u32;
  head: u32;
  tail: u32;
  frames: u32;
  /** Consumed, and not yet given back to the hardware. */
  held: u32;
  /** Descriptor that is consumed next. */
  nextIndex: u32;
  /** As last written to the hardware. */
  tailIndex: u32;
  rxPs: u32;
  copyPsPerByte: u32;
  /** Further cost of a frame whose flow is not in OVS's cache (rule COST-03). */
  missPs: u32;
  /** How long a sleeping core takes to wake. */
  wakeNs: u32;
  /** Cost, to the sending core, of notifying a ring whose core sleeps (rule COST-05). */
  notifyPs: u32;
  /** Its core rests, because in its last round it found frames here but no buffer. */
  isStuck: u32;
  /** From when on its frames may be taken: after the wake-up. */
  readyNs: u64;
  stored: u64;
  /** imissed, rx_nombuf (rules DPK-04, DPK-05). */
  missed: u64;
  withoutBuffer: u64;
  interrupts: u64;
  doorbells: u64;
  tailWrites: u64;
}
if (offsetof<Ring>() > <usize>L.RING_BYTES) ERROR('Ring does not fit its slot');

export function ringAt(address: u32): Ring {
  return changetype<Ring>(<usize>address);
}

// ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Makes a ring of a port and gives it to a core. Returns its address; 0 without room, and when a queue before it is missing. */
export function makeRing(index: u32, queue: u32, core: u32, flags: u32, size: u32, cause: u32): u32 {
  const io = nodeIoOf(nodeAt(portAt(index).node));
  const block = portIo(index);
  if (block === 0 || queue !== changetype<PortIo>(<usize>block).rings || (queue !== 0 && !giveHash(index))) return 0;
  const at = takeIo(io, L.RING_BYTES);
  if (at === 0) return 0;
  const ring = ringAt(at);
  ring.kind = IO_RING;
  ring.port = index;
  ring.number = queue;
  ring.cause = cause;
  ring.flags = flags;
  ring.size = size;
  resetRing(ring, io);
  enterRing(changetype<PortIo>(<usize>block), queue, at);
  addTask(coreAt(core), ring);
  return at;
}

/** As after its set-up: the driver has filled it with buffers of the pool. Its frames are gone already. */
export function resetRing(ring: Ring, io: NodeIo): void {
  if ((ring.flags & L.RING_TAKES_MBUFS) !== 0) takeMbufs(io, <i32>ring.size);
  ring.held = 0;
  ring.nextIndex = 0;
  ring.tailIndex = ring.size - 1;
  ring.readyNs = 0;
  ring.isStuck = 0;
}

// ── Arriving ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A frame has come to a port with rings: it waits in one, or finds no place. */
export function storeInRing(index: u32, port: Port, buffer: Buffer, vlan: u32): void {
  const ring = ringFor(port, buffer);
  if (isFull(ring)) {
    ring.missed++;
    const reason = (ring.flags & L.RING_OF_VF) !== 0 ? DROP_NO_DESCRIPTOR : DROP_RX_RING_FULL;
    dropFrame(buffer, vlan, index, reason, ring.cause);
    return;
  }
  const descriptor = takeDescriptor(buffer, vlan, header().nowNs);
  if (descriptor === null) {
    dropFrame(buffer, vlan, index, DROP_POOL_EXHAUSTED, 0);
    return;
  }
  port.rxFrames++;
  port.rxBytes += buffer.length;
  ring.stored++;
  nodeAt(port.node).waiting++;
  announce(ring);
  append(ring, <Descriptor>descriptor);
}

/** The ring that a frame for a port goes into. */
export function ringFor(port: Port, buffer: Buffer): Ring {
  const io = portIoOf(port);
  return ringAt(ringAddress(io, io.rings === 1 ? 0 : queueFor(io, port, buffer)));
}

function queueFor(io: PortIo, port: Port, buffer: Buffer): u32 {
  const pool = poolAtFarEnd(port);
  if (pool === <u32>L.NONE) return hashFrame(changetype<Rss>(<usize>io.rssAt), buffer) % io.rings;
  const own = poolOf(portAt(pool));
  if (own.queues === 1) return 0;
  const rss = changetype<Rss>(<usize>own.rssAt);
  return queueOf(rss, hashFrame(rss, buffer), own.queues) % io.rings;
}

/** The function of a NIC that a port is plugged into; NONE when it is none. */
function poolAtFarEnd(port: Port): u32 {
  if (port.line === <u32>L.NONE) return L.NONE;
  const far = lineAt(port.line).to;
  return portAt(far).poolAt !== 0 ? far : L.NONE;
}

// inline
function isFull(ring: Ring): bool {
  if ((ring.flags & L.RING_SHARED) !== 0) return ring.frames >= ring.size;
  return ring.frames + ring.held + 1 >= ring.size;
}

/** Notifies the core if the ring was empty. Under load the core knows already: one notification serves many frames (COST-05). */
function announce(ring: Ring): void {
  if (ring.frames !== 0 || (ring.flags & L.RING_UNPOLLED) !== 0) return;
  const core = coreAt(ring.core);
  if (core.polls === 0 && ring.isServed === 0) ring.interrupts++;
  ring.readyNs = call(core, ring.wakeNs);
}

function append(ring: Ring, descriptor: Descriptor): void {
  const at = <u32>changetype<usize>(descriptor);
  if (ring.head === 0) ring.head = at;
  else changetype<Descriptor>(<usize>ring.tail).next = at;
  ring.tail = at;
  ring.frames++;
}

/** Whether the core of a ring must be notified before it looks. */
export function isAsleep(ring: Ring): bool {
  return coreAt(ring.core).polls === 0 && ring.frames === 0 && ring.isServed === 0;
}

// ── Taking ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * How many frames of a ring, which is not empty, a core may take: at most a burst, and one for each buffer that the pool has to put
 * in its place (rule DPK-05). Takes these buffers.
 */
export function grant(ring: Ring, io: NodeIo, burst: u32): u32 {
  const wanted = min(ring.frames, burst);
  if ((ring.flags & L.RING_TAKES_MBUFS) === 0 || io.mbufs === 0) return wanted;
  const given = min<i32>(<i32>wanted, max<i32>(io.freeMbufs, 0));
  takeMbufs(io, given);
  if (given === <i32>wanted) return wanted;
  ring.withoutBuffer++;
  if (given === 0) ring.isStuck = 1;
  return given;
}

/** Takes the first frames of a ring. Returns the first descriptor; 0 when there is none. */
export function takeBurst(ring: Ring, count: u32): u32 {
  const first = ring.head;
  for (let i: u32 = 0; i < count && ring.head !== 0; i++) {
    ring.head = changetype<Descriptor>(<usize>ring.head).next;
    ring.frames--;
    consume(ring);
  }
  if (ring.head === 0) ring.tail = 0;
  if (ring.held > ring.freeThreshold) writeTail(ring);
  return first;
}

function consume(ring: Ring): void {
  ring.nextIndex = ring.nextIndex + 1 === ring.size ? 0 : ring.nextIndex + 1;
  ring.held++;
}

/** Rule DPK-02: the hardware learns of the descriptors that were consumed. */
function writeTail(ring: Ring): void {
  const batches: u32 = (ring.flags & L.RING_IN_BATCHES) !== 0 ? (ring.held - 1) / ring.freeThreshold : 0;
  ring.held -= batches === 0 ? ring.held : batches * ring.freeThreshold;
  const last = ring.nextIndex + ring.size - 1 - ring.held;
  ring.tailIndex = last >= ring.size ? last - ring.size : last;
  ring.tailWrites += max<u32>(batches, 1);
}

/** Costs are given for frames of this many bytes; copying more costs more (rule COST-08). */
const REFERENCE_BYTES: u32 = 64;

/** Cost of copying a frame beyond the reference frame, ps. */
export function copyPs(length: u32, vlan: u32, psPerByte: u32): u64 {
  const bytes =
    max<u32>(length + ((vlan & L.VLAN_TAGGED) !== 0 ? L.TAG_BYTES : 0), L.SHORTEST_FRAME_BYTES) + L.CHECK_SEQUENCE_BYTES;
  return <u64>(bytes - REFERENCE_BYTES) * psPerByte;
}

/** Cost of receiving a frame, to the core, ps. */
export function ringCost(ring: Ring, descriptor: Descriptor): u64 {
  if (ring.copyPsPerByte === 0) return ring.rxPs;
  const length = changetype<Buffer>(<usize>descriptor.buffer).length;
  return <u64>ring.rxPs + copyPs(length, descriptor.vlan, ring.copyPsPerByte);
}
