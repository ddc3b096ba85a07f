/**
 * Flow generators: each sends numbered UDP frames from one host to an address. They are the measuring instrument of a lab; the
 * results are in the flow's record (frame/flow-record.ts). TCP flows: tcp.ts.
 *
 *  42                46               50                58
 *  ┌ flow index, u32 ┬ sequence, u32  ┬ born, ns, u64   ┐ all big endian, after the UDP header; checksum 0 (RFC 768: none)
 */
import { DROP_NO_ADDRESS } from '../../gen/asm/drop-reasons';
import { sendPacket } from '../decide/route-packet';
import { addressOf } from '../decide/routes';
import { armTcp } from '../decide/tcp-timer';
import { Buffer, bytesOf } from '../frame/buffer';
import { advance, FLOW_PORT, FLOW_TTL, Flow, flowAt, keepRhythm, resumeGaps, sourcePortOf } from '../frame/flow-record';
import { bearFrame, dropFrame } from '../frame/frame';
import { CHECKSUM, DESTINATION, IP, PROTOCOL, SOURCE, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { schedule } from '../memory/queue';
import { header } from '../memory/region';
import { flowSlot, NEVER } from '../memory/slot';
import { sendNumbered6 } from './generate6';
import { tcpEvent } from './tcp';

const UDP: usize = IP + 20;
const PAYLOAD: usize = UDP + 8;
const UDP_PROTOCOL: u8 = 17;

/** Schedules a flow's next frame, if it has one left. */
export function armFlow(index: u32): void {
  const flow = flowAt(index);
  if (flow.tcpAt !== 0) armTcp(index);
  else armNext(index, flow);
}

function armNext(index: u32, flow: Flow): void {
  schedule(flowSlot(index), flow.nextNs < flow.stopNs ? flow.nextNs : NEVER);
}

export function disarmFlow(index: u32): void {
  schedule(flowSlot(index), NEVER);
}

/** The next frame keeps the flow's rhythm: frames missed while the node was off are not made up for. */
export function resumeFlow(index: u32): void {
  keepRhythm(flowAt(index));
  armFlow(index);
}

/**
 * A flow is told to send in this rhythm until `stopNs`, from now on: its first frame leaves at once. With a stop that is not later than
 * now, it is told to stop.
 */
export function changeFlow(index: u32, intervalPs: u64, stopNs: u64, cause: u32): void {
  const flow = flowAt(index);
  const now = header().nowNs;
  if (stopNs > now) {
    const isPlanned = flow.lastNs > now;
    if (isPlanned || flow.stopNs <= now) resumeGaps(flow, now);
    flow.nextNs = now;
    flow.nextPs = 0;
    flow.steadyReceived = 0;
  }
  flow.intervalPs = intervalPs;
  flow.stopNs = stopNs;
  flow.cause = cause;
  armFlow(index);
}

/** A flow's time has come: one frame is born and sent. */
export function generate(index: u32): void {
  const flow = flowAt(index);
  if (flow.tcpAt !== 0) {
    tcpEvent(index);
    return;
  }
  advance(flow, 1);
  const seq = flow.seq;
  flow.seq = seq + 1;
  flow.sent++;
  const born = bearFrame(flow.port, flow.frameBytes, flow.cause, index + 1);
  if (born !== null && (flow.destinationHigh | flow.destinationLow) !== 0) {
    (<Buffer>born).seq = seq;
    sendNumbered6(<Buffer>born, flow, index, seq);
  } else if (born !== null) {
    const buffer = <Buffer>born;
    buffer.seq = seq;
    const port = portAt(flow.port);
    const node = nodeAt(port.node);
    // A leased address comes and goes.
    if ((port.flags & (L.PORT_LEASED | L.PORT_PPPOE)) !== 0) flow.sourceIp = addressOf(node, flow.port);
    fillPacket(bytesOf(buffer), flow, index, seq);
    if (flow.sourceIp === 0 && (port.flags & (L.PORT_LEASED | L.PORT_PPPOE)) !== 0)
      dropFrame(buffer, 0, flow.port, DROP_NO_ADDRESS, node.routeCause);
    else sendPacket(node, flow.port, buffer);
  }
  armNext(index, flow);
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
  store<u16>(bytes + UDP, bswap<u16>(<u16>sourcePortOf(index)));
  store<u16>(bytes + UDP + 2, bswap<u16>(<u16>FLOW_PORT));
  store<u16>(bytes + UDP + 4, bswap<u16>(<u16>(total - 20)));
  store<u32>(bytes + PAYLOAD, bswap<u32>(index));
  store<u32>(bytes + PAYLOAD + 4, bswap<u32>(seq));
  store<u64>(bytes + PAYLOAD + 8, bswap<u64>(header().nowNs));
}
