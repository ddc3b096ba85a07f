/** Which event a vSwitch's drop of a frame without a recipient is blamed on. Called only before a drop: ports are searched one by one. */
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import * as T from '../memory/team-layout';
import { teamSince } from './team';
import { inVlan } from './vlan';

/** Why a frame from an uplink that its recipient does not use has none: that uplink, its team, or what ended promiscuous reception. */
export function unheardBy(node: Node, standby: Port, vid: u32, destination: u64): u32 {
  const since = (node.flags & T.NODE_TEAM) === 0 ? standby.policyCause : teamSince(node, 0);
  return later(since, blameFor(node, vid, destination, true));
}

/** The latest event without which a port would receive what is for an address in a VLAN. Called only before a drop. */
export function blameFor(node: Node, vid: u32, destination: u64, fromUplink: bool): u32 {
  let blame: u32 = 1;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    // Without an active uplink, frames of guests have no way out, so the event that removed it counts for them.
    if ((port.flags & L.PORT_UPLINK) !== 0) blame = fromUplink ? blame : later(blame, port.policyCause);
    else if (inVlan(port, vid)) blame = later(blame, deafSince(port, destination));
  }
  return blame;
}

/** Of a port that does not receive what is for an address: the event that took the address, or one half of promiscuous reception, from it. */
function deafSince(port: Port, destination: u64): u32 {
  const moved = destination === port.formerMac ? port.effectiveCause : 1;
  const asks = (port.flags & L.PORT_GUEST_PROMISCUOUS) !== 0;
  const may = (port.flags & L.PORT_PROMISCUOUS) !== 0;
  if (asks === may) return moved;
  return later(moved, asks ? port.promiscuousCause : port.guestCause);
}
