/**
 * Subinterfaces of layer-3 nodes: an interface takes frames without a tag itself and leaves those with a tag to its subinterface of
 * that tag, which has no line of its own: what it sends leaves by the parent, with the tag (IEEE 802.1Q; Linux: `vlan_do_receive` and
 * `vlan_dev_hard_start_xmit` in net/8021q).
 *
 * A frame without a tag pays nothing for this: only one that the interface itself does not want is looked at here.
 */
import { DROP_FRAME_TOO_LONG } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import { Node } from '../memory/node';
import { Port, portAt } from '../memory/port';

/** No subinterface of that tag. */
export const NO_SUBINTERFACE: u32 = 0;

/** Makes a port a subinterface of another one of its node. */
export function joinParent(port: Port, parent: u32): void {
  port.parent = parent + 1;
}

/** Number of the subinterface of a port that has a tag; NO_SUBINTERFACE where there is none. It always comes behind its parent. */
export function subinterfaceOf(node: Node, parent: u32, vid: u32): u32 {
  for (let i = parent + 1, end = node.firstPort + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (port.parent === parent + 1 && port.vlan === vid) return i;
  }
  return NO_SUBINTERFACE;
}

/** A frame comes in by a subinterface, which counts it, too. False: it was longer than the subinterface takes, and dropped (JUM-01). */
export function enterSubinterface(index: u32, buffer: Buffer, vlan: u32): bool {
  const port = portAt(index);
  port.rxFrames++;
  port.rxBytes += buffer.length;
  if (buffer.length <= port.frameMax) return true;
  dropFrame(buffer, vlan, index, DROP_FRAME_TOO_LONG, 1);
  return false;
}
