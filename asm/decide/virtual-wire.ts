/**
 * Virtual wire (rule MODE-04): a frame leaves by the other interface as it came, tag and source MAC included, and neither side
 * answers ARP. Tags that the wire does not allow are dropped; both ends of a wire share one set of allowed tags.
 */
import { DROP_WIRE_TAG } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import * as L from '../memory/layout';
import { Port, portAt } from '../memory/port';
import { takeElement } from '../memory/region';
import { sendFrame } from './send';
import { vidOf } from './vlan';

/** Joins two interfaces. The wire passes no frame until `allowTags` says which. False without room. */
export function joinWire(a: u32, b: u32): bool {
  const tags = takeElement(L.TAGS_BYTES);
  if (tags === 0) return false;
  portAt(a).across = b;
  portAt(b).across = a;
  portAt(a).tagsAt = portAt(b).tagsAt = tags;
  portAt(a).flags |= L.PORT_WIRE;
  portAt(b).flags |= L.PORT_WIRE;
  return true;
}

/** The bit of a VLAN id in its byte. */
function bitOf(vid: u32): u8 {
  return <u8>((<u32>1) << (vid & 7));
}

/** Allows VLAN ids from `first` to `last`, both included; 0 stands for frames without a tag. */
export function allowTags(port: Port, first: u32, last: u32): void {
  for (let vid = first; vid <= last && vid < <u32>L.TAGS_BYTES * 8; vid++) {
    const at = <usize>(port.tagsAt + (vid >> 3));
    store<u8>(at, load<u8>(at) | bitOf(vid));
  }
}

/** One frame that an end of a wire received. */
export function crossWire(port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const vid = vidOf(vlan);
  const isAllowed = (load<u8>(<usize>(port.tagsAt + (vid >> 3))) & bitOf(vid)) !== 0;
  if (isAllowed) sendFrame(port.across, buffer, vlan);
  else dropFrame(buffer, vlan, index, DROP_WIRE_TAG, 1);
}
