/**
 * The decision of every layer-2 switch, frame by frame and in order: classify → source check → learn → look up → send.
 *
 * One mechanism, two policies. A vSwitch (VSW-*, LRN-*) knows its vNICs' addresses from the host, sends what it does not
 * know to its active uplink, and drops unknown unicast from the wire. A learning switch (HST-01) learns from every frame
 * and floods. Learn and forward per frame, never per burst: MAC moves are what people come to see.
 */

import {
  DROP_ARP_INSPECTION,
  DROP_DST_MAC_MISMATCH,
  DROP_FORGED_TRANSMIT,
  DROP_MAC_CHANGE_REJECTED,
  DROP_MAC_LIMIT,
  DROP_NO_RECIPIENT,
  DROP_PORT_BLOCKED,
  DROP_PORT_SECURITY,
  DROP_RATE_DISABLED,
  DROP_REVERSE_PATH,
  DROP_SOURCE_REFLECTED,
  DROP_VLAN_MISMATCH,
} from '../../gen/asm/drop-reasons';
import { entryOf, FdbEntry, fdbFind, fdbForgetAged, fdbKey, fdbLearn, fdbSetStatic, isLive, isStatic, SEVERAL } from '../frame/fdb';
import {
  BROADCAST,
  Buffer,
  bytesOf,
  destinationOf,
  dropFrame,
  ETHERTYPE_ARP,
  endFan,
  etherTypeOf,
  isGroup,
  macAt,
  retain,
  sourceOf,
} from '../frame/frame';
import { puntDisabled } from '../frame/punt';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { joined, later, Port, portAt } from '../memory/port';
import { header } from '../memory/region';
import { activeMember, bondOf, isActiveMember, mayLearn } from './bond';
import { send, sendFrame } from './link';
import { Neighbour, neighbourOf } from './neighbour';

const VID_MASK: u32 = 0xfff;

/** VLAN of a frame's tag; the word of a frame without one is 0. */
// inline
function vidOf(vlan: u32): u32 {
  return vlan & VID_MASK;
}

/** Whether frames of a VLAN may leave by a port. */
function inVlan(port: Port, vid: u32): bool {
  return port.vlan === vid || port.vlan === <u32>L.VLAN_TRUNK;
}

/** The VLAN word a frame of `vid` carries when it leaves by a port; the tag's priority and drop-eligible bits stay. */
// inline
function taggedFor(keepsTag: bool, vid: u32, vlan: u32): u32 {
  return keepsTag && vid !== 0 ? L.VLAN_TAGGED | (vlan & 0xf000) | vid : 0;
}

// ── vSwitch ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One frame that a port of a vSwitch received. */
export function forwardVSwitch(node: Node, index: u32, buffer: Buffer, vlan: u32): void {
  const port = portAt(index);
  if ((port.flags & L.PORT_BLOCKED) !== 0) {
    dropFrame(buffer, vlan, index, DROP_PORT_BLOCKED, port.policyCause);
    return;
  }
  const fromUplink = (port.flags & L.PORT_UPLINK) !== 0;
  const tag = vidOf(vlan);
  if (!fromUplink && port.vlan !== <u32>L.VLAN_TRUNK && tag !== 0) {
    dropFrame(buffer, vlan, index, DROP_VLAN_MISMATCH, port.policyCause);
    return;
  }
  const vid = fromUplink || port.vlan === <u32>L.VLAN_TRUNK ? tag : port.vlan;
  const accepted = fromUplink ? notReflected(node, index, buffer, vlan, vid) : sourceAccepted(node, index, port, buffer, vlan, vid);
  if (!accepted) return;
  const destination = destinationOf(bytesOf(buffer));
  if (isGroup(destination)) toGroup(node, index, buffer, vlan, vid, destination);
  else toStation(node, index, buffer, vlan, vid, destination);
}

/** Rule VSW-13: only what the host assigned is surely local; a learned address may have moved away. False: dropped. */
// inline
function notReflected(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32): bool {
  const entry = localEntry(node, vid, sourceOf(bytesOf(buffer)));
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
  if ((port.flags & L.PORT_FORGED) !== 0) return true;
  dropFrame(buffer, vlan, index, DROP_FORGED_TRANSMIT, later(port.policyCause, port.macCause));
  return false;
}

/** Rules LRN-01, LRN-03. An address the host gave to a vNIC is not learned anew. False: dropped. */
function learnBehind(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32, vid: u32): bool {
  const source = sourceOf(bytesOf(buffer));
  const known = localEntry(node, vid, source);
  if (known !== null && isStatic(<FdbEntry>known)) return true;
  const isNew = known === null || (<FdbEntry>known).port !== index;
  if (isNew && port.learnCount >= port.learnLimit && !fdbForgetAged(node, port)) {
    if ((port.flags & L.PORT_LIMIT_DROPS) === 0) return true;
    dropFrame(buffer, vlan, index, DROP_MAC_LIMIT, port.policyCause);
    return false;
  }
  fdbLearn(node, fdbKey(vid, source), index, buffer.cause);
  return true;
}

/** Where an address is: what the host gave to a vNIC of the VLAN or to a trunk port, else what was learned, or null. */
function localEntry(node: Node, vid: u32, mac: u64): FdbEntry | null {
  const key = fdbKey(vid, mac);
  const exact = entryOf(node, key);
  if (exact.key === key && isStatic(exact)) return exact;
  if (node.trunkGuests !== 0) {
    const trunk = fdbFind(node, fdbKey(L.VLAN_TRUNK, mac));
    if (trunk !== null && isStatic(<FdbEntry>trunk)) return trunk;
  }
  return isLive(exact, key) ? exact : null;
}

/** Rule VSW-06: both sides. */
function isPromiscuous(port: Port): bool {
  const both: u32 = L.PORT_PROMISCUOUS | L.PORT_GUEST_PROMISCUOUS;
  return (port.flags & both) === both;
}

/** An uplink that no port uses: ordinary ports receive nothing from it (rule VSW-16). */
// inline
function isStandby(port: Port): bool {
  const both: u32 = L.PORT_UPLINK | L.PORT_ACTIVE_UPLINK;
  return (port.flags & both) === <u32>L.PORT_UPLINK;
}

/** Broadcast and multicast: rules VSW-05, VSW-07, VSW-08, VSW-16. */
function toGroup(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32, group: u64): void {
  const ingress = portAt(index);
  const fromUplink = (ingress.flags & L.PORT_UPLINK) !== 0;
  let recipients: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    if (i === index) continue;
    const port = portAt(i);
    if ((port.flags & L.PORT_UPLINK) !== 0) {
      if (!fromUplink && (port.flags & L.PORT_ACTIVE_UPLINK) !== 0) recipients += toUplink(i, buffer, vlan, vid);
    } else if (inVlan(port, vid)) {
      const wanted = group === BROADCAST || joined(port, group);
      if (wanted || isPromiscuous(port)) recipients += toGuest(node, i, port, buffer, vlan, vid, ingress);
    }
  }
  endFan(buffer, vlan, index, recipients, isStandby(ingress) ? DROP_REVERSE_PATH : DROP_NO_RECIPIENT, ingress.policyCause);
}

/** Unicast: rules VSW-02, VSW-03, VSW-04, VSW-06, LRN-01, LRN-02. */
// inline
function toStation(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32, destination: u64): void {
  const ingress = portAt(index);
  const fromUplink = (ingress.flags & L.PORT_UPLINK) !== 0;
  const known = localEntry(node, vid, destination);
  if (known !== null && (<FdbEntry>known).port === index && node.listeners === 0) {
    dropFrame(buffer, vlan, index, DROP_NO_RECIPIENT, (<FdbEntry>known).cause);
    return;
  }
  let recipients: u32 = 0;
  if (known !== null && ((<FdbEntry>known).port & SEVERAL) === 0 && node.listeners === 0) {
    const only = (<FdbEntry>known).port;
    recipients = toGuest(node, only, portAt(only), buffer, vlan, vid, ingress);
  } else if (known !== null || node.listeners !== 0) {
    for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
      const port = portAt(i);
      if (i === index || (port.flags & L.PORT_UPLINK) !== 0 || !inVlan(port, vid)) continue;
      const wanted = known !== null && owns(<FdbEntry>known, i, port, destination);
      const flooded = known === null && (port.flags & L.PORT_FLOODS) !== 0;
      if (wanted || flooded || isPromiscuous(port)) recipients += toGuest(node, i, port, buffer, vlan, vid, ingress);
    }
  }
  if (known === null && !fromUplink) recipients += toActiveUplink(node, buffer, vlan, vid);
  const reason = known === null ? DROP_DST_MAC_MISMATCH : isStandby(ingress) ? DROP_REVERSE_PATH : DROP_NO_RECIPIENT;
  endFan(buffer, vlan, index, recipients, reason, recipients === 0 ? blameFor(node, vid, fromUplink) : 0);
}

/** Whether a known address is this port's: the one port of the entry, or one of several with the same address. */
function owns(entry: FdbEntry, index: u32, port: Port, mac: u64): bool {
  return (entry.port & SEVERAL) !== 0 ? port.effectiveMac === mac : entry.port === index;
}

/** The latest event that shaped who receives in a VLAN: what a mismatch is blamed on. Only on the way to a drop. */
function blameFor(node: Node, vid: u32, fromUplink: bool): u32 {
  let blame: u32 = 1;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    // With no uplink left guests' frames have no way out: the event that dismissed it counts, for them.
    if ((port.flags & L.PORT_UPLINK) !== 0) blame = fromUplink ? blame : later(blame, port.policyCause);
    else if (inVlan(port, vid)) blame = later(blame, later(port.policyCause, later(port.macCause, port.guestCause)));
  }
  return blame;
}

// inline
function toActiveUplink(node: Node, buffer: Buffer, vlan: u32, vid: u32): u32 {
  return node.activeUplink === <u32>L.NONE ? 0 : toUplink(node.activeUplink, buffer, vlan, vid);
}

function toUplink(index: u32, buffer: Buffer, vlan: u32, vid: u32): u32 {
  retain(buffer);
  sendFrame(index, buffer, taggedFor(true, vid, vlan));
  return 1;
}

/** One recipient: sent, or refused with a drop of its own (rules VSW-11, VSW-16). Returns 1, or 0 when it is none at all. */
function toGuest(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32, vid: u32, from: Port): u32 {
  const standby = isStandby(from);
  if (standby && !isPromiscuous(port)) return 0;
  retain(buffer);
  if (standby && (node.flags & L.NODE_REVERSE_PATH_CHECK) !== 0) {
    dropFrame(buffer, vlan, index, DROP_REVERSE_PATH, port.policyCause);
  } else if (port.effectiveMac !== port.initialMac && (port.flags & L.PORT_MAC_CHANGES) === 0) {
    dropFrame(buffer, vlan, index, DROP_MAC_CHANGE_REJECTED, later(port.policyCause, port.macCause));
  } else {
    sendFrame(index, buffer, taggedFor(port.vlan === <u32>L.VLAN_TRUNK, vid, vlan));
  }
  return 1;
}

/**
 * Brings the static entries of an address in line with the ports that now have it. Called for old and new addresses. A trunk
 * port is in every VLAN, so its address may be shared, or no longer, with a port of any.
 */
export function refreshStatic(node: Node, vid: u32, mac: u64): void {
  refreshEntry(node, vid, mac);
  if (vid !== <u32>L.VLAN_TRUNK) return;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (port.vlan !== vid && port.effectiveMac === mac) refreshEntry(node, port.vlan, mac);
  }
}

function refreshEntry(node: Node, vid: u32, mac: u64): void {
  let first: u32 = L.NONE;
  let count: u32 = 0;
  let cause: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if ((port.flags & L.PORT_UPLINK) !== 0 || !inVlan(port, vid) || port.effectiveMac !== mac || mac === 0) continue;
    count++;
    if (port.vlan !== vid) continue;
    if (first === <u32>L.NONE) first = i;
    cause = later(cause, port.macCause);
  }
  fdbSetStatic(node, fdbKey(vid, mac), count > 1 ? first | SEVERAL : first, cause, first !== <u32>L.NONE);
}

// ── Learning switch ─────────────────────────────────────────────────────────────────────────────────────────────────

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
  if ((port.arpLimit | (node.flags & (L.NODE_INSPECTS_ARP | L.NODE_BONDS))) !== 0) {
    if (!arpAccepted(node, index, port, buffer, vlan)) return;
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
  // Not `fdbFind`: an entry or null is selected, and what is read through it waits until both are known. This is predicted.
  const entry = entryOf(node, keys | destination);
  if (isGroup(destination) || !isLive(entry, keys | destination)) {
    flood(node, index, buffer, vlan, vid);
    return;
  }
  const out = entry.port;
  if (out === index) {
    dropFrame(buffer, vlan, index, DROP_NO_RECIPIENT, entry.cause);
    return;
  }
  send(out, buffer, taggedFor(!isAccess(portAt(out)), vid, vlan));
}

/** The same on a bridge with bonds (rule HST-02): a bond is one port. */
function forwardBonded(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32): void {
  if (!isActiveMember(node, index)) {
    dropFrame(buffer, vlan, index, DROP_PORT_BLOCKED, portAt(activeMember(node, bondOf(index))).linkCause);
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
  const found = fdbFind(node, keys | destination);
  if (isGroup(destination) || found === null) {
    flood(node, index, buffer, vlan, vid);
    return;
  }
  const entry = <FdbEntry>found;
  const out = activeMember(node, entry.port);
  if (out === index) dropFrame(buffer, vlan, index, DROP_NO_RECIPIENT, entry.cause);
  else sendFrame(out, buffer, taggedFor(!isAccess(portAt(out)), vid, vlan));
}

/** Learns a source behind a port that may have so many; false when port security dropped the frame. */
function learnWithin(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32, key: u64): bool {
  const known = fdbFind(node, key);
  const here = known !== null && (<FdbEntry>known).port === index;
  if (!here && port.learnCount >= port.learnLimit && !fdbForgetAged(node, port)) {
    if ((port.flags & L.PORT_SHUTS_DOWN) !== 0) disable(index, port, DROP_PORT_SECURITY);
    dropFrame(buffer, vlan, index, DROP_PORT_SECURITY, port.policyCause);
    return false;
  }
  fdbLearn(node, key, index, buffer.cause);
  return true;
}

const ARP_FRAME_BYTES: u32 = 42;
/** Sender's MAC and address in an ARP frame. */
const ARP_SENDER_MAC: usize = 22;
const ARP_SENDER_IP: usize = 28;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/** Rule DAI-01 and the ARP rate of a port. False: dropped. Probes (sender address zero) claim nothing and pass. */
function arpAccepted(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32): bool {
  const bytes = bytesOf(buffer);
  if (etherTypeOf(bytes) !== ETHERTYPE_ARP || buffer.length < ARP_FRAME_BYTES) return true;
  if (port.arpLimit !== 0 && !withinRate(port)) {
    disable(index, port, DROP_RATE_DISABLED);
    dropFrame(buffer, vlan, index, DROP_RATE_DISABLED, port.policyCause);
    return false;
  }
  if ((node.flags & L.NODE_INSPECTS_ARP) === 0 || (port.flags & L.PORT_TRUSTED) !== 0) return true;
  const ip = bswap<u32>(load<u32>(bytes + ARP_SENDER_IP));
  if (ip === 0) return true;
  const mac = macAt(bytes + ARP_SENDER_MAC);
  const binding = neighbourOf(node, ip);
  if (binding !== null && (<Neighbour>binding).mac === mac) return true;
  const cause = binding === null ? port.policyCause : later(port.policyCause, (<Neighbour>binding).cause);
  dropFrame(buffer, vlan, index, DROP_ARP_INSPECTION, cause);
  return false;
}

function withinRate(port: Port): bool {
  const second = header().nowNs / NANOS_PER_SECOND;
  if (port.arpSecond !== second) {
    port.arpSecond = second;
    port.arpCount = 0;
  }
  port.arpCount++;
  return port.arpCount <= port.arpLimit;
}

/** Shuts a port down, and tells the agent, who records it. */
function disable(index: u32, port: Port, reason: u32): void {
  port.flags |= L.PORT_DISABLED;
  puntDisabled(index, reason, port.policyCause);
}

// inline
function isAccess(port: Port): bool {
  return port.vlan - 1 < <u32>L.VLAN_TRUNK - 1;
}

function flood(node: Node, index: u32, buffer: Buffer, vlan: u32, vid: u32): void {
  let recipients: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (i === index || (port.flags & L.PORT_UP) === 0) continue;
    if (isAccess(port) && port.vlan !== vid) continue;
    if (port.bond !== 0 && (port.bond === portAt(index).bond || !isActiveMember(node, i))) continue;
    retain(buffer);
    sendFrame(i, buffer, taggedFor(!isAccess(port), vid, vlan));
    recipients++;
  }
  endFan(buffer, vlan, index, recipients, DROP_NO_RECIPIENT, portAt(index).linkCause);
}
