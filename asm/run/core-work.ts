/**
 * The work of a processor core, event by event.
 *
 *   look ─► n frames of one ring in hand ─► decide the first ─► … ─► decide the last ─► look
 *        a stage's time          its sends' time
 *
 * In each round a core looks at its rings in order and takes up to one burst from one of them (DPK-01, HST-03). Each frame then
 * costs its stage. The decision comes at the end of the stage, in an event of its own: so no decision is early, no log entry is
 * ahead of its frame, and one event handles at most one frame. Sending costs time too, and the frame leaves when that time is
 * over (`aheadNs`).
 *
 * Decision someone may dispute: frames leave their ring when the core takes the burst, not one by one. DPDK and virtio drivers
 * do so; a kernel driver would give each descriptor back a moment later.
 */
import { Buffer, Descriptor, freeDescriptor } from '../frame/buffer';
import { searchPs } from '../io/classifier';
import { Core, charge, coreAt, freeAt, giveMbufs, makeDue } from '../io/core';
import { FlowCache, flowOf, megaflowOf } from '../io/flow-cache';
import { IO_CORE, IO_RING, ioAddress, NodeIo, nodeIoOf, portIoOf, Task } from '../io/io';
import { Socket } from '../io/packet-ring';
import { grant, Ring, ringCost, takeBurst } from '../io/ring';
import { blockToRead, finishRead, receiveInSocket, socketEvent, takeRecords } from '../io/socket';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { NEVER } from '../memory/slot';
import { drain } from './io-power';
import { dispatch, dispatchCollected } from './receive';

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
  if (task.kind === IO_RING && portIoOf(port).sockets !== 0) receiveInSocket(core, task.number, index, port, buffer, vlan);
  else if ((port.flags & L.PORT_MEMBER) !== 0) dispatchCollected(node, port, index, buffer, vlan);
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

/** Cost of receiving a frame, and of finding its flow if OVS's cache does not have it (rules COST-03, HST-03), ps. */
function stageOf(core: Core, ring: Ring, descriptor: Descriptor): u64 {
  const cost = ringCost(ring, descriptor);
  if (core.cacheAt === 0 || ring.missPs === 0) return cost;
  const buffer = changetype<Buffer>(<usize>descriptor.buffer);
  const flow = flowOf(ring.port, buffer, descriptor.vlan);
  const megaflow = megaflowOf(ring.port, buffer, descriptor.vlan);
  return cost + searchPs(changetype<FlowCache>(<usize>core.cacheAt), flow, megaflow, ring.missPs, header().nowNs);
}

/** One round: finishes the frames in hand and takes the next burst, or rests. */
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

/** Time from which a task has work; NEVER when it has none. */
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

/** Counts these rounds, which created no events, for the rings that they did not serve. */
function settleRounds(core: Core, now: u64): void {
  const rounds = roundsBefore(core, now);
  for (let at = core.firstTask; at !== 0; at = changetype<Task>(<usize>at).next) {
    if (changetype<Task>(<usize>at).kind !== IO_RING) continue;
    const ring = changetype<Ring>(<usize>at);
    if (ring.isStuck !== 0) ring.withoutBuffer += rounds;
    ring.isStuck = 0;
  }
}

/** The core has found other work, and makes no rounds until it is done. */
function forgetStuck(core: Core): void {
  core.isStalled = 0;
  settleRounds(core, 0);
}
