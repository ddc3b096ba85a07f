/**
 * The learning switch (rules HST-01, HST-02), frame by frame: classify → ARP inspection → learn → look up → send.
 *
 * It learns from every frame and floods what it does not know. It learns and forwards per frame, never per burst, because a MAC
 * address may move between two frames of one burst.
 */
import {
  DROP_NO_RECIPIENT,
  DROP_PORT_BLOCKED,
  DROP_RATE_DISABLED,
  DROP_RESERVED_ADDRESS,
  DROP_VLAN_MISMATCH,
} from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf, retain } from '../frame/buffer';
import { destinationOf, isGroup, isReserved, sourceOf } from '../frame/ethernet';
import { entryOf, fdbKey, fdbLearn, isLive } from '../frame/fdb';
import { becauseOf, dropFrame, endFan } from '../frame/frame';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header } from '../memory/region';
import { arpAccepted } from './arp-inspection';
import { activeMember, activeSince, bondOf, isActiveMember, mayLearn } from './bond';
import { dhcpAccepted } from './dhcp';
import { forwardFabric } from './fabric';
import { learnWithin } from './port-security';
import { send, sendFrame } from './send';
import { becauseUnknown } from './silence';
import { countFlooded } from './storm';
import { taggedFor, vidOf } from './vlan';

/**
 * One frame that a port of a learning switch received (rules HST-01, HST-02). Port VLAN 0 and trunk pass tags through;
 * an access port takes and gives untagged frames of its VLAN only.
 */
// inline
export function forwardSwitch(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  if ((port.flags & (L.PORT_BLOCKED | L.PORT_DISABLED)) !== 0) {
    const isBlocked = (port.flags & L.PORT_BLOCKED) !== 0;
    dropFrame(buffer, vlan, index, isBlocked ? DROP_PORT_BLOCKED : DROP_RATE_DISABLED, port.policyCause);
    return;
  }
  let vid = vidOf(vlan);
  if (isAccess(port)) {
    if (vid !== 0) {
      dropFrame(buffer, vlan, index, DROP_VLAN_MISMATCH, port.policyCause);
      return;
    }
    vid = port.vlan;
  }
  if ((port.arpLimit | (node.flags & (L.NODE_INSPECTS_ARP | L.NODE_BONDS | L.NODE_SNOOPS_DHCP | L.NODE_FABRIC))) !== 0) {
    if ((node.flags & L.NODE_FABRIC) !== 0) {
      forwardFabric(node, index, port, buffer, vlan);
      return;
    }
    if (!arpAccepted(node, index, port, buffer, vlan)) return;
    if ((node.flags & L.NODE_SNOOPS_DHCP) !== 0 && !dhcpAccepted(node, index, port, buffer, vlan)) return;
    if ((node.flags & L.NODE_BONDS) !== 0) {
      forwardBonded(node, index, buffer, vlan, vid);
      return;
    }
  }
  const bytes = bytesOf(buffer);
  const keys = fdbKey(vid, 0);
  const source = sourceOf(bytes);
  if (!isGroup(source)) {
    if (port.learnLimit === 0) fdbLearn(node, keys | source, index, buffer.cause);
    else if (!learnWithin(node, index, port, buffer, vlan, keys | source)) return;
  }
  const destination = destinationOf(bytes);
  // Not `fdbFind`: it selects an entry or null, and reads through the result wait until both are known. This branch is predicted.
  const entry = entryOf(node, keys | destination);
  if (isGroup(destination) || !isLive(entry, keys | destination)) {
    becauseUnknown(node, buffer, entry, keys | destination, destination);
    flood(node, index, buffer, vlan, vid);
    return;
  }
  const out = entry.port;
  if (out === index) {
    dropFrame(buffer, vlan, index, DROP_NO_RECIPIENT, later(entry.cause, buffer.cause));
    return;
  }
  if (entry.cause > header().definedUpTo) becauseOf(buffer, entry.cause);
  send(out, buffer, taggedFor(!isAccess(portAt(out)), vid, vlan));
}

/** The same on a bridge with bonds (rule HST-02): a bond is one port. */
function forwardBonded(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32): void {
  if (!isActiveMember(node, index)) {
    dropFrame(buffer, vlan, index, DROP_PORT_BLOCKED, activeSince(node, index));
    return;
  }
  const bytes = bytesOf(buffer);
  const keys = fdbKey(vid, 0);
  const source = sourceOf(bytes);
  const from = bondOf(index);
  if (!isGroup(source) && mayLearn(node, index, buffer, keys | source)) {
    if (portAt(from).learnLimit === 0) fdbLearn(node, keys | source, from, buffer.cause);
    else if (!learnWithin(node, from, portAt(from), buffer, vlan, keys | source)) return;
  }
  const destination = destinationOf(bytes);
  const entry = entryOf(node, keys | destination);
  if (isGroup(destination) || !isLive(entry, keys | destination)) {
    becauseUnknown(node, buffer, entry, keys | destination, destination);
    flood(node, index, buffer, vlan, vid);
    return;
  }
  const out = activeMember(node, entry.port);
  if (out === index) dropFrame(buffer, vlan, index, DROP_NO_RECIPIENT, later(entry.cause, buffer.cause));
  else {
    becauseOf(buffer, entry.cause);
    if (portAt(out).bond !== 0) becauseOf(buffer, activeSince(node, out));
    sendFrame(out, buffer, taggedFor(!isAccess(portAt(out)), vid, vlan));
  }
}

// inline
function isAccess(port: Port): bool {
  return port.vlan - 1 < <u32>L.VLAN_TRUNK - 1;
}

function flood(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32): void {
  if (isReserved(destinationOf(bytesOf(buffer)))) {
    dropFrame(buffer, vlan, index, DROP_RESERVED_ADDRESS, 1);
    return;
  }
  countFlooded(node, index, buffer);
  let recipients: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (i === index || (port.flags & (L.PORT_UP | L.PORT_MEMBER)) !== <u32>L.PORT_UP) continue;
    if (isAccess(port) && port.vlan !== vid) continue;
    if (port.bond !== 0 && (port.bond === portAt(index).bond || !isActiveMember(node, i))) continue;
    retain(buffer);
    sendFrame(i, buffer, taggedFor(!isAccess(port), vid, vlan));
    recipients++;
  }
  endFan(buffer, vlan, index, recipients, DROP_NO_RECIPIENT, recipients === 0 ? blameForNobody(node) : 0);
}

/** The latest event that changed the carrier of a port: nobody is there to receive because of it. Called only before a drop. */
function blameForNobody(node: Node): u32 {
  let blame: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) blame = later(blame, portAt(i).linkCause);
  return blame;
}
