/**
 * Processor cores: whoever takes frames out of rings, one after the other, at a cost (rule COST-01).
 *
 *   look ─► n frames of one ring in hand ─► decide the first ─► … ─► decide the last ─► look
 *        a stage's time          its sends' time
 *
 * A core looks at its rings in turn and takes up to a burst of one (DPK-01, HST-03). Each frame then costs its stage, and is
 * decided when that is over, in an event of its own: so nothing is decided before its time, no log entry is ahead of it, and
 * the worst case of an event stays one frame. What the decision sends costs time too and leaves when that is over (`aheadNs`).
 *
 * Time is exact: a core keeps when it will be free in nanoseconds and picoseconds, and events are at the next whole one.
 *
 * A polling core (DPK-09) is always busy; while nothing is there it makes no events: it finds a frame at the first of its
 * rounds, `loopNs` apart since it was last free, that is not before the frame. An interrupt core sleeps, and is woken.
 *
 * Decision someone may dispute: frames leave their ring when the core takes the burst, not one by one. So do DPDK and virtio
 * drivers; a kernel driver would give a descriptor back a moment later.
 */

import { Buffer, Descriptor, freeDescriptor } from '../frame/frame';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { schedule } from '../memory/queue';
import { header } from '../memory/region';
import { ioSlot, NEVER } from '../memory/slot';
import { drain } from '../run/io-power';
import { dispatch } from '../run/receive';
import { FlowCache, findsFlow, flowOf, initCache } from './flow-cache';
import { IO_CORE, IO_RING, ioAddress, NodeIo, nodeIoOf, portIoOf, Task, takeIo, takeSlot } from './io';
import { grant, Ring, ringCost, takeBurst } from './ring';
import { blockToRead, finishRead, receiveInSocket, Socket, socketEvent, takeRecords } from './socket';

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
  /** What the frames in hand are of; 0: none, the core looks next. */
  task: u32;
  handHead: u32;
  handFrames: u32;
  /** It rests although frames wait: since its last look there was no buffer to put in the place of any (rule DPK-05). */
  isStalled: u32;
  /** It slept, and was called: it looks when it is awake. */
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
function freeAt(core: Core): u64 {
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
 * Something is there for a core now.
 * @param wakeNs what waking it takes, if it sleeps. Returns when it can have its first look at that.
 */
export function call(core: Core, wakeNs: u64): u64 {
  const now = header().nowNs;
  // It looks anyway when it is done with what it is at.
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

// ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The time of a core or a socket has come. */
export function ioEvent(slot: u32): void {
  const address = ioAddress(slot);
  if (changetype<Task>(<usize>address).kind === IO_CORE) coreEvent(coreAt(address));
  else socketEvent(changetype<Socket>(<usize>address));
}

function coreEvent(core: Core): void {
  const head = header();
  core.dueNs = NEVER;
  const io = nodeIoOf(nodeAt(core.node));
  if (io.isDraining !== 0) {
    drain(core, io);
    return;
  }
  head.core = <u32>changetype<usize>(core);
  if (core.handFrames !== 0) decideOne(core, io);
  if (core.handFrames !== 0) beginNext(core);
  else if (freeAt(core) > head.nowNs) makeDue(core, freeAt(core));
  else look(core, io);
  head.core = 0;
  head.aheadNs = 0;
}

/** The stage of the frame in hand is over: the node decides. */
function decideOne(core: Core, io: NodeIo): void {
  const descriptor = changetype<Descriptor>(<usize>core.handHead);
  const buffer = changetype<Buffer>(<usize>descriptor.buffer);
  const vlan = descriptor.vlan;
  const task = changetype<Task>(<usize>core.task);
  const index = task.port;
  const port = portAt(index);
  const node = nodeAt(core.node);
  core.handHead = descriptor.next;
  core.handFrames--;
  core.frames++;
  node.waiting--;
  freeDescriptor(descriptor);
  if (task.kind !== IO_RING) dispatch(node, port, index, buffer, vlan);
  else if (portIoOf(port).sockets !== 0) receiveInSocket(core, task.number, index, port, buffer, vlan);
  else dispatch(node, port, index, buffer, vlan);
  if (task.kind === IO_RING && (changetype<Ring>(<usize>core.task).flags & L.RING_TAKES_MBUFS) !== 0) giveMbufs(io, 1);
}

/** The next frame in hand begins its stage. */
function beginNext(core: Core): void {
  const descriptor = changetype<Descriptor>(<usize>core.handHead);
  const task = changetype<Task>(<usize>core.task);
  if (task.kind === IO_RING) charge(core, stageOf(core, changetype<Ring>(<usize>core.task), descriptor));
  else charge(core, changetype<Socket>(<usize>core.task).appPs);
  makeDue(core, freeAt(core));
}

/** What receiving a frame costs, and looking for its flow where OVS's cache does not have it (rule COST-03). */
function stageOf(core: Core, ring: Ring, descriptor: Descriptor): u64 {
  const cost = ringCost(ring, descriptor);
  if (core.cacheAt === 0 || ring.missPs === 0) return cost;
  const flow = flowOf(ring.port, changetype<Buffer>(<usize>descriptor.buffer), descriptor.vlan);
  return findsFlow(changetype<FlowCache>(<usize>core.cacheAt), flow) ? cost : cost + ring.missPs;
}

/** Ends what was in hand, and takes the next burst; or rests. */
function look(core: Core, io: NodeIo): void {
  const now = header().nowNs;
  if (core.task !== 0) finish(core);
  if (freeAt(core) < now) {
    core.freeNs = now;
    core.freePs = 0;
  }
  settleRounds(core, now);
  core.isStalled = 0;
  core.isWaking = 0;
  const count = taskCount(core);
  let task = nextTask(core, core.lastTask);
  let resumeNs = NEVER;
  for (let i: u32 = 0; i < count; i++) {
    const readyNs = readyAt(task);
    if (readyNs <= now) {
      const frames = allowance(core, io, task);
      if (frames !== 0) {
        take(core, task, frames);
        return;
      }
    } else {
      resumeNs = min(resumeNs, readyNs);
    }
    task = nextTask(core, <u32>changetype<usize>(task));
  }
  core.stalledNs = now;
  if (resumeNs === NEVER) return;
  core.isWaking = 1;
  makeDue(core, resumeNs);
}

function taskCount(core: Core): u32 {
  let count: u32 = 0;
  for (let at = core.firstTask; at !== 0; at = changetype<Task>(<usize>at).next) count++;
  return count;
}

/** The task behind one, or the first. */
function nextTask(core: Core, after: u32): Task {
  const next: u32 = after === 0 ? 0 : changetype<Task>(<usize>after).next;
  return changetype<Task>(<usize>(next === 0 ? core.firstTask : next));
}

/** From when on a task has something to do; NEVER when it has nothing. */
function readyAt(task: Task): u64 {
  if (task.kind === IO_RING) {
    const ring = changetype<Ring>(task);
    return ring.frames === 0 || (ring.flags & L.RING_UNPOLLED) !== 0 ? NEVER : ring.readyNs;
  }
  return blockToRead(changetype<Socket>(task)) ? 0 : NEVER;
}

/** How many frames a core may take of a task now. */
function allowance(core: Core, io: NodeIo, task: Task): u32 {
  if (task.kind !== IO_RING) return core.burst;
  const frames = grant(changetype<Ring>(task), io, core.burst);
  if (frames === 0) core.isStalled = 1;
  return frames;
}

function take(core: Core, task: Task, frames: u32): void {
  const at = <u32>changetype<usize>(task);
  core.task = at;
  core.lastTask = at;
  core.bursts++;
  task.isServed = 1;
  forgetStuck(core);
  if (task.kind === IO_RING) {
    core.handHead = takeBurst(changetype<Ring>(task), frames);
    core.handFrames = frames;
  } else {
    const socket = changetype<Socket>(task);
    if (socket.isAsleep !== 0) charge(core, socket.readerWakePs);
    core.handFrames = takeRecords(socket, frames, core);
  }
  beginNext(core);
}

function finish(core: Core): void {
  const task = changetype<Task>(<usize>core.task);
  core.task = 0;
  task.isServed = 0;
  if (task.kind !== IO_RING) finishRead(changetype<Socket>(task));
}

// ── Rounds without a buffer ─────────────────────────────────────────────────────────────────────────────────────────

/** How many rounds a polling core that is stalled made after the look that found no buffer, and before a time. */
export function roundsBefore(core: Core, atNs: u64): u64 {
  if (core.isStalled === 0 || core.polls === 0 || core.loopNs === 0 || atNs <= core.stalledNs) return 0;
  return (atNs - core.stalledNs - 1) / core.loopNs;
}

/** Counts these rounds, which were no events, with the rings that they did not serve. */
function settleRounds(core: Core, now: u64): void {
  const rounds = roundsBefore(core, now);
  for (let at = core.firstTask; at !== 0; at = changetype<Task>(<usize>at).next) {
    if (changetype<Task>(<usize>at).kind !== IO_RING) continue;
    const ring = changetype<Ring>(<usize>at);
    if (ring.isStuck !== 0) ring.withoutBuffer += rounds;
    ring.isStuck = 0;
  }
}

/** The core has found other work: while it is at that, it makes no rounds. */
function forgetStuck(core: Core): void {
  core.isStalled = 0;
  settleRounds(core, 0);
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
