/**
 * The control door of guest packet I/O: functions of wit/dataplane.wit like those of control.ts. A node is set up in this order:
 * arena, pool, cores, then rings, transmit rings and sockets of its ports; lines exist already. After `clearIo` the order starts again.
 */

import { lineAt } from '../frame/line';
import { coreAt, coreNumbered, makeClassifier, makeCore, makeFlowCache, makeSignatureCache } from '../io/core';
import { FlowCache } from '../io/flow-cache';
import { giveHash, NodeIo, nodeIoOf, portIo, portIoOf, reserveIo as reserve, ringAddress, socketAddress } from '../io/io';
import { makeRing, ringAt } from '../io/ring';
import { makeSocket, readStatistics, socketAt } from '../io/socket';
import { makeTx, refreshTxStage, txOf } from '../io/tx';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { roundsBefore } from '../run/core-work';
import { clearIo as clear } from '../run/io-power';
import { NO_SUCH_CORE, NO_SUCH_NODE, NO_SUCH_PORT, OK, resultOf, TABLE_FULL } from './abi';

const RECORD: usize = memory.data(192, 16);

/** The packet I/O of a node, or null when it has none. */
function ioOf(id: u32): NodeIo | null {
  return id < header().nodeCount && nodeAt(id).ioAt !== 0 ? nodeIoOf(nodeAt(id)) : null;
}

function ioOfPort(id: u32): NodeIo | null {
  return id < header().portCount ? ioOf(portAt(id).node) : null;
}

// ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function reserveIo(node: u32, firstSlot: u32, slots: u32, bytes: u32): usize {
  if (node >= header().nodeCount) return resultOf(NO_SUCH_NODE);
  return resultOf(reserve(node, firstSlot, slots, bytes) ? OK : TABLE_FULL);
}

/** Empties a node's arena. What lies in its rings is dropped, blamed on `cause`. */
export function clearIo(id: u32, cause: u32): usize {
  const io = ioOf(id);
  if (io === null) return resultOf(NO_SUCH_NODE);
  clear(<NodeIo>io, cause);
  const node = nodeAt(id);
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) refreshNeighbours(i);
  return resultOf(OK);
}

/** Tells a port and the port at the far end of its line whether they must ask before they send. */
function refreshNeighbours(index: u32): void {
  refreshTxStage(index);
  const lineIndex = portAt(index).line;
  if (lineIndex !== <u32>L.NONE) refreshTxStage(lineAt(lineIndex).to);
}

export function configureMbufs(node: u32, count: u32): usize {
  const io = ioOf(node);
  if (io === null) return resultOf(NO_SUCH_NODE);
  (<NodeIo>io).mbufs = count;
  (<NodeIo>io).freeMbufs = <i32>count;
  return resultOf(OK);
}

export function configureCore(node: u32, polls: bool, loopNs: u32, burst: u32): usize {
  if (ioOf(node) === null) return resultOf(NO_SUCH_NODE);
  return resultOf(makeCore(node, polls, loopNs, burst) ? OK : TABLE_FULL);
}

export function configureFlowCache(node: u32, number: u32, insertInverse: u32): usize {
  const io = ioOf(node);
  if (io === null) return resultOf(NO_SUCH_NODE);
  const core = coreNumbered(<NodeIo>io, number);
  if (core === 0) return resultOf(NO_SUCH_CORE);
  return resultOf(makeFlowCache(coreAt(core), insertInverse) ? OK : TABLE_FULL);
}

/** The core of a node with that number, if it has a cache of flows; else 0. */
function cachingCore(node: u32, number: u32): u32 {
  const io = ioOf(node);
  const at = io === null ? 0 : coreNumbered(<NodeIo>io, number);
  return at === 0 || coreAt(at).cacheAt === 0 ? 0 : at;
}

export function configureSignatureCache(node: u32, number: u32, hitPs: u32): usize {
  const core = cachingCore(node, number);
  if (core === 0) return resultOf(NO_SUCH_CORE);
  return resultOf(makeSignatureCache(coreAt(core), hitPs) ? OK : TABLE_FULL);
}

export function configureClassifier(node: u32, number: u32, upcallPs: u64): usize {
  const core = cachingCore(node, number);
  if (core === 0) return resultOf(NO_SUCH_CORE);
  return resultOf(makeClassifier(coreAt(core), upcallPs) ? OK : TABLE_FULL);
}

export function configureRing(
  port: u32,
  queue: u32,
  core: u32,
  flags: u32,
  size: u32,
  freeThreshold: u32,
  rxPs: u32,
  copyPsPerByte: u32,
  missPs: u32,
  wakeNs: u32,
  notifyPs: u32,
  cause: u32,
): usize {
  const io = ioOfPort(port);
  if (io === null || queue >= <u32>L.RINGS_MAX) return resultOf(NO_SUCH_PORT);
  const own = coreNumbered(<NodeIo>io, core);
  if (own === 0) return resultOf(NO_SUCH_CORE);
  const made = makeRing(port, queue, own, flags, size, cause);
  if (made === 0) return resultOf(TABLE_FULL);
  const ring = ringAt(made);
  ring.freeThreshold = freeThreshold;
  ring.rxPs = rxPs;
  ring.copyPsPerByte = copyPsPerByte;
  ring.missPs = missPs;
  ring.wakeNs = wakeNs;
  ring.notifyPs = notifyPs;
  portAt(port).flags |= L.PORT_RINGS;
  refreshNeighbours(port);
  return resultOf(OK);
}

export function configureTx(
  port: u32,
  txPs: u32,
  copyPsPerByte: u32,
  descriptors: u32,
  freeThreshold: u32,
  retries: u32,
  retryPs: u32,
  cause: u32,
): usize {
  if (ioOfPort(port) === null) return resultOf(NO_SUCH_PORT);
  if (!makeTx(port, descriptors)) return resultOf(TABLE_FULL);
  const tx = txOf(portAt(port));
  tx.txPs = txPs;
  tx.copyPsPerByte = copyPsPerByte;
  tx.freeThreshold = freeThreshold;
  tx.retries = retries;
  tx.retryPs = retryPs;
  tx.cause = cause;
  return resultOf(OK);
}

export function configureSocket(
  port: u32,
  socket: u32,
  core: u32,
  blockBytes: u32,
  blocks: u32,
  retireNs: u64,
  readerWakePs: u32,
  appPs: u32,
  cause: u32,
): usize {
  const io = ioOfPort(port);
  if (io === null || socket >= <u32>L.RINGS_MAX) return resultOf(NO_SUCH_PORT);
  const own = coreNumbered(<NodeIo>io, core);
  if (own === 0) return resultOf(NO_SUCH_CORE);
  const made = makeSocket(port, socket, own, blockBytes, blocks, retireNs);
  if (made === 0) return resultOf(TABLE_FULL);
  const opened = socketAt(made);
  opened.readerWakePs = readerWakePs;
  opened.appPs = appPs;
  opened.cause = cause;
  return resultOf(OK);
}

/** @param mode FANOUT_*. @param seed of the random mode. */
export function configureFanout(port: u32, mode: u32, seed: u64): usize {
  if (ioOfPort(port) === null || portIo(port) === 0) return resultOf(NO_SUCH_PORT);
  if (mode === <u32>L.FANOUT_HASH && !giveHash(port)) return resultOf(TABLE_FULL);
  const group = portIoOf(portAt(port));
  group.fanout = mode;
  group.random = seed | 1;
  return resultOf(OK);
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A core as it is now. A polling core is busy whenever it is not off (rule DPK-09); its empty polls follow from its time. */
export function readCore(node: u32, number: u32): usize {
  memory.fill(RECORD, 0, 96);
  const io = ioOf(node);
  const at: u32 = io === null ? 0 : coreNumbered(<NodeIo>io, number);
  if (at === 0) return RECORD;
  const core = coreAt(at);
  const now = header().nowNs;
  const upNs = core.pastNs + (nodeAt(node).power !== 0 ? now - core.startedNs : 0);
  const aheadNs: u64 = core.freeNs > now ? core.freeNs - now : 0;
  const workNs = core.busyPs / 1000 - min(core.busyPs / 1000, aheadNs);
  const polls = core.polls !== 0;
  store<u64>(RECORD, upNs);
  store<u64>(RECORD + 8, workNs);
  store<u64>(RECORD + 16, polls ? upNs : workNs);
  store<u64>(RECORD + 24, polls && core.loopNs !== 0 ? (upNs - min(upNs, workNs)) / core.loopNs : 0);
  store<u64>(RECORD + 32, core.bursts);
  store<u64>(RECORD + 40, core.frames);
  store<u64>(RECORD + 48, core.wakeUps);
  store<u32>(RECORD + 56, core.handFrames);
  store<i32>(RECORD + 60, (<NodeIo>io).freeMbufs);
  if (core.cacheAt === 0) return RECORD;
  const cache = changetype<FlowCache>(<usize>core.cacheAt);
  store<u64>(RECORD + 64, cache.hits);
  store<u64>(RECORD + 72, cache.misses);
  store<u64>(RECORD + 80, cache.signatureHits);
  store<u64>(RECORD + 88, cache.upcalls);
  return RECORD;
}

export function readRing(port: u32, queue: u32): usize {
  memory.fill(RECORD, 0, 80);
  if (port >= header().portCount || portAt(port).ioAt === 0 || queue >= <u32>L.RINGS_MAX) return RECORD;
  const at = ringAddress(portIoOf(portAt(port)), queue);
  if (at === 0) return RECORD;
  const ring = ringAt(at);
  const unseen: u64 = ring.isStuck !== 0 ? roundsBefore(coreAt(ring.core), header().nowNs) : 0;
  store<u32>(RECORD, ring.frames);
  store<u32>(RECORD + 4, ring.held);
  store<u32>(RECORD + 8, ring.nextIndex);
  store<u32>(RECORD + 12, ring.tailIndex);
  store<u64>(RECORD + 16, ring.stored);
  store<u64>(RECORD + 24, ring.missed);
  store<u64>(RECORD + 32, ring.withoutBuffer + unseen);
  store<u64>(RECORD + 40, ring.interrupts);
  store<u64>(RECORD + 48, ring.doorbells);
  store<u64>(RECORD + 56, ring.tailWrites);
  return RECORD;
}

export function readTx(port: u32): usize {
  memory.fill(RECORD, 0, 40);
  if (port >= header().portCount || portAt(port).txAt === 0) return RECORD;
  const tx = txOf(portAt(port));
  store<u32>(RECORD, tx.size);
  store<u32>(RECORD + 4, tx.used);
  store<u64>(RECORD + 8, tx.sent);
  store<u64>(RECORD + 16, tx.full);
  store<u64>(RECORD + 24, tx.retried);
  return RECORD;
}

/** Address of a socket; 0 when there is none of that number. */
function socketOf(port: u32, socket: u32): u32 {
  if (port >= header().portCount || portAt(port).ioAt === 0 || socket >= <u32>L.RINGS_MAX) return 0;
  return socketAddress(portIoOf(portAt(port)), socket);
}

export function readSocket(port: u32, socket: u32): usize {
  memory.fill(RECORD, 0, 96);
  const at = socketOf(port, socket);
  if (at === 0) return RECORD;
  const state = socketAt(at);
  store<u32>(RECORD, state.active);
  store<u32>(RECORD + 4, state.closed);
  store<u32>(RECORD + 8, state.isFrozen);
  store<u32>(RECORD + 12, state.lastStatus);
  store<u32>(RECORD + 16, state.lastFrames);
  store<u64>(RECORD + 24, state.lastClosedNs);
  store<u64>(RECORD + 32, state.retiredFull);
  store<u64>(RECORD + 40, state.retiredByTimer);
  store<u64>(RECORD + 48, state.wakeUps);
  return RECORD;
}

/** Rule MMP-06: packets include drops, and reading clears. */
export function takeSocketStatistics(port: u32, socket: u32): usize {
  memory.fill(RECORD, 0, 24);
  const at = socketOf(port, socket);
  if (at !== 0) readStatistics(socketAt(at), RECORD);
  return RECORD;
}

/** Blocks closed since the last call, beyond the first: full, and by the timer. */
export function takeRetired(port: u32, socket: u32): usize {
  memory.fill(RECORD, 0, 16);
  const at = socketOf(port, socket);
  if (at === 0) return RECORD;
  const state = socketAt(at);
  store<u64>(RECORD, state.unreportedFull);
  store<u64>(RECORD + 8, state.unreportedByTimer);
  state.unreportedFull = 0;
  state.unreportedByTimer = 0;
  return RECORD;
}
