/** Modes of a firewall's interface besides layer 3 (rules MODE-02 to MODE-04): what happens to a frame that it received. */
import { Buffer } from '../frame/buffer';
import { consumeFrame } from '../frame/frame';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { Port } from '../memory/port';
import { bridgeFrame } from './layer2';
import { crossWire } from './virtual-wire';

/** Of these flags, an interface that routes has none. */
export const UNROUTED: u32 = L.PORT_LAYER2 | L.PORT_TAP | L.PORT_WIRE;

/** One frame at an interface that does not route. A tap looks at it, and that is all (rule MODE-03). */
export function receiveUnrouted(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  if ((port.flags & L.PORT_WIRE) !== 0) crossWire(port, index, buffer, vlan);
  else if ((port.flags & L.PORT_LAYER2) !== 0) bridgeFrame(node, port, index, buffer, vlan);
  else consumeFrame(buffer, index);
}
