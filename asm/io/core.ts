/**
 * Processor cores: a core takes frames out of rings, one after the other, at a cost (rule COST-01). This file has the core's
 * clock; run/core-work.ts has its work.
 *
 * Time is exact: a core keeps the time at which it is free in nanoseconds and picoseconds, and its events are at the next whole
 * nanosecond.
 *
 * A polling core (DPK-09) is always busy, but its empty rounds create no events. Its rounds are `loopNs` apart, counted from the
 * time it was last free, and it finds a frame in the first round that is not before the frame. An interrupt core sleeps until
 * something wakes it.
 */

import * as C from '../memory/classifier-layout';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { schedule } from '../memory/queue';
import { header } from '../memory/region';
import { ioSlot, NEVER } from '../memory/slot';
import { FlowCache, initCache } from './flow-cache';
import { IO_CORE, NodeIo, nodeIoOf, Task, takeIo, takeSlot } from './io';

@unmanaged
export class Core {
  kind: u32;
  slot: u32;
  node: u32;
  /** Among the cores of its node. */
  number: u32;
  next: u32;
  polls: u32;
  burst: u32;
  loopNs: u32;
  firstTask: u32;
  /** Served last. */
  lastTask: u32;
  /** The ring or socket of the frames in hand; 0: none, the core looks next. */
  task: u32;
  handHead: u32;
  handFrames: u32;
  /** It rests although frames wait: its last round found no buffer for the place of any frame (rule DPK-05). */
  isStalled: u32;
  /** It was asleep and something woke it: it looks when it is awake. */
  isWaking: u32;
  /** Cache of flows of a poll thread of OVS (flow-cache.ts); 0 for none. */
  cacheAt: u32;
  stalledNs: u64;
  /** When it is due; NEVER while it has nothing to do. */
  dueNs: u64;
  /** When the work begun so far is over: nanoseconds and picoseconds. */
  freeNs: u64;
  freePs: u64;
  /** When the node got its power, and how long it had it before. */
  startedNs: u64;
  pastNs: u64;
  busyPs: u64;
  bursts: u64;
  frames: u64;
  /** Times it was asleep and something woke it. */
  wakeUps: u64;
}
if (offsetof<Core>() > <usize>L.CORE_BYTES) ERROR('Core does not fit its slot');
// A slot of the event queue belongs to a core or a task; both have `kind` and `slot` at the same place.
if (offsetof<Core>('kind') !== offsetof<Task>('kind') || offsetof<Core>('slot') !== offsetof<Task>('slot'))
  ERROR('Core does not begin as Task does');

export function coreAt(address: u32): Core {
  return changetype<Core>(<usize>address);
}

// ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Makes the next core of a node. False without room. */
export function makeCore(id: u32, polls: bool, loopNs: u32, burst: u32): bool {
  const io = nodeIoOf(nodeAt(id));
  const at = takeIo(io, L.CORE_BYTES);
  if (at === 0 || !takeSlot(io, at)) return false;
  const core = coreAt(at);
  core.kind = IO_CORE;
  core.node = id;
  core.number = io.coreCount;
  core.polls = polls ? 1 : 0;
  core.loopNs = loopNs;
  core.burst = burst;
  start(core);
  core.next = io.firstCore;
  io.firstCore = at;
  io.coreCount++;
  return true;
}

/** Gives a core a cache of flows. False without room. */
export function makeFlowCache(core: Core, insertInverse: u32): bool {
  const at = takeIo(nodeIoOf(nodeAt(core.node)), L.FLOW_CACHE_BYTES);
  if (at === 0) return false;
  initCache(at, insertInverse, core.slot + 1);
  core.cacheAt = at;
  return true;
}

/** Gives a core with a cache of flows a signature cache behind it. False without room. @param hitPs what a hit takes */
export function makeSignatureCache(core: Core, hitPs: u32): bool {
  const at = takeIo(nodeIoOf(nodeAt(core.node)), C.SIGNATURE_CACHE_BYTES);
  if (at === 0) return false;
  const cache = changetype<FlowCache>(<usize>core.cacheAt);
  cache.signaturesAt = at;
  cache.signaturePs = hitPs;
  return true;
}

/** Gives a core with a cache of flows a classifier that knows none yet. False without room. @param upcallPs what asking for one takes */
export function makeClassifier(core: Core, upcallPs: u64): bool {
  const at = takeIo(nodeIoOf(nodeAt(core.node)), C.CLASSIFIER_BYTES);
  if (at === 0) return false;
  const cache = changetype<FlowCache>(<usize>core.cacheAt);
  cache.classifierAt = at;
  cache.upcallPs = upcallPs;
  return true;
}

/** The core of a node with that number; 0 when there is none. */
export function coreNumbered(io: NodeIo, number: u32): u32 {
  for (let at = io.firstCore; at !== 0; at = coreAt(at).next) if (coreAt(at).number === number) return at;
  return 0;
}

/** Puts a task behind those that a core has. */
export function addTask(core: Core, task: Task): void {
  const at = <u32>changetype<usize>(task);
  task.core = <u32>changetype<usize>(core);
  if (core.firstTask === 0) {
    core.firstTask = at;
    return;
  }
  let last = changetype<Task>(<usize>core.firstTask);
  while (last.next !== 0) last = changetype<Task>(<usize>last.next);
  last.next = at;
}

/** A core begins: it has nothing to do, and its rounds count from now. */
export function start(core: Core): void {
  core.dueNs = NEVER;
  core.startedNs = header().nowNs;
  core.freeNs = core.startedNs;
  core.freePs = 0;
  core.isWaking = 0;
}

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The first whole nanosecond at which a core is free. */
// inline
export function freeAt(core: Core): u64 {
  return core.freeNs + (core.freePs !== 0 ? 1 : 0);
}

/** A core works for so many picoseconds more. */
export function charge(core: Core, ps: u64): void {
  const total = core.freePs + ps;
  const wholeNs = total / 1000;
  core.freeNs += wholeNs;
  core.freePs = total - wholeNs * 1000;
  core.busyPs += ps;
  const head = header();
  head.aheadNs = freeAt(core) - head.nowNs;
}

/** Makes a core due at a time, unless it is earlier anyway. */
export function makeDue(core: Core, atNs: u64): void {
  if (atNs >= core.dueNs) return;
  core.dueNs = atNs;
  schedule(ioSlot(core.slot), atNs);
}

/** The first round of a polling core, from now on, in which it could find something. */
function nextRound(core: Core): u64 {
  const now = header().nowNs;
  const free = freeAt(core);
  if (free >= now) return free;
  const loop = max<u64>(core.loopNs, 1);
  return free + ((now - free + loop - 1) / loop) * loop;
}

/** Whether a core does nothing and will do nothing until something comes. */
// inline
function isIdle(core: Core): bool {
  return core.dueNs === NEVER && freeAt(core) <= header().nowNs;
}

/**
 * A frame or a block is ready for a core now.
 * @param wakeNs how long it takes to wake, if it sleeps. Returns the time of its first look.
 */
export function call(core: Core, wakeNs: u64): u64 {
  const now = header().nowNs;
  // A core that is working looks when it is done.
  if (header().core === <u32>changetype<usize>(core)) return now;
  if (core.polls !== 0) {
    makeDue(core, nextRound(core));
    return now;
  }
  if (core.isWaking === 0 && !isIdle(core)) {
    makeDue(core, max(freeAt(core), now));
    return now;
  }
  if (core.isWaking === 0) core.wakeUps++;
  core.isWaking = 1;
  makeDue(core, now + wakeNs);
  return min(core.dueNs, now + wakeNs);
}

// ── Buffers of the DPDK pool ────────────────────────────────────────────────────────────────────────────────────────

/** Takes buffers from a node's pool; a copy that is sent takes one even from an empty pool, which then owes it. */
export function takeMbufs(io: NodeIo, count: i32): void {
  if (io.mbufs !== 0) io.freeMbufs -= count;
}

/** Gives buffers back to a node's pool. Cores that found none look again in their next round. */
export function giveMbufs(io: NodeIo, count: i32): void {
  if (io.mbufs === 0) return;
  const wasEmpty = io.freeMbufs <= 0;
  io.freeMbufs += count;
  if (!wasEmpty || io.freeMbufs <= 0) return;
  for (let at = io.firstCore; at !== 0; at = coreAt(at).next) {
    const core = coreAt(at);
    if (core.isStalled === 0) continue;
    makeDue(core, core.polls !== 0 ? nextRound(core) : max(freeAt(core), header().nowNs));
  }
}
