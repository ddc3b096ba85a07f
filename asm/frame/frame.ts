/**
 * The life of a frame: it is born, it may be copied, and it ends in one of three ways. It is delivered to a host, consumed by
 * an agent, or dropped. No other code frees a frame.
 *
 * Code that changes the bytes of a frame calls `ownFrame` first.
 */
import { DROP_POOL_EXHAUSTED, DROP_REVERSE_PATH, DROP_SOURCE_REFLECTED } from '../../gen/asm/drop-reasons';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { isDefined, later } from '../memory/origin';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { Buffer, bytesOf, letGo, takeBuffer } from './buffer';
import { countDrop } from './drop-run';
import { destinationOf, isGroup } from './ethernet';
import { flowAt, loseFrame } from './flow-record';
import { trace } from './trace';

/**
 * A new frame of `length` bytes, numbered and counted as born at `port`; null when the pool is exhausted, which is
 * itself counted: the frame was born and dropped.
 */
// inline
export function bearFrame(port: u32, length: u32, cause: u32, flow: u32): Buffer | null {
  const head = header();
  const node = nodeAt(portAt(port).node);
  const number = head.nextNumber;
  head.nextNumber = number + 1;
  node.born++;
  const taken = takeBuffer(length);
  if (taken === null) {
    endDropped(port, DROP_POOL_EXHAUSTED, flow, head.nowNs);
    countDrop(port, DROP_POOL_EXHAUSTED, 0, cause, number, 0, length, 0);
    return null;
  }
  const buffer = <Buffer>taken;
  buffer.number = number;
  buffer.bornNs = head.nowNs;
  buffer.cause = cause;
  buffer.bornPort = port;
  buffer.flow = flow;
  buffer.seq = 0;
  return buffer;
}

/** The bytes may be written: this buffer, or a copy when others hold it too. Null when the pool is exhausted. */
// inline
export function ownFrame(buffer: Buffer): Buffer | null {
  return buffer.refs === 1 ? buffer : copyFrame(buffer);
}

function copyFrame(buffer: Buffer): Buffer | null {
  const taken = takeBuffer(buffer.length);
  if (taken === null) return null;
  const copy = <Buffer>taken;
  copy.number = buffer.number;
  copy.bornNs = buffer.bornNs;
  copy.cause = buffer.cause;
  copy.bornPort = buffer.bornPort;
  copy.flow = buffer.flow;
  copy.seq = buffer.seq;
  memory.copy(bytesOf(copy), bytesOf(buffer), buffer.length);
  letGo(buffer);
  return copy;
}

function endDropped(port: u32, reason: u32, flow: u32, bornNs: u64): void {
  nodeAt(portAt(port).node).dropped++;
  portAt(port).drops++;
  if (flow !== 0) loseFrame(flowAt(flow - 1), port, reason, bornNs);
}

/**
 * Ends one frame (or one copy): dropped at a port, for a numbered reason, because of the event at position `cause`.
 * Counts it for its node, port and flow, and puts it into the run of drops that becomes an event.
 */
export function dropFrame(buffer: Buffer, vlan: u32, port: u32, reason: u32, cause: u32): void {
  dropInRun(buffer, vlan, port, reason, runOf(buffer, cause), blameOf(cause, buffer.cause));
}

/** Frames of agents and from outside each have an event of their own: one run holds them all, and its first is blamed on its event. */
export function runOf(buffer: Buffer, cause: u32): u32 {
  return buffer.flow === 0 ? cause : blameOf(cause, buffer.cause);
}

/** The same where the run of drops is named by another event than the one that its frames are blamed on. */
export function dropInRun(buffer: Buffer, vlan: u32, port: u32, reason: u32, run: u32, blamed: u32): void {
  endDropped(port, reason, buffer.flow, buffer.bornNs);
  // One run holds frames of many events; whoever awaits this frame asks for its own.
  if (buffer.flow === 0) rememberLoss(buffer, port, reason, isDefined(blamed) ? run : blamed);
  trace(port, L.TRACE_DROPPED, reason, blamed, buffer, vlan);
  countDrop(port, reason, run, blamed, buffer.number, bytesOf(buffer), buffer.length, vlan);
  letGo(buffer);
}

/**
 * Where the network is as the lab was defined, nothing that happened made it drop such frames: what made the difference is the event
 * that the frame exists for, if that happened, or at least came later.
 */
export function blameOf(cause: u32, frameCause: u32): u32 {
  const defined = header().definedUpTo;
  if (frameCause <= defined || cause === frameCause) return cause;
  if (cause <= defined) return frameCause;
  return isDefined(cause) && !isDefined(frameCause) ? frameCause : cause;
}

/**
 * What let a frame pass, or sent it this way, happened later than the lab's definition: from here on the frame exists for that event, too.
 * A frame that others hold as well stays as it is: they took another way.
 */
// inline
export function becauseOf(buffer: Buffer, cause: u32): void {
  if (cause > header().definedUpTo && buffer.refs === 1 && !isDefined(cause)) buffer.cause = later(buffer.cause, cause);
}

/**
 * Keeps, at the port where a frame of an agent was born, where it ended: an agent that waits in vain asks for it (read-lost). A frame
 * from outside was sent by no agent. Copies of a frame for a group are kept apart: one that is lost says little of the others, and one
 * that comes to a vSwitch by a second way says nothing.
 */
function rememberLoss(buffer: Buffer, port: u32, reason: u32, cause: u32): void {
  if (buffer.bornPort === <u32>L.NONE) return;
  const born = portAt(buffer.bornPort);
  if (isGroup(destinationOf(bytesOf(buffer)))) {
    if (reason === DROP_REVERSE_PATH || reason === DROP_SOURCE_REFLECTED) return;
    born.lostCopyNs = header().nowNs;
    born.lostCopyPort = port;
    born.lostCopyReason = <u16>reason;
    born.lostCopyCause = cause;
    return;
  }
  born.lostNs = header().nowNs;
  born.lostPort = port;
  born.lostReason = <u16>reason;
  born.lostCause = cause;
}

/** Ends one frame: it reached the end host it was for. */
// inline
export function deliverFrame(buffer: Buffer, port: u32): void {
  deliverTo(nodeAt(portAt(port).node), buffer);
}

/** The same, for callers that have the node at hand. */
// inline
export function deliverTo(node: Node, buffer: Buffer): void {
  node.delivered++;
  letGo(buffer);
}

/** Ends one frame: an agent took it, or it left the lab. */
export function consumeFrame(buffer: Buffer, port: u32): void {
  nodeAt(portAt(port).node).consumed++;
  letGo(buffer);
}

/**
 * Ends a fan-out that retained the frame once per recipient: all but the first were copies.
 * @param recipients how many were served or refused; with none the frame itself is dropped.
 */
export function endFan(buffer: Buffer, vlan: u32, port: u32, recipients: u32, reason: u32, cause: u32): void {
  if (recipients === 0) {
    dropFrame(buffer, vlan, port, reason, cause);
    return;
  }
  if (recipients > 1) {
    nodeAt(portAt(port).node).copied += recipients - 1;
    if (buffer.flow !== 0) flowAt(buffer.flow - 1).copied += recipients - 1;
  }
  letGo(buffer);
}
