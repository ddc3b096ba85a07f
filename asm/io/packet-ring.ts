/**
 * The ring of blocks of a packet socket, which kernel and reader share (TPACKET_V3; rules MMP-02 to MMP-06).
 *
 *   Socket ┌ Task ┬ counts, timer, statistics ┐    Block ┌ status ┬ frames ┬ list of records ┬ bytes used ┐
 *
 *   blocks  ┌ closed: the reader's ┬ active: the kernel's ┬ free ┐      active = (reading + closed) mod blocks
 *
 * The kernel puts frames into the active block. It closes the block when the next frame does not fit, or when the retire timer
 * finds frames in it. A closed block belongs to the reader, which wakes once per block. When the next block still belongs to the
 * reader, the socket freezes and drops frames until a frame or the timer finds that block released. Names and order are those of
 * net/packet/af_packet.c, functions prb_*.
 *
 * An empty block's timer creates no event: `catchUp` works out where it stands when a frame comes.
 *
 * A record is the frame behind 82 bytes of headers, rounded up to 8: TPACKET3_HDRLEN is 68, and the MAC header starts where the
 * network header lands on 16 bytes (TPACKET_ALIGN(68 + 16) - 14). So a frame of 64 bytes with its check sequence takes 144
 * bytes. A block begins with 48 bytes of its own, and a record fits if it ends before the block's last byte.
 *
 * Decision someone may dispute: every block closed between the first drop and the next read of the statistics has LOSING set, as
 * in prb_close_block, and not the first such block only.
 */
import { Buffer, Descriptor } from '../frame/buffer';
import { countRetired } from '../frame/drop-run';
import { puntSocket } from '../frame/punt';
import * as L from '../memory/layout';
import { schedule } from '../memory/queue';
import { header } from '../memory/region';
import { ioSlot, NEVER } from '../memory/slot';
import { call, coreAt } from './core';
import { Task } from './io';

@unmanaged
export class Socket extends Task {
  blockBytes: u32;
  blocks: u32;
  readerWakePs: u32;
  /** Cost of the application for each frame. */
  appPs: u32;
  /** The kernel's block; while frozen, the block that must be released. */
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
if (offsetof<Socket>() > <usize>L.SOCKET_BYTES) ERROR('Socket does not fit its slot');

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
if (offsetof<Block>() > <usize>L.BLOCK_BYTES) ERROR('Block does not fit its slot');

export function blockAt(socket: Socket, index: u32): Block {
  return changetype<Block>(changetype<usize>(socket) + L.SOCKET_BYTES + <usize>(index * L.BLOCK_BYTES));
}

/** Bytes that a frame takes of a block. */
function recordBytes(length: u32): u32 {
  return (L.RECORD_HEADER_BYTES + max<u32>(length, L.SHORTEST_FRAME_BYTES) + L.RECORD_ALIGNMENT - 1) & ~(L.RECORD_ALIGNMENT - 1);
}

export function clear(block: Block): void {
  memory.fill(changetype<usize>(block), 0, L.BLOCK_BYTES);
  block.bytes = L.BLOCK_HEADER_BYTES;
}

/** Makes place for a frame: closes the active block if it is full, and opens the next. False when the socket is frozen. */
export function hasPlace(socket: Socket, buffer: Buffer): bool {
  const block = blockAt(socket, socket.active);
  if (socket.isFrozen !== 0) {
    if ((block.status & L.BLOCK_USER) !== 0) return false;
    thaw(socket, buffer.cause, buffer.number);
  }
  if (block.frames === 0 || block.bytes + recordBytes(buffer.length) < socket.blockBytes) return true;
  close(socket, 0);
  return openNext(socket, buffer.cause, buffer.number);
}

export function fill(socket: Socket, block: Block, buffer: Buffer, descriptor: Descriptor): void {
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

export function following(socket: Socket, index: u32): u32 {
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

export function rearm(socket: Socket): void {
  schedule(ioSlot(socket.slot), timerMatters(socket) ? socket.startNs + socket.retireNs : NEVER);
}

/** Brings the timer up to now: expiries that changed nothing created no events. An expiry of this instant comes before a frame. */
export function catchUp(socket: Socket): void {
  const since = header().nowNs - socket.startNs;
  if (since < socket.retireNs) return;
  if (timerMatters(socket)) {
    expire(socket);
    return;
  }
  startTimer(socket, socket.startNs + (since / socket.retireNs) * socket.retireNs);
}

/** The timer expires now (prb_retire_rx_blk_timer_expired) and restarts. */
export function expire(socket: Socket): void {
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
