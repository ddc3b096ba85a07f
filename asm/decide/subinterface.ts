/**
 * Subinterfaces of layer-3 nodes: an interface takes frames without a tag itself and leaves those with a tag to its subinterface of
 * that tag, which has no line of its own: what it sends leaves by the parent, with the tag (IEEE 802.1Q; Linux: `vlan_do_receive` and
 * `vlan_dev_hard_start_xmit` in net/8021q).
 *
 * A frame without a tag pays nothing for this: only one that the interface itself does not want is looked at here. One with a tag pays for one
 * look into a table of its VLAN ids, however many subinterfaces there are.
 */
import { DROP_FRAME_TOO_LONG } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import { SUBINTERFACES_BYTES, VLAN_ID_MASK } from '../memory/layout';
import { portAt } from '../memory/port';
import { takeElement } from '../memory/region';

/** No subinterface of that tag. */
export const NO_SUBINTERFACE: u32 = 0;

/** Makes a port a subinterface of another one of its node, which lies before it. False without room. */
export function joinParent(index: u32, parent: u32): bool {
  const port = portAt(parent);
  if (port.subinterfacesAt === 0) port.subinterfacesAt = takeElement(SUBINTERFACES_BYTES);
  if (port.subinterfacesAt === 0 || index <= parent || index - parent > <u32>u16.MAX_VALUE) return false;
  store<u16>(placeOf(port.subinterfacesAt, portAt(index).vlan), <u16>(index - parent));
  portAt(index).parent = parent + 1;
  return true;
}

/** Where it stands which subinterface has a tag: how many ports it lies behind its parent; 0 for none. */
// inline
function placeOf(at: u32, vid: u32): usize {
  return <usize>(at + (vid & VLAN_ID_MASK) * 2);
}

/** Number of the subinterface of a port that has a tag; NO_SUBINTERFACE where there is none. */
export function subinterfaceOf(parent: u32, vid: u32): u32 {
  const at = portAt(parent).subinterfacesAt;
  if (at === 0) return NO_SUBINTERFACE;
  const behind = <u32>load<u16>(placeOf(at, vid));
  return behind === 0 ? NO_SUBINTERFACE : parent + behind;
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
