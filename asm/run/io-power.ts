/**
 * A node's packet I/O loses its power, gets it, or is set up anew.
 *
 * When the power goes, frames in rings, blocks and hands are dropped as `interface-down`: in events of their own of the same
 * instant, a few frames each, because thousands at once would not fit into the rings to the host.
 */
import { DROP_INTERFACE_DOWN } from '../../gen/asm/drop-reasons';
import { Buffer, Descriptor, freeDescriptor } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import { Core, coreAt, makeDue, start } from '../io/core';
import { emptyCache } from '../io/flow-cache';
import { emptyArena, IO_RING, NodeIo, nodeIoOf, Task } from '../io/io';
import { Socket } from '../io/packet-ring';
import { Ring, resetRing, takeBurst } from '../io/ring';
import { resetSocket, takeAnyRecord } from '../io/socket';
import { resetTx } from '../io/tx';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { schedule } from '../memory/queue';
import { header, IO } from '../memory/region';
import { ioSlot, NEVER } from '../memory/slot';

/** A node's cores lose their power, or get it. Frames in its rings are dropped in events of their own, before time goes on. */
export function powerCores(id: u32, on: bool): void {
  const node = nodeAt(id);
  if (node.ioAt === 0) return;
  const io = nodeIoOf(node);
  const now = header().nowNs;
  for (let at = io.firstCore; at !== 0; at = coreAt(at).next) {
    const core = coreAt(at);
    if (!on) core.pastNs += now - core.startedNs;
    core.dueNs = NEVER;
    schedule(ioSlot(core.slot), NEVER);
    start(core);
  }
  if (!on && io.firstCore !== 0) io.isDraining = 1;
  if (io.isDraining !== 0) makeDue(coreAt(io.firstCore), now);
}

/** Drops frames that a node without power held, at most as many as the rings to the host take records of one event. */
export function drain(core: Core, io: NodeIo): void {
  const head = header();
  for (let i: u32 = 0; i < head.fanMax; i++) {
    if (dropOne(io, nodeAt(io.node).powerCause)) continue;
    io.isDraining = 0;
    resetIo(io);
    return;
  }
  makeDue(core, head.nowNs);
}

/** Drops the next frame of a node: core by core, first the frames in hand, then task by task. False when there is none left. */
function dropOne(io: NodeIo, cause: u32): bool {
  for (let at = io.firstCore; at !== 0; at = coreAt(at).next) {
    const core = coreAt(at);
    if (core.handFrames !== 0) {
      const descriptor = core.handHead;
      core.handHead = changetype<Descriptor>(<usize>descriptor).next;
      core.handFrames--;
      dropWaiting(changetype<Task>(<usize>core.task), descriptor, cause);
      return true;
    }
    for (let one = core.firstTask; one !== 0; one = changetype<Task>(<usize>one).next) {
      const task = changetype<Task>(<usize>one);
      const descriptor = task.kind === IO_RING ? takeBurst(changetype<Ring>(task), 1) : takeAnyRecord(changetype<Socket>(task));
      if (descriptor === 0) continue;
      dropWaiting(task, descriptor, cause);
      return true;
    }
  }
  return false;
}

/** Ends one frame of a node whose packet I/O is down. */
function dropWaiting(task: Task, at: u32, cause: u32): void {
  const descriptor = changetype<Descriptor>(<usize>at);
  const node = nodeAt(portAt(task.port).node);
  node.waiting--;
  dropFrame(changetype<Buffer>(<usize>descriptor.buffer), descriptor.vlan, task.port, DROP_INTERFACE_DOWN, cause);
  freeDescriptor(descriptor);
}

/** Everything of a node as after its set-up: rings and blocks empty, the pool full. Counters stay. */
function resetIo(io: NodeIo): void {
  io.freeMbufs = <i32>io.mbufs;
  for (let at = io.firstCore; at !== 0; at = coreAt(at).next) {
    const core = coreAt(at);
    core.task = 0;
    core.lastTask = 0;
    core.isStalled = 0;
    core.isWaking = 0;
    if (core.cacheAt !== 0) emptyCache(core.cacheAt);
    for (let task = core.firstTask; task !== 0; task = changetype<Task>(<usize>task).next)
      resetTask(io, changetype<Task>(<usize>task));
  }
  const node = nodeAt(io.node);
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) if (portAt(i).txAt !== 0) resetTx(portAt(i));
}

function resetTask(io: NodeIo, task: Task): void {
  task.isServed = 0;
  if (task.kind === IO_RING) resetRing(changetype<Ring>(task), io);
  else resetSocket(changetype<Socket>(task));
}

/**
 * Empties a node's arena, so that it can be set up in another way. Frames that lie in it are dropped because of the event at `cause`:
 * all at once and not traced, for the host is asking and not `run`, and the trace ring may be full.
 */
export function clearIo(io: NodeIo, cause: u32): void {
  const traceOn = load<u32>(IO + L.IO_TRACE_ON);
  store<u32>(IO + L.IO_TRACE_ON, 0);
  let dropped: bool = true;
  while (dropped) dropped = dropOne(io, cause);
  store<u32>(IO + L.IO_TRACE_ON, traceOn);
  for (let slot = io.firstSlot; slot < io.firstSlot + io.slotsUsed; slot++) schedule(ioSlot(slot), NEVER);
  io.isDraining = 0;
  emptyArena(io);
}
