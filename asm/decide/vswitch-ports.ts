/**
 * What a vSwitch knows about its ports before a frame comes: the static table entries of its guests, its active uplink, and
 * whether any port takes more than its own unicast. The control door calls this code when a port changes.
 */

import { fdbForgetStatic, fdbKey, fdbSetStatic, SEVERAL } from '../frame/fdb';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { inVlan } from './vlan';

/**
 * Brings the static entries of an address in line with the ports that now have it. Called for old and new addresses. A trunk
 * port is in every VLAN, so its address may be shared, or no longer, with a port of any.
 * @param event the one that changed the address of a port.
 */
export function refreshStatic(node: Node, vid: u32, mac: u64, event: u32): void {
  refreshEntry(node, vid, mac, event);
  if (vid !== <u32>L.VLAN_TRUNK) return;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (port.vlan !== vid && port.effectiveMac === mac) refreshEntry(node, port.vlan, mac, event);
  }
}

function refreshEntry(node: Node, vid: u32, mac: u64, event: u32): void {
  let first: u32 = L.NONE;
  let count: u32 = 0;
  let cause: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if ((port.flags & L.PORT_UPLINK) !== 0 || !inVlan(port, vid) || port.effectiveMac !== mac || mac === 0) continue;
    count++;
    if (port.vlan !== vid) continue;
    if (first === <u32>L.NONE) first = i;
    cause = later(cause, port.effectiveCause);
  }
  if (first === <u32>L.NONE) fdbForgetStatic(node, fdbKey(vid, mac), event);
  else fdbSetStatic(node, fdbKey(vid, mac), count > 1 ? first | SEVERAL : first, cause);
}

/** Whether the static table has the address of the port's guest: a vSwitch port that is no uplink, or a fabric's. */
export function knowsGuests(node: Node, port: Port): bool {
  if (node.kind === <u32>L.NODE_SWITCH) return (node.flags & L.NODE_FABRIC) !== 0;
  return node.kind === <u32>L.NODE_VSWITCH && (port.flags & L.PORT_UPLINK) === 0;
}

/**
 * Keeps two facts per vSwitch that spare each frame a scan of its ports: the active uplink, and whether any port takes more than
 * its own unicast.
 */
export function sumUpPorts(node: Node): void {
  const both: u32 = L.PORT_PROMISCUOUS | L.PORT_GUEST_PROMISCUOUS;
  let listeners: u32 = 0;
  let activeUplink: u32 = L.NONE;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const flags = portAt(i).flags;
    if ((flags & both) === both || (flags & L.PORT_FLOODS) !== 0) listeners++;
    if ((flags & L.PORT_ACTIVE_UPLINK) !== 0 && activeUplink === <u32>L.NONE) activeUplink = i;
  }
  node.listeners = listeners;
  node.activeUplink = activeUplink;
}

/** Rule VSW-06: both sides. */
export function isPromiscuous(port: Port): bool {
  const both: u32 = L.PORT_PROMISCUOUS | L.PORT_GUEST_PROMISCUOUS;
  return (port.flags & both) === both;
}
