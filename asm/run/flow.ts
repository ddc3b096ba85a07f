/**
 * Flows: numbered UDP frames from one host to an address, counted where they arrive. The measuring instrument of a lab.
 *
 *  42                46               50                58
 *  ┌ flow index, u32 ┬ sequence, u32  ┬ born, ns, u64   ┐ all big endian, after the UDP header; checksum 0 (RFC 768: none)
 */

import { sendPacket } from '../decide/layer3';
import { Buffer, bearFrame, bytesOf } from '../frame/frame';
import { CHECKSUM, DESTINATION, IP, PROTOCOL, SOURCE, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import { LATENCY_BUCKETS, latencyBucket } from '../memory/latency';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { schedule } from '../memory/queue';
import { FLOW_BYTES, FLOW_FIELDS_BYTES, header, LOSS_BYTES, LOSSES_MAX } from '../memory/region';
import { flowSlot, NEVER } from '../memory/slot';

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
  /** First arrival; and of those while the flow was still sent, how many and the last: what it came to at its full rate. */
  firstNs: u64;
  steadyReceived: u64;
  steadyLastNs: u64;
}

/** Frames of a flow that died at one place for one reason. */
@unmanaged
export class Loss {
  port: u32;
  reason: u32;
  frames: u64;
  /** Time since their birth, of all together. */
  ageSumNs: u64;
}

/** Behind the fields of a flow: its losses, and the counters of its latencies (latency.ts). */
const LOSSES_AT: usize = FLOW_FIELDS_BYTES;
const LATENCIES_AT: usize = LOSSES_AT + <usize>(LOSSES_MAX * LOSS_BYTES);

const UDP: usize = IP + 20;
const PAYLOAD: usize = UDP + 8;
const UDP_PROTOCOL: u8 = 17;
const FLOW_TTL: u8 = 64;
/** Ports: sources from the dynamic range, one destination ("SW"). */
const SOURCE_PORT_BASE: u32 = 49152;
const FLOW_PORT: u32 = 0x5357;

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
  return bucket < LATENCY_BUCKETS ? load<u32>(latencyCounter(flow, bucket)) : 0;
}

/** Schedules a flow's next frame, if it has one left. */
export function armFlow(index: u32): void {
  const flow = flowAt(index);
  schedule(flowSlot(index), flow.nextNs < flow.stopNs ? flow.nextNs : NEVER);
}

export function disarmFlow(index: u32): void {
  schedule(flowSlot(index), NEVER);
}

/** The next frame keeps the flow's rhythm: frames missed while the node was off are not made up for. */
export function resumeFlow(index: u32): void {
  const flow = flowAt(index);
  const now = header().nowNs;
  if (flow.nextNs <= now) advance(flow, ((now - flow.nextNs) * 1000) / flow.intervalPs + 1);
  if (flow.nextNs <= now) advance(flow, 1);
  armFlow(index);
}

function advance(flow: Flow, intervals: u64): void {
  const ps = flow.nextPs + flow.intervalPs * intervals;
  const wholeNs = ps / 1000;
  flow.nextNs += wholeNs;
  flow.nextPs = ps - wholeNs * 1000;
}

/** A flow's time has come: one frame is born and sent. */
export function generate(index: u32): void {
  const flow = flowAt(index);
  advance(flow, 1);
  const seq = flow.seq;
  flow.seq = seq + 1;
  flow.sent++;
  const born = bearFrame(flow.port, flow.frameBytes, flow.cause, index + 1);
  if (born !== null) {
    const buffer = <Buffer>born;
    buffer.seq = seq;
    fillPacket(bytesOf(buffer), flow, index, seq);
    sendPacket(nodeAt(portAt(flow.port).node), flow.port, buffer);
  }
  armFlow(index);
}

/** Zeroes a frame, and up to seven bytes behind it. Short ones by hand: a call of the engine's fill costs more than their few words. */
function clear(bytes: usize, length: u32): void {
  if (length > 256) {
    memory.fill(bytes, 0, length);
    return;
  }
  for (let at: u32 = 0; at < length; at += 8) store<u64>(bytes + at, 0);
}

/**
 * Ones' complement sum of the header that `fillPacket` writes. From the values and not from memory: a load across bytes that
 * were stored one by one a moment ago waits until they have reached the cache.
 */
// inline
function checkedSum(flow: Flow, total: u32, seq: u32): u32 {
  const fixed: u32 = 0x4500 + 0x4000 + (((<u32>FLOW_TTL) << 8) | <u32>UDP_PROTOCOL);
  const addresses = (flow.sourceIp >> 16) + (flow.sourceIp & 0xffff) + (flow.destinationIp >> 16) + (flow.destinationIp & 0xffff);
  const sum = fixed + total + (seq & 0xffff) + addresses;
  const folded = (sum & 0xffff) + (sum >> 16);
  return folded + (folded >> 16);
}

function fillPacket(bytes: usize, flow: Flow, index: u32, seq: u32): void {
  const total = flow.frameBytes - <u32>IP;
  clear(bytes, flow.frameBytes);
  store<u16>(bytes + 12, 0x0008);
  store<u8>(bytes + IP, 0x45);
  store<u16>(bytes + TOTAL_LENGTH, bswap<u16>(<u16>total));
  store<u16>(bytes + IP + 4, bswap<u16>(<u16>seq));
  store<u16>(bytes + IP + 6, 0x0040);
  store<u8>(bytes + TTL, FLOW_TTL);
  store<u8>(bytes + PROTOCOL, UDP_PROTOCOL);
  store<u32>(bytes + SOURCE, bswap<u32>(flow.sourceIp));
  store<u32>(bytes + DESTINATION, bswap<u32>(flow.destinationIp));
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>~checkedSum(flow, total, seq)));
  store<u16>(bytes + UDP, bswap<u16>(<u16>(SOURCE_PORT_BASE + (index & 0x3fff))));
  store<u16>(bytes + UDP + 2, bswap<u16>(<u16>FLOW_PORT));
  store<u16>(bytes + UDP + 4, bswap<u16>(<u16>(total - 20)));
  store<u32>(bytes + PAYLOAD, bswap<u32>(index));
  store<u32>(bytes + PAYLOAD + 4, bswap<u32>(seq));
  store<u64>(bytes + PAYLOAD + 8, bswap<u64>(header().nowNs));
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

/** Counts a flow's frame where it arrived. */
export function sinkFrame(buffer: Buffer): void {
  const flow = flowAt(buffer.flow - 1);
  const now = header().nowNs;
  const gap = now - flow.lastNs;
  if (gap > flow.longestGapNs) {
    flow.longestGapNs = gap;
    flow.longestGapFromNs = flow.lastNs;
  }
  flow.lastNs = now;
  const latency = now - buffer.bornNs;
  if (flow.received === 0 || latency < flow.latencyMinNs) flow.latencyMinNs = latency;
  if (latency > flow.latencyMaxNs) flow.latencyMaxNs = latency;
  flow.latencySumNs += latency;
  if (flow.received === 0) flow.firstNs = now;
  if (now < flow.stopNs) {
    flow.steadyReceived++;
    flow.steadyLastNs = now;
  }
  flow.received++;
  const counter = latencyCounter(flow, latencyBucket(latency));
  store<u32>(counter, load<u32>(counter) + 1);
  if (buffer.seq < flow.nextSeq) flow.reordered++;
  else flow.nextSeq = buffer.seq + 1;
}
