/**
 * PacketMMAP sockets (rules MMP-01 to MMP-07): the kernel puts the frames of a port into the ring of one of its sockets
 * (packet-ring.ts), and a core reads them block by block. Several sockets of a port share its frames (fan-out, MMP-07).
 */
import { DROP_MMAP_FROZEN, DROP_POOL_EXHAUSTED } from '../../gen/asm/drop-reasons';
import { Buffer, Descriptor, takeDescriptor } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';
import { schedule } from '../memory/queue';
import { nextRandom } from '../memory/random';
import { header } from '../memory/region';
import { ioSlot, NEVER } from '../memory/slot';
import { hashFrame, Rss } from '../nic/rss';
import { addTask, Core, coreAt } from './core';
import { enterSocket, giveHash, IO_SOCKET, nodeIoOf, PortIo, portIo, portIoOf, socketAddress, takeIo, takeSlot } from './io';
import { blockAt, catchUp, clear, expire, fill, following, hasPlace, rearm, Socket } from './packet-ring';

export function socketAt(address: u32): Socket {
  return changetype<Socket>(<usize>address);
}

// ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Opens a socket of a port's group and gives its reader to a core. Returns its address; 0 without room. */
export function makeSocket(index: u32, number: u32, core: u32, blockBytes: u32, blocks: u32, retireNs: u64): u32 {
  const io = nodeIoOf(nodeAt(portAt(index).node));
  const group = portIo(index);
  if (group === 0 || number !== changetype<PortIo>(<usize>group).sockets || (number !== 0 && !giveHash(index))) return 0;
  const at = takeIo(io, L.SOCKET_BYTES + blocks * L.BLOCK_BYTES);
  if (at === 0 || !takeSlot(io, at)) return 0;
  const socket = socketAt(at);
  socket.kind = IO_SOCKET;
  socket.port = index;
  socket.number = number;
  socket.blockBytes = blockBytes;
  socket.blocks = blocks;
  socket.retireNs = retireNs;
  resetSocket(socket);
  enterSocket(changetype<PortIo>(<usize>group), number, at);
  addTask(coreAt(core), socket);
  return at;
}

/** As just opened. Its frames are gone already; the next block that closes is the first again. */
export function resetSocket(socket: Socket): void {
  for (let i: u32 = 0; i < socket.blocks; i++) clear(blockAt(socket, i));
  socket.active = 0;
  socket.reading = 0;
  socket.closed = 0;
  socket.isFrozen = 0;
  socket.started = 0;
  socket.isAsleep = 1;
  socket.hasRetired = 0;
  socket.stored = 0;
  socket.dropped = 0;
  socket.freezes = 0;
  socket.startNs = header().nowNs;
  schedule(ioSlot(socket.slot), NEVER);
}

// ── The kernel's side ───────────────────────────────────────────────────────────────────────────────────────────────

/** The kernel has a frame for the sockets of a port. @param queue the receive queue it came by. */
export function receiveInSocket(core: Core, queue: u32, index: u32, port: Port, buffer: Buffer, vlan: u32): void {
  const group = portIoOf(port);
  const socket = socketAt(socketAddress(group, group.sockets === 1 ? 0 : chosen(group, core, queue, buffer)));
  catchUp(socket);
  if (!hasPlace(socket, buffer)) {
    socket.dropped++;
    dropFrame(buffer, vlan, index, DROP_MMAP_FROZEN, socket.cause);
    rearm(socket);
    return;
  }
  const descriptor = takeDescriptor(buffer, vlan, header().nowNs);
  if (descriptor === null) {
    dropFrame(buffer, vlan, index, DROP_POOL_EXHAUSTED, 0);
    return;
  }
  nodeAt(port.node).waiting++;
  fill(socket, blockAt(socket, socket.active), buffer, <Descriptor>descriptor);
  rearm(socket);
}

export function socketEvent(socket: Socket): void {
  expire(socket);
  rearm(socket);
}

// ── The reader's side ───────────────────────────────────────────────────────────────────────────────────────────────

/** Whether a closed block waits for the reader. */
export function blockToRead(socket: Socket): bool {
  return socket.closed !== 0;
}

/** The reader takes up to `count` frames of the oldest closed block into its core's hand. Returns how many. */
export function takeRecords(socket: Socket, count: u32, core: Core): u32 {
  if (socket.isAsleep !== 0) {
    socket.isAsleep = 0;
    socket.wakeUps++;
  }
  const block = blockAt(socket, socket.reading);
  core.handHead = block.head;
  let taken: u32 = 0;
  while (taken < count && block.head !== 0) {
    block.head = changetype<Descriptor>(<usize>block.head).next;
    taken++;
  }
  if (block.head === 0) block.tail = 0;
  return taken;
}

/** The reader is done with the frames in hand. A block read to its end goes back to the kernel; without another the reader sleeps. */
export function finishRead(socket: Socket): void {
  const block = blockAt(socket, socket.reading);
  if (block.head !== 0) return;
  catchUp(socket);
  clear(block);
  socket.reading = following(socket, socket.reading);
  socket.closed--;
  if (socket.closed === 0) socket.isAsleep = 1;
  rearm(socket);
}

/** Takes any frame out of any block: the node lost its power. Returns its descriptor; 0 when there is none. */
export function takeAnyRecord(socket: Socket): u32 {
  for (let i: u32 = 0; i < socket.blocks; i++) {
    const block = blockAt(socket, i);
    const at = block.head;
    if (at === 0) continue;
    block.head = changetype<Descriptor>(<usize>at).next;
    return at;
  }
  return 0;
}

/** Rule MMP-06: stored and dropped together, dropped, freezes; three u64. Reading clears, and ends LOSING. */
export function readStatistics(socket: Socket, into: usize): void {
  store<u64>(into, socket.stored + socket.dropped);
  store<u64>(into + 8, socket.dropped);
  store<u64>(into + 16, socket.freezes);
  socket.stored = 0;
  socket.dropped = 0;
  socket.freezes = 0;
}

// ── Fan-out (rule MMP-07) ───────────────────────────────────────────────────────────────────────────────────────────

function chosen(group: PortIo, core: Core, queue: u32, buffer: Buffer): u32 {
  const sockets = group.sockets;
  if (group.fanout === <u32>L.FANOUT_HASH) {
    return <u32>((<u64>hashFrame(changetype<Rss>(<usize>group.rssAt), buffer) * sockets) >> 32);
  }
  if (group.fanout === <u32>L.FANOUT_LB) {
    const turn = group.turn;
    group.turn = turn + 1 === sockets ? 0 : turn + 1;
    return turn;
  }
  if (group.fanout === <u32>L.FANOUT_CPU) return core.number % sockets;
  if (group.fanout === <u32>L.FANOUT_QM) return queue % sockets;
  if (group.fanout === <u32>L.FANOUT_RND) return <u32>((<u64>draw(group) * sockets) >> 32);
  return withRoom(group);
}

/** The socket that took the last frame as long as it is not frozen, then the next that is not. With none, the first. */
function withRoom(group: PortIo): u32 {
  for (let i: u32 = 0; i < group.sockets; i++) {
    const number = (group.turn + i) % group.sockets;
    if (!canTake(socketAt(socketAddress(group, number)))) continue;
    group.turn = number;
    return number;
  }
  return 0;
}

function canTake(socket: Socket): bool {
  return (blockAt(socket, socket.active).status & L.BLOCK_USER) === 0;
}

/** The next random number of a group. */
function draw(group: PortIo): u32 {
  return nextRandom(changetype<usize>(group) + offsetof<PortIo>('random'));
}
