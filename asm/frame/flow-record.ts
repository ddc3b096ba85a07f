/**
 * The record of a flow: its parameters, the frames that arrived, the places where frames were lost, and how long they took.
 *
 *   flow  ┌ Flow ┬ 256 losses, LOSSES_MAX × { port, reason, frames, ageSumNs } ┬ 448 latencies, LATENCY_BUCKETS × u32 ┐
 */

import { latencyBucket } from '../memory/latency';
import * as L from '../memory/layout';
import { FLOW_BYTES, FLOW_FIELDS_BYTES, header, LOSS_BYTES, LOSSES_MAX } from '../memory/region';
import { Buffer } from './buffer';

/** Ports: sources from the dynamic range, one destination ("SW"). */
const SOURCE_PORT_BASE: u32 = 49152;
export const FLOW_PORT: u32 = 0x5357;
export const FLOW_TTL: u8 = 64;

@unmanaged
export class Flow {
  port: u32;
  sourceIp: u32;
  destinationIp: u32;
  frameBytes: u32;
  /** Picoseconds between frames; the remainder below 1 ns is carried in nextPs. */
  intervalPs: u64;
  startNs: u64;
  stopNs: u64;
  nextNs: u64;
  nextPs: u64;
  cause: u32;
  seq: u32;

  sent: u64;
  /** Copies that switches made of its frames: sent + copied = received + dropped + in flight. */
  copied: u64;
  received: u64;
  dropped: u64;
  /** Arrived with a lower sequence number than one before. */
  reordered: u64;
  /** Last arrival; the flow's start until there is one. */
  lastNs: u64;
  longestGapNs: u64;
  longestGapFromNs: u64;
  latencyMinNs: u64;
  latencyMaxNs: u64;
  latencySumNs: u64;
  nextSeq: u32;
  /** Record of its TCP connection (tcp-record.ts); 0 for a flow of UDP frames. */
  tcpAt: u32;
  /**
   * Of the arrivals while the flow was being sent, since it last started or changed its rate: the first, the count and the last. They
   * give its full rate.
   */
  firstNs: u64;
  steadyReceived: u64;
  steadyLastNs: u64;
  /** IPv6 address it sends to, in wire order; 0 for a flow over IPv4. */
  destinationHigh: u64;
  destinationLow: u64;
}
if (offsetof<Flow>() > <usize>FLOW_FIELDS_BYTES) ERROR('Flow does not fit its slot');

/** Frames of a flow that died at one place for one reason. */
@unmanaged
export class Loss {
  port: u32;
  reason: u32;
  frames: u64;
  /** Time since their birth, of all together. */
  ageSumNs: u64;
}
if (offsetof<Loss>() > <usize>LOSS_BYTES) ERROR('Loss does not fit its slot');

// inline
export function sourcePortOf(index: u32): u32 {
  return SOURCE_PORT_BASE + (index & 0x3fff);
}

/** Behind the fields of a flow: its losses, and the counters of its latencies (latency.ts). */
const LOSSES_AT: usize = FLOW_FIELDS_BYTES;
const LATENCIES_AT: usize = LOSSES_AT + <usize>(LOSSES_MAX * LOSS_BYTES);

export function flowAt(index: u32): Flow {
  return changetype<Flow>(<usize>(header().flows + index * FLOW_BYTES));
}

/** Address of the counter of a bucket. */
// inline
function latencyCounter(flow: Flow, bucket: u32): usize {
  return changetype<usize>(flow) + LATENCIES_AT + <usize>(bucket * 4);
}

/** Frames of a flow that took as long as a bucket says. */
export function latencyCount(flow: Flow, bucket: u32): u32 {
  return bucket < <u32>L.LATENCY_BUCKETS ? load<u32>(latencyCounter(flow, bucket)) : 0;
}

export function lossAt(flow: Flow, index: u32): Loss {
  return changetype<Loss>(changetype<usize>(flow) + LOSSES_AT + <usize>(index * LOSS_BYTES));
}

/** Counts a flow's frame where it died: among the first LOSSES_MAX places, or in `dropped` alone. */
export function loseFrame(flow: Flow, port: u32, reason: u32, bornNs: u64): void {
  flow.dropped++;
  for (let i: u32 = 0; i < LOSSES_MAX; i++) {
    const loss = lossAt(flow, i);
    if (loss.frames !== 0 && (loss.port !== port || loss.reason !== reason)) continue;
    loss.port = port;
    loss.reason = reason;
    loss.frames++;
    loss.ageSumNs += header().nowNs - bornNs;
    return;
  }
}

/** Nothing arrived since the last arrival, up to `untilNs`. */
// inline
function noteGap(flow: Flow, untilNs: u64): void {
  const gap = untilNs - flow.lastNs;
  if (gap <= flow.longestGapNs) return;
  flow.longestGapNs = gap;
  flow.longestGapFromNs = flow.lastNs;
}

/** A flow that did not send sends again: the time in between is no gap. */
export function resumeGaps(flow: Flow, now: u64): void {
  if (flow.stopNs > flow.lastNs) noteGap(flow, min(now, flow.stopNs));
  flow.lastNs = now;
}

/** Moves the time of a flow's next frame by whole intervals. */
export function advance(flow: Flow, intervals: u64): void {
  const ps = flow.nextPs + flow.intervalPs * intervals;
  const wholeNs = ps / 1000;
  flow.nextNs += wholeNs;
  flow.nextPs = ps - wholeNs * 1000;
}

/** The next frame keeps the flow's rhythm: frames missed until now are not made up for. */
export function keepRhythm(flow: Flow): void {
  const now = header().nowNs;
  if (flow.nextNs <= now) advance(flow, ((now - flow.nextNs) * 1000) / flow.intervalPs + 1);
  if (flow.nextNs <= now) advance(flow, 1);
}

/** Counts a flow's frame where it arrived. */
export function sinkFrame(buffer: Buffer): void {
  const flow = flowAt(buffer.flow - 1);
  measure(flow, header().nowNs - buffer.bornNs, flow.received === 0);
  flow.received++;
  if (buffer.seq < flow.nextSeq) flow.reordered++;
  else flow.nextSeq = buffer.seq + 1;
}

/** Takes down when something of a flow arrived, and how long it took. */
// inline
export function measure(flow: Flow, latency: u64, isFirst: bool): void {
  const now = header().nowNs;
  noteGap(flow, now);
  flow.lastNs = now;
  if (isFirst || latency < flow.latencyMinNs) flow.latencyMinNs = latency;
  if (latency > flow.latencyMaxNs) flow.latencyMaxNs = latency;
  flow.latencySumNs += latency;
  if (flow.steadyReceived === 0) flow.firstNs = now;
  if (now < flow.stopNs) {
    flow.steadyReceived++;
    flow.steadyLastNs = now;
  }
  const counter = latencyCounter(flow, latencyBucket(latency));
  store<u32>(counter, load<u32>(counter) + 1);
}
