/**
 * The vSwitch (rules VSW-*, LRN-*), frame by frame: classify → check the source → learn → look up → send.
 *
 * A vSwitch knows the addresses of its vNICs from the host. It sends frames for unknown addresses to its active uplink, and drops
 * unknown unicast from the wire. It learns and forwards per frame, never per burst, because a MAC address may move between two
 * frames of one burst.
 */
import {
  DROP_DST_MAC_MISMATCH,
  DROP_FORGED_TRANSMIT,
  DROP_MAC_CHANGE_REJECTED,
  DROP_MAC_LIMIT,
  DROP_NO_RECIPIENT,
  DROP_PORT_BLOCKED,
  DROP_REVERSE_PATH,
  DROP_SOURCE_REFLECTED,
  DROP_VLAN_MISMATCH,
} from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf, retain } from '../frame/buffer';
import { BROADCAST, destinationOf, isGroup, sourceOf } from '../frame/ethernet';
import { entryOf, FdbEntry, fdbFind, fdbForgetAged, fdbKey, fdbLearn, isLive, isStatic, SEVERAL } from '../frame/fdb';
import { becauseOf, dropFrame, endFan } from '../frame/frame';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { joined, Port, portAt } from '../memory/port';
import * as T from '../memory/team-layout';
import { sendFrame } from './send';
import { becauseUnknown } from './silence';
import { isStandby, isStandbyFor, takesBeacon, teamSince, uplinkFor } from './team';
import { inVlan, taggedFor, vidOf } from './vlan';
import { blameFor, unheardBy } from './vswitch-blame';
import { isPromiscuous } from './vswitch-ports';

/** One frame that a port of a vSwitch received. */
export function forwardVSwitch(node: Node, index: u32, buffer: Buffer, vlan: u32): void {
  const port = portAt(index);
  if ((port.flags & L.PORT_BLOCKED) !== 0) {
    dropFrame(buffer, vlan, index, DROP_PORT_BLOCKED, port.policyCause);
    return;
  }
  const fromUplink = (port.flags & L.PORT_UPLINK) !== 0;
  if (fromUplink && (node.flags & T.NODE_BEACONS) !== 0 && takesBeacon(index, buffer, vlan)) return;
  const tag = vidOf(vlan);
  if (!fromUplink && port.vlan !== <u32>L.VLAN_TRUNK && tag !== 0) {
    dropFrame(buffer, vlan, index, DROP_VLAN_MISMATCH, 1);
    return;
  }
  const vid = fromUplink || port.vlan === <u32>L.VLAN_TRUNK ? tag : port.vlan;
  const accepted = fromUplink ? notReflected(node, index, buffer, vlan, vid) : sourceAccepted(node, index, port, buffer, vlan, vid);
  if (!accepted) return;
  const destination = destinationOf(bytesOf(buffer));
  if (isGroup(destination)) toGroup(node, index, buffer, vlan, vid, destination);
  else toStation(node, index, buffer, vlan, vid, destination);
}

/** Rule VSW-13: only an address that the host assigned is certainly local; a learned one may have moved away. False: dropped. */
// inline
function notReflected(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32): bool {
  const source = sourceOf(bytesOf(buffer));
  const entry = localEntry(node, entryOf(node, fdbKey(vid, source)), fdbKey(vid, source), source);
  if (entry === null || !isStatic(<FdbEntry>entry)) return true;
  dropFrame(buffer, vlan, index, DROP_SOURCE_REFLECTED, (<FdbEntry>entry).cause);
  return false;
}

/** Rules VSW-09, VSW-10, LRN-01, LRN-03. False: dropped. */
// inline
function sourceAccepted(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32, vid: u32): bool {
  const source = sourceOf(bytesOf(buffer));
  if (source === port.effectiveMac) return true;
  if ((port.flags & L.PORT_LEARNS) !== 0) return isGroup(source) || learnBehind(node, index, port, buffer, vlan, vid);
  if ((port.flags & L.PORT_FORGED) !== 0) {
    becauseOf(buffer, port.forgedCause);
    return true;
  }
  dropFrame(buffer, vlan, index, DROP_FORGED_TRANSMIT, later(port.forgedCause, port.macCause));
  return false;
}

/** Rules LRN-01, LRN-03. An address the host gave to a vNIC is not learned anew. False: dropped. */
function learnBehind(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32, vid: u32): bool {
  const source = sourceOf(bytesOf(buffer));
  const key = fdbKey(vid, source);
  const known = localEntry(node, entryOf(node, key), key, source);
  if (known !== null && isStatic(<FdbEntry>known)) return true;
  const isNew = known === null || (<FdbEntry>known).port !== index;
  if (isNew && port.learnCount >= port.learnLimit && !fdbForgetAged(node, port)) {
    if ((port.flags & L.PORT_LIMIT_DROPS) === 0) return true;
    dropFrame(buffer, vlan, index, DROP_MAC_LIMIT, port.policyCause);
    return false;
  }
  fdbLearn(node, key, index, buffer.cause);
  return true;
}

/**
 * The entry of an address: assigned by the host to a vNIC of the VLAN or to a trunk port, else learned, or null.
 * @param exact what the table has for the key of VLAN and address, live or not.
 */
function localEntry(node: Node, exact: FdbEntry, key: u64, mac: u64): FdbEntry | null {
  if (exact.key === key && isStatic(exact)) return exact;
  if (node.trunkGuests !== 0) {
    const trunk = fdbFind(node, fdbKey(L.VLAN_TRUNK, mac));
    if (trunk !== null && isStatic(<FdbEntry>trunk)) return trunk;
  }
  return isLive(exact, key) ? exact : null;
}

/** Broadcast and multicast: rules VSW-05, VSW-07, VSW-08, VSW-16. */
function toGroup(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32, group: u64): void {
  const ingress = portAt(index);
  const fromUplink = (ingress.flags & L.PORT_UPLINK) !== 0;
  const up: u32 = fromUplink ? L.NONE : uplinkFor(node, index, buffer);
  let recipients: u32 = 0;
  let asked: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    if (i === index) continue;
    const port = portAt(i);
    if ((port.flags & L.PORT_UPLINK) !== 0) {
      if (!fromUplink && i === up) recipients += toUplink(i, buffer, vlan, vid);
    } else if ((port.flags & L.PORT_VACANT) === 0 && inVlan(port, vid)) {
      const wanted = group === BROADCAST || joined(port, group);
      if (!wanted && !isPromiscuous(port)) continue;
      recipients += toGuest(node, i, port, buffer, vlan, vid, ingress);
      asked++;
    }
  }
  if (recipients !== 0) endFan(buffer, vlan, index, recipients, DROP_NO_RECIPIENT, 0);
  else if (asked !== 0 || isStandby(ingress))
    dropFrame(buffer, vlan, index, DROP_REVERSE_PATH, unheardBy(node, ingress, vid, group));
  else dropFrame(buffer, vlan, index, DROP_NO_RECIPIENT, later(ingress.policyCause, blameFor(node, vid, group, fromUplink)));
}

/** Unicast: rules VSW-02, VSW-03, VSW-04, VSW-06, LRN-01, LRN-02. */
// inline
function toStation(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32, destination: u64): void {
  const ingress = portAt(index);
  const fromUplink = (ingress.flags & L.PORT_UPLINK) !== 0;
  const key = fdbKey(vid, destination);
  const exact = entryOf(node, key);
  const known = localEntry(node, exact, key, destination);
  if (known !== null) becauseOf(buffer, (<FdbEntry>known).cause);
  else becauseUnknown(node, buffer, exact, key, destination);
  if (known !== null && (<FdbEntry>known).port === index && node.listeners === 0) {
    dropFrame(buffer, vlan, index, DROP_NO_RECIPIENT, later((<FdbEntry>known).cause, buffer.cause));
    return;
  }
  // The uplink is the active one because of an event: the frame goes by it for that.
  const up: u32 = known !== null || fromUplink ? L.NONE : uplinkFor(node, index, buffer);
  if (up !== <u32>L.NONE) becauseOf(buffer, teamSince(node, up));
  let recipients: u32 = 0;
  if (known !== null && ((<FdbEntry>known).port & SEVERAL) === 0 && node.listeners === 0) {
    const only = (<FdbEntry>known).port;
    recipients = toGuest(node, only, portAt(only), buffer, vlan, vid, ingress);
  } else if (known !== null || node.listeners !== 0) {
    for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
      const port = portAt(i);
      if (i === index || (port.flags & (L.PORT_UPLINK | L.PORT_VACANT)) !== 0 || !inVlan(port, vid)) continue;
      const wanted = known !== null && owns(<FdbEntry>known, i, port, destination);
      const flooded = known === null && (port.flags & L.PORT_FLOODS) !== 0;
      if (wanted || flooded || isPromiscuous(port)) recipients += toGuest(node, i, port, buffer, vlan, vid, ingress);
    }
  }
  if (up !== <u32>L.NONE) recipients += toUplink(up, buffer, vlan, vid);
  const isUnheard = isStandby(ingress) || (known !== null && fromUplink && recipients === 0 && (node.flags & T.NODE_TEAM) !== 0);
  const reason = known === null ? DROP_DST_MAC_MISMATCH : isUnheard ? DROP_REVERSE_PATH : DROP_NO_RECIPIENT;
  if (recipients !== 0) endFan(buffer, vlan, index, recipients, reason, 0);
  else {
    const unheard = isUnheard ? unheardBy(node, ingress, vid, destination) : blameFor(node, vid, destination, fromUplink);
    dropFrame(buffer, vlan, index, reason, known === null ? unheard : later((<FdbEntry>known).cause, unheard));
  }
}

/** Whether a known address is this port's: the one port of the entry, or one of several with the same address. */
function owns(entry: FdbEntry, index: u32, port: Port, mac: u64): bool {
  return (entry.port & SEVERAL) !== 0 ? port.effectiveMac === mac : entry.port === index;
}

function toUplink(index: u32, buffer: Buffer, vlan: u32, vid: u32): u32 {
  retain(buffer);
  sendFrame(index, buffer, taggedFor(true, vid, vlan));
  return 1;
}

/** One recipient: sent, or refused with a drop of its own (rules VSW-11, VSW-16). Returns 1, or 0 when it is none at all. */
function toGuest(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32, vid: u32, from: Port): u32 {
  const standby = isStandbyFor(node, index, port, from, buffer);
  if (standby && !isPromiscuous(port)) return 0;
  retain(buffer);
  if (standby && (node.flags & L.NODE_REVERSE_PATH_CHECK) !== 0) {
    dropFrame(buffer, vlan, index, DROP_REVERSE_PATH, later(from.policyCause, port.promiscuousCause));
  } else if (port.effectiveMac !== port.initialMac && (port.flags & L.PORT_MAC_CHANGES) === 0) {
    dropFrame(buffer, vlan, index, DROP_MAC_CHANGE_REJECTED, later(port.policyCause, port.macCause));
  } else {
    sendFrame(index, buffer, taggedFor(port.vlan === <u32>L.VLAN_TRUNK, vid, vlan));
  }
  return 1;
}
