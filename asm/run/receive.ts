/**
 * A frame reaches a port. Every kind of node begins here, whether an event brought the frame (exports.ts) or a poll (poll.ts).
 * Where a port has rings the frame waits there, and a core brings it on (core-work.ts).
 */

import {
  DROP_CORRUPTED,
  DROP_FRAME_TOO_LONG,
  DROP_GUEST_STUNNED,
  DROP_INTERFACE_DOWN,
  DROP_LINK_DOWN,
  DROP_RUNT,
} from '../../gen/asm/drop-reasons';
import { collectFrame } from '../decide/aggregate';
import { receiveLayer3 } from '../decide/layer3';
import { forwardSwitch } from '../decide/learning-switch';
import { forwardNic } from '../decide/veb';
import { forwardVSwitch } from '../decide/vswitch';
import { Buffer, Descriptor } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import { firstOf, Line, lineAt, takeArrival } from '../frame/line';
import { trace } from '../frame/trace';
import { storeInRing } from '../io/ring';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';

/** The frame at the head of a line arrives. */
// inline
export function arrive(index: u32): void {
  const line = lineAt(index);
  arriveFrom(index, line, firstOf(line));
}

/** The same, for callers that have the line and the descriptor at its head at hand. */
// inline
export function arriveFrom(index: u32, line: Line, descriptor: Descriptor): void {
  const vlan = descriptor.vlan;
  const corruptedBy = descriptor.cause;
  const buffer = takeArrival(index, line, descriptor);
  const to = line.to;
  const port = portAt(to);
  const node = nodeAt(port.node);
  node.received++;
  if ((vlan & L.VLAN_CORRUPTED) === 0) receiveHere(node, port, to, buffer, vlan);
  else dropFrame(buffer, vlan & ~L.VLAN_CORRUPTED, to, DROP_CORRUPTED, corruptedBy);
}

/** A frame is at a port, from a line or from outside. */
export function receive(index: u32, buffer: Buffer, vlan: u32): void {
  const port = portAt(index);
  receiveHere(nodeAt(port.node), port, index, buffer, vlan);
}

/** The same, compiled into its caller: a frame that arrives, as nearly all do, has one call less on its way. */
// inline
function receiveHere(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  trace(index, L.TRACE_RECEIVED, 0, 0, buffer, vlan);
  if ((port.flags & (L.PORT_UP | L.PORT_RINGS | L.PORT_MEMBER | L.PORT_STUNNED)) !== <u32>L.PORT_UP) {
    receiveElsewhere(node, port, index, buffer, vlan);
    return;
  }
  port.rxFrames++;
  port.rxBytes += buffer.length;
  dispatch(node, port, index, buffer, vlan);
}

/** A port that does not hand a frame to its node at once: it is down, its guest is stunned, it has rings, or is a member of an aggregate. */
function receiveElsewhere(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  if ((port.flags & L.PORT_UP) === 0) dropFrame(buffer, vlan, index, DROP_LINK_DOWN, port.linkCause);
  else if (node.power === 0) dropFrame(buffer, vlan, index, DROP_INTERFACE_DOWN, node.powerCause);
  else if ((port.flags & L.PORT_STUNNED) !== 0) dropFrame(buffer, vlan, index, DROP_GUEST_STUNNED, port.stunCause);
  else if ((port.flags & L.PORT_RINGS) !== 0) storeInRing(index, port, buffer, vlan);
  else {
    port.rxFrames++;
    port.rxBytes += buffer.length;
    dispatchCollected(node, port, index, buffer, vlan);
  }
}

/** A frame that a member of an aggregate received is the aggregate's from here on, or ends. */
export function dispatchCollected(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const aggregate = collectFrame(port, index, buffer, vlan);
  if (aggregate !== <u32>L.NONE) dispatch(node, portAt(aggregate), aggregate, buffer, vlan);
}

/** The node handles a frame: one path for frames that come and frames that a core takes. */
// inline
export function dispatch(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const length = buffer.length;
  const kind = node.kind;
  if (node.power === 0) dropFrame(buffer, vlan, index, DROP_INTERFACE_DOWN, node.powerCause);
  else if (length < <u32>L.ETHERNET_HEADER_BYTES) dropFrame(buffer, vlan, index, DROP_RUNT, 1);
  else if (length > port.frameMax) dropFrame(buffer, vlan, index, DROP_FRAME_TOO_LONG, port.mtuCause);
  else if (kind === <u32>L.NODE_SWITCH) forwardSwitch(node, port, index, buffer, vlan);
  else if (kind === <u32>L.NODE_VSWITCH) forwardVSwitch(node, index, buffer, vlan);
  else if (kind === <u32>L.NODE_NIC) forwardNic(node, port, index, buffer, vlan);
  else receiveLayer3(node, port, index, buffer, vlan);
}
