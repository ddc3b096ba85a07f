/**
 * A segment reached one of a node's own addresses. The state of its end changes here; what it answers leaves in an event of the flow's
 * slot at the same instant (run/tcp.ts).
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { FLOW_PORT, Flow, flowAt, sourcePortOf } from '../frame/flow-record';
import { DESTINATION, SOURCE } from '../frame/ipv4';
import * as H from '../frame/tcp-header';
import { clientNode, tcpOf } from '../frame/tcp-record';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { oweRst, portsOf } from './tcp-answer';
import { clientReceives } from './tcp-client';
import { isOfConnection, serverReceives } from './tcp-server';
import { armTcp } from './tcp-timer';

/** A segment of a flow. Whoever it reaches, it has arrived and counts as received. */
export function receiveSegment(index: u32, buffer: Buffer): void {
  const number = buffer.flow - 1;
  flowAt(number).received++;
  if (isSegmentAt(buffer)) handSegment(number, index, buffer);
}

function isSegmentAt(buffer: Buffer): bool {
  return H.isSegment(bytesOf(buffer));
}

function handSegment(number: u32, index: u32, buffer: Buffer): void {
  const flow = flowAt(number);
  const tcp = tcpOf(flow);
  const bytes = bytesOf(buffer);
  if (clientNode(flow) !== portAt(index).node) serverReceives(flow, tcp, index, buffer);
  else if (isForClient(number, flow, bytes)) clientReceives(number, flow, tcp, buffer);
  else oweRst(tcp, index, bytes, buffer.cause);
  armTcp(number);
}

function isForClient(number: u32, flow: Flow, bytes: usize): bool {
  if (portsOf(bytes) !== ((sourcePortOf(number) << 16) | FLOW_PORT)) return false;
  return H.wordAt(bytes + DESTINATION) === flow.sourceIp && H.wordAt(bytes + SOURCE) === flow.destinationIp;
}

/**
 * A segment from outside, or the RST of a firewall: it is of the connection that has its addresses and ports, if there is one at this
 * node.
 * @returns whether there is.
 */
export function receiveStranger(index: u32, buffer: Buffer): bool {
  if (!isSegmentAt(buffer)) return false;
  const bytes = bytesOf(buffer);
  const node = portAt(index).node;
  for (let number: u32 = 0, count = header().flowCount; number < count; number++) {
    const flow = flowAt(number);
    if (flow.tcpAt === 0) continue;
    const isOurs = clientNode(flow) === node ? isForClient(number, flow, bytes) : isOfConnection(tcpOf(flow), index, bytes);
    if (!isOurs) continue;
    handSegment(number, index, buffer);
    return true;
  }
  return false;
}
