/** VLAN words at the ports of a switch: which VLAN a frame is in, and which tag it leaves with. */
import * as L from '../memory/layout';
import { Port } from '../memory/port';

/** VLAN of a frame's tag; the word of a frame without one is 0. */
// inline
export function vidOf(vlan: u32): u32 {
  return vlan & L.VLAN_ID_MASK;
}

/** Whether frames of a VLAN may leave by a port. */
export function inVlan(port: Port, vid: u32): bool {
  return port.vlan === vid || port.vlan === <u32>L.VLAN_TRUNK;
}

/** The VLAN word a frame of `vid` carries when it leaves by a port; the tag's priority and drop-eligible bits stay. */
// inline
export function taggedFor(keepsTag: bool, vid: u32, vlan: u32): u32 {
  return keepsTag && vid !== 0 ? L.VLAN_TAGGED | (vlan & L.VLAN_PRIORITY_MASK) | vid : 0;
}
