/**
 * PacketMMAP: packet sockets with a ring of blocks that kernel and reader share (TPACKET_V3; rules MMP-01 to MMP-07).
 *
 *   Socket ┌ Task ┬ counts, timer, statistics ┐    Block ┌ status ┬ frames ┬ list of records ┬ bytes used ┐
 *
 *   blocks  ┌ closed: the reader's ┬ active: the kernel's ┬ free ┐      active = (reading + closed) mod blocks
 *
 * The kernel puts frames into the active block until the next does not fit, or until the retire timer finds it not empty; then it
 * is the reader's, who wakes once per block. When the next block is still the reader's the socket freezes and frames are dropped,
 * until a frame or the timer finds it released. Names and order are those of net/packet/af_packet.c, functions prb_*.
 *
 * The timer of an empty block is no event: it only begins anew, and where it stands is worked out when a frame comes.
 *
 * A record is the frame behind 82 bytes of headers, rounded up to 8: TPACKET3_HDRLEN 68, and the MAC header where the network
 * header lands on 16 bytes (TPACKET_ALIGN(68 + 16) - 14). So 144 bytes for a frame of 64 with its check sequence. A block
 * begins with 48 bytes of its own, and a record fits while it ends before the block's last byte.
 *
 * Decision someone may dispute: LOSING is set on every block closed between the first drop and the next read of the statistics, as
 * in prb_close_block, and not on the first one only.
 */
import { DROP_MMAP_FROZEN, DROP_POOL_EXHAUSTED } from '../../gen/asm/drop-reasons';
import { countRetired } from '../frame/drop-run';
import { Buffer, Descriptor, dropFrame, takeDescriptor } from '../frame/frame';
import { puntSocket } from '../frame/punt';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';
import { schedule } from '../memory/queue';
import { nextRandom } from '../memory/random';
import { header } from '../memory/region';
import { ioSlot, NEVER } from '../memory/slot';
import { hashFrame, Rss } from '../nic/rss';
import { addTask, Core, call, coreAt } from './core';
import { enterSocket, giveHash, IO_SOCKET, nodeIoOf, PortIo, portIo, portIoOf, socketAddress, Task, takeIo, takeSlot } from './io';

@unmanaged
export class Socket extends Task {
  blockBytes: u32;
  blocks: u32;
  readerWakePs: u32;
  /** What the application does with a frame costs. */
  appPs: u32;
  /** The kernel's block; while frozen the one it waits for. */
  active: u32;
  /** The oldest closed block, and how many there are. */
  reading: u32;
  closed: u32;
  isFrozen: u32;
  /** The block that was active when the timer was last started: only that one it may close (last_kactive_blk_num). */
  started: u32;
  /** The reader waits in poll(). */
  isAsleep: u32;
  frozenCause: u32;
  /** A block has closed before. */
  hasRetired: u32;
  lastStatus: u32;
  lastFrames: u32;
  lastClosedNs: u64;
  retireNs: u64;
  /** When the retire timer was last started. */
  startNs: u64;
  /** Since the last read of the statistics (rule MMP-06): stored, dropped, and how often it froze. */
  stored: u64;
  dropped: u64;
  freezes: u64;
  /** Times a block woke the reader. */
  wakeUps: u64;
  retiredFull: u64;
  retiredByTimer: u64;
  /** Closed since they were last reported. */
  unreportedFull: u64;
  unreportedByTimer: u64;
}

@unmanaged
export class Block {
  status: u32;
  /** Frames in it when it closed. */
  frames: u32;
  head: u32;
  tail: u32;
  bytes: u32;
  /** Behind the frame that was put in last. */
  cause: u32;
}

const BLOCK_HEADER: u32 = 48;
const RECORD_HEADER: u32 = 82;
const RECORD_ALIGNMENT: u32 = 8;
/** Shorter frames are padded on the line. */
const SHORTEST: u32 = 60;

export function socketAt(address: u32): Socket {
  return changetype<Socket>(<usize>address);
}

function blockAt(socket: Socket, index: u32): Block {
  return changetype<Block>(changetype<usize>(socket) + L.SOCKET_BYTES + <usize>(index * L.BLOCK_BYTES));
}

/** What a frame takes of a block. */
export function recordBytes(length: u32): u32 {
  return (RECORD_HEADER + max(length, SHORTEST) + RECORD_ALIGNMENT - 1) & ~(RECORD_ALIGNMENT - 1);
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

function clear(block: Block): void {
  memory.fill(changetype<usize>(block), 0, L.BLOCK_BYTES);
  block.bytes = BLOCK_HEADER;
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

/** Makes place for a frame in the active block: opens or closes what has to be. False when the socket is frozen. */
function hasPlace(socket: Socket, buffer: Buffer): bool {
  const block = blockAt(socket, socket.active);
  if (socket.isFrozen !== 0) {
    if ((block.status & L.BLOCK_USER) !== 0) return false;
    thaw(socket, buffer.cause, buffer.number);
  }
  if (block.frames === 0 || block.bytes + recordBytes(buffer.length) < socket.blockBytes) return true;
  close(socket, 0);
  return openNext(socket, buffer.cause, buffer.number);
}

function fill(socket: Socket, block: Block, buffer: Buffer, descriptor: Descriptor): void {
  const at = <u32>changetype<usize>(descriptor);
  if (block.head === 0) block.head = at;
  else changetype<Descriptor>(<usize>block.tail).next = at;
  block.tail = at;
  block.frames++;
  block.bytes += recordBytes(buffer.length);
  block.cause = buffer.cause;
  socket.stored++;
}

/** Gives the active block to the reader. @param why BLOCK_TIMEOUT, or 0 when it is full. */
function close(socket: Socket, why: u32): void {
  const block = blockAt(socket, socket.active);
  block.status = L.BLOCK_USER | why | (socket.dropped !== 0 ? L.BLOCK_LOSING : 0);
  socket.lastStatus = block.status;
  socket.lastFrames = block.frames;
  socket.lastClosedNs = header().nowNs;
  socket.active = following(socket, socket.active);
  socket.closed++;
  if (why === 0) socket.retiredFull++;
  else socket.retiredByTimer++;
  if (socket.hasRetired === 0) {
    socket.hasRetired = 1;
    puntSocket(L.PUNT_RETIRED, socket.port, socket.number, block.cause, block.status, block.frames);
  } else {
    if (why === 0) socket.unreportedFull++;
    else socket.unreportedByTimer++;
    countRetired();
  }
  call(coreAt(socket.core), 0);
}

function following(socket: Socket, index: u32): u32 {
  return index + 1 === socket.blocks ? 0 : index + 1;
}

/** Opens the active block; or freezes when it is still the reader's (rule MMP-05). @param number of the frame; 0 is the timer. */
function openNext(socket: Socket, cause: u32, number: u64): bool {
  if ((blockAt(socket, socket.active).status & L.BLOCK_USER) === 0) {
    open(socket);
    return true;
  }
  socket.isFrozen = 1;
  socket.frozenCause = cause;
  socket.freezes++;
  puntSocket(L.PUNT_FROZEN, socket.port, socket.number, cause, 0, number);
  return false;
}

/** Opening a block starts the timer (rule MMP-04). */
function open(socket: Socket): void {
  startTimer(socket, header().nowNs);
}

function startTimer(socket: Socket, atNs: u64): void {
  socket.startNs = atNs;
  socket.started = socket.active;
}

function thaw(socket: Socket, cause: u32, number: u64): void {
  socket.isFrozen = 0;
  open(socket);
  puntSocket(L.PUNT_THAWED, socket.port, socket.number, cause, 0, number);
}

// ── The retire timer ────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether an expiry could change something: there is a block to close, or one to open. */
function timerMatters(socket: Socket): bool {
  const block = blockAt(socket, socket.active);
  return socket.isFrozen !== 0 ? (block.status & L.BLOCK_USER) === 0 : block.frames !== 0;
}

function rearm(socket: Socket): void {
  schedule(ioSlot(socket.slot), timerMatters(socket) ? socket.startNs + socket.retireNs : NEVER);
}

/** Brings the timer up to now: expiries that changed nothing were no events. One of this very instant comes before a frame. */
function catchUp(socket: Socket): void {
  const since = header().nowNs - socket.startNs;
  if (since < socket.retireNs) return;
  if (timerMatters(socket)) {
    expire(socket);
    return;
  }
  startTimer(socket, socket.startNs + (since / socket.retireNs) * socket.retireNs);
}

/** The timer expires now (prb_retire_rx_blk_timer_expired), and begins anew. */
function expire(socket: Socket): void {
  const isOldEnough = socket.started === socket.active;
  const block = blockAt(socket, socket.active);
  const cause = block.cause;
  startTimer(socket, header().nowNs);
  if (!isOldEnough) return;
  if (socket.isFrozen !== 0) {
    if ((block.status & L.BLOCK_USER) === 0) thaw(socket, socket.frozenCause, 0);
  } else if (block.frames !== 0) {
    close(socket, L.BLOCK_TIMEOUT);
    if (!openNext(socket, cause, 0)) startTimer(socket, header().nowNs);
  }
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

/** What the reader had in hand is done. A block read to its end is the kernel's again; without another the reader sleeps. */
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

/** Whether no block holds a frame. */
export function isEmpty(socket: Socket): bool {
  for (let i: u32 = 0; i < socket.blocks; i++) if (blockAt(socket, i).head !== 0) return false;
  return true;
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
