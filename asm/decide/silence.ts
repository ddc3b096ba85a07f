/**
 * Why a switch no longer knows where an address is: frames for it are flooded because of that.
 *
 * An entry was forgotten with its port, or aged because its owner fell silent.
 */
import { FdbEntry, isForgotten } from '../frame/fdb';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header } from '../memory/region';

/** The event since which frames for the address of an expired entry are flooded; 0 where none is known. */
export function floodedSince(entry: FdbEntry, mac: u64): u32 {
  return isForgotten(entry) ? entry.cause : silentSince(mac);
}

/** The latest event that keeps whoever has an address, or had it, from sending; 0 for none. */
function silentSince(mac: u64): u32 {
  let since: u32 = 0;
  for (let i: u32 = 0, end = header().portCount; i < end; i++) {
    const port = portAt(i);
    if (port.usedMac === mac) since = later(since, muteSince(nodeAt(port.node)));
    else if (port.formerMac === mac) since = later(since, port.macCause);
  }
  return since;
}

/** What keeps a node from sending as it did: it has no power, a port of it no carrier, or its unit of a pair is not active. */
function muteSince(node: Node): u32 {
  let since: u32 = node.power === 0 ? node.powerCause : 0;
  if ((node.flags & L.NODE_HA_MEMBER) !== 0 && node.haActive === 0) since = later(since, node.haCause);
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) since = later(since, downSince(portAt(i)));
  return since;
}

function downSince(port: Port): u32 {
  return (port.flags & L.PORT_UP) === 0 ? port.linkCause : 0;
}
