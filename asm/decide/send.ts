/**
 * Sending: a port puts a frame on its line, or drops it.
 *
 * A frame waits until the line is free, takes its serialisation time (COST-08: (bytes + 20) * 8 / rate, bytes including the
 * check sequence, at least 64), and arrives one latency later. Nothing arrives at the instant it was sent: a hop takes at
 * least 1 ns.
 */
import {
  DROP_AGGREGATE_MEMBER,
  DROP_GUEST_STUNNED,
  DROP_IMPAIRMENT,
  DROP_LINK_DOWN,
  DROP_POOL_EXHAUSTED,
  DROP_PORT_BLOCKED,
  DROP_QUEUE_FULL,
  DROP_RATE_DISABLED,
} from '../../gen/asm/drop-reasons';
import { Buffer, nextDescriptor } from '../frame/buffer';
import { becauseOf, consumeFrame, dropFrame } from '../frame/frame';
import { append, fillerOf, fractionPs, Line, lineAt, lineBytes } from '../frame/line';
import { egress, trace } from '../frame/trace';
import { holdDescriptor, passesTx } from '../io/tx';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { nextRandom } from '../memory/random';
import { header } from '../memory/region';
import { memberFor, membersSince } from './aggregate';
import { taggedFor } from './vlan';

/** Of these flags, a port that sends over its line has PORT_UP alone. */
const NOT_PLAIN: u32 = L.PORT_UP | L.PORT_BLOCKED | L.PORT_DISABLED | L.PORT_EXTERNAL | L.PORT_TX_STAGE | L.PORT_STUNNED;

/** The next random number of a line. */
function draw(line: Line): u32 {
  return nextRandom(changetype<usize>(line) + offsetof<Line>('random'));
}

/** `fraction` / 2^32 of a time, without overflow for any time below 2^53. */
function fractionOf(ns: u64, fraction: u32): u64 {
  return ((<u64>fraction * (ns & 0xffffffff)) >> 32) + <u64>fraction * (ns >> 32);
}

/** 2^38 / 1000, rounded up: exact for every number of 32 bits (Granlund and Montgomery 1994, section 4). */
const THOUSANDTH: u64 = 274_877_907;

/** Whole nanoseconds. Nearly always 32 bits suffice, and then a multiplication does. */
// inline
function nanosOf(ps: u64): u64 {
  return ps <= <u64>u32.MAX_VALUE ? (ps * THOUSANDTH) >> 38 : ps / 1000;
}

/** Sends a frame out of a port. Takes the caller's hold of the buffer: the frame is in flight, gone, or dropped. */
export function sendFrame(index: u32, buffer: Buffer, vlan: u32): void {
  send(index, buffer, vlan);
}

/** The same, compiled into its caller: for the one call on a path that nearly every frame takes. */
// inline
export function send(index: u32, buffer: Buffer, vlan: u32): void {
  sendFrom(index, portAt(index), buffer, vlan);
}

/** The same, for callers that have the port at hand. */
// inline
export function sendFrom(index: u32, port: Port, buffer: Buffer, vlan: u32): void {
  const lineIndex = port.line;
  if (lineIndex === <u32>L.NONE) sendElsewhere(index, port, buffer, vlan);
  else sendOver(index, port, lineIndex, buffer, vlan);
}

/** The same, for callers that know the port has a cable. */
// inline
export function sendOver(index: u32, port: Port, lineIndex: u32, buffer: Buffer, vlan: u32): void {
  if ((port.flags & NOT_PLAIN) !== <u32>L.PORT_UP) sendElsewhere(index, port, buffer, vlan);
  else leave(index, port, lineIndex, lineAt(lineIndex), buffer, vlan);
}

/** Puts a frame on its line. False: it was dropped before it had a time on the line. */
// inline
function leave(index: u32, port: Port, lineIndex: u32, line: Line, buffer: Buffer, vlan: u32): bool {
  if (line.impaired !== 0) return departImpaired(index, port, lineIndex, line, buffer, vlan);
  return depart(index, port, lineIndex, line, buffer, vlan, false);
}

/** The same on a line with loss, corruption, jitter or a fraction. Few lines have one, so nothing of it is on the way of the others. */
function departImpaired(index: u32, port: Port, lineIndex: u32, line: Line, buffer: Buffer, vlan: u32): bool {
  return depart(index, port, lineIndex, line, buffer, vlan, true);
}

// inline
function depart(index: u32, port: Port, lineIndex: u32, line: Line, buffer: Buffer, vlan: u32, impaired: bool): bool {
  const head = header();
  // A core that sent it has worked on it since the event began.
  const now = head.nowNs + head.aheadNs;
  const busyNs = line.freeNs;
  const startNs = max(busyNs, now);
  const startPs: u64 = busyNs >= now ? line.freePs : 0;
  if (startNs - now > line.queueNs) {
    dropQueueFull(index, line, buffer, vlan);
    return false;
  }
  const length = buffer.length;
  const bytes = lineBytes(length, vlan);
  let ps = startPs + bytes * line.psPerByte;
  if (impaired) ps += fractionPs(line, bytes, busyNs >= now);
  const wholeNs = nanosOf(ps);
  const freeNs = startNs + wholeNs;
  let arrival = freeNs + line.latencyNs;
  let onLine = vlan;
  if (impaired) {
    if (line.loss !== 0 && draw(line) < line.loss) {
      line.freeNs = freeNs;
      line.freePs = <u32>(ps - wholeNs * 1000);
      dropFrame(buffer, vlan, index, DROP_IMPAIRMENT, line.cause);
      return true;
    }
    if (line.corruption !== 0 && draw(line) < line.corruption) onLine |= L.VLAN_CORRUPTED;
    // Up to jitterNs later; frames stay in order, as on a real line.
    if (line.jitterNs !== 0) arrival += fractionOf(line.jitterNs, draw(line));
  }
  if (arrival <= now) arrival = now + 1;
  if (arrival < line.lastArrivalNs) arrival = line.lastArrivalNs;
  const free = head.freeDescriptor;
  if (free === 0) {
    dropFrame(buffer, vlan, index, DROP_POOL_EXHAUSTED, 0);
    return false;
  }
  const descriptor = nextDescriptor(free, buffer, onLine, arrival);
  if (impaired) {
    // The line may have been changed again when the frame arrives.
    if ((onLine & L.VLAN_CORRUPTED) !== 0) descriptor.cause = line.cause;
  }
  line.freeNs = freeNs;
  line.freePs = <u32>(ps - wholeNs * 1000);
  line.lastArrivalNs = arrival;
  port.txFrames++;
  port.txBytes += length;
  nodeAt(port.node).sent++;
  trace(index, L.TRACE_SENT, 0, 0, buffer, vlan);
  append(lineIndex, line, descriptor);
  return true;
}

/** What waits since before the line was changed can fill the queue by itself. */
function dropQueueFull(index: u32, line: Line, buffer: Buffer, vlan: u32): void {
  const head = header();
  const isOld = line.backlogNs > head.nowNs + head.aheadNs + line.queueNs;
  dropFrame(buffer, vlan, index, DROP_QUEUE_FULL, later(isOld ? line.backlogCause : line.cause, fillerOf(line)));
}

/** A subinterface sends by its parent, with its tag (subinterface.ts). */
function sendTagged(port: Port, buffer: Buffer, vlan: u32): void {
  port.txFrames++;
  port.txBytes += buffer.length;
  sendFrame(port.parent - 1, buffer, taggedFor(true, port.vlan, vlan));
}

/** An aggregate sends by one of its members. */
function sendByMember(index: u32, aggregate: Port, buffer: Buffer, vlan: u32): void {
  const member = memberFor(aggregate, buffer);
  const since = membersSince(aggregate);
  if (member === <u32>L.NONE) {
    // It takes frames since it has carrier, and has nowhere to send them.
    dropFrame(buffer, vlan, index, DROP_AGGREGATE_MEMBER, later(since, aggregate.linkCause));
    return;
  }
  trace(index, L.TRACE_SENT, 0, 0, buffer, vlan);
  aggregate.txFrames++;
  aggregate.txBytes += buffer.length;
  becauseOf(buffer, since);
  sendFrame(member, buffer, vlan);
}

/**
 * Sends from a port that does not simply use its line: it is down, blocked, of a stunned guest, an aggregate, without a cable, leads out of
 * the lab, or has more to do.
 */
function sendElsewhere(index: u32, port: Port, buffer: Buffer, vlan: u32): void {
  if ((port.flags & (L.PORT_BLOCKED | L.PORT_DISABLED)) !== 0) {
    dropFrame(buffer, vlan, index, (port.flags & L.PORT_BLOCKED) !== 0 ? DROP_PORT_BLOCKED : DROP_RATE_DISABLED, port.policyCause);
    return;
  }
  if ((port.flags & L.PORT_STUNNED) !== 0) {
    dropFrame(buffer, vlan, index, DROP_GUEST_STUNNED, port.stunCause);
    return;
  }
  if ((port.flags & (L.PORT_AGGREGATE | L.PORT_UP)) === (L.PORT_AGGREGATE | L.PORT_UP)) {
    sendByMember(index, port, buffer, vlan);
    return;
  }
  if (port.parent !== 0 && (port.flags & L.PORT_UP) !== 0) {
    sendTagged(port, buffer, vlan);
    return;
  }
  if ((port.flags & L.PORT_UP) === 0 || (port.line === <u32>L.NONE && (port.flags & L.PORT_EXTERNAL) === 0)) {
    dropFrame(buffer, vlan, index, DROP_LINK_DOWN, port.linkCause);
    return;
  }
  if ((port.flags & L.PORT_EXTERNAL) === 0) {
    const line = lineAt(port.line);
    if (passesTx(index, port, line, buffer, vlan) && leave(index, port, port.line, line, buffer, vlan)) holdDescriptor(port, line);
    return;
  }
  trace(index, L.TRACE_SENT, 0, 0, buffer, vlan);
  egress(index, buffer, vlan);
  port.txFrames++;
  port.txBytes += buffer.length;
  consumeFrame(buffer, index);
}
