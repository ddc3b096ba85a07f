/**
 * The embedded switch of a NIC, frame by frame: which of wire, PF and VFs get a copy (rules VF-02 to VF-11).
 *
 * From the wire: global filter → exact address → broadcast → multicast and promiscuous pools → VLAN → default pool when
 * empty → source pruning → receive enable → descriptor. From a function: transmit enable → port VLAN → anti-spoof → local
 * pools, wire, or both.
 *
 * It knows the addresses that functions asked for, and learns none from traffic. Frames for unknown addresses go to the wire, even if
 * a bridge on the PF of the same NIC has the address.
 */

import {
  DROP_NIC_L2_FILTER,
  DROP_NO_DESCRIPTOR,
  DROP_NO_POOL,
  DROP_POOL_RX_DISABLED,
  DROP_SOURCE_PRUNED,
  DROP_SPOOF_MAC,
  DROP_SPOOF_VLAN,
  DROP_TAGGED_UNDER_PORT_VLAN,
  DROP_VF_LINK_DISABLED,
} from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf, retain } from '../frame/buffer';
import { BROADCAST, destinationOf, isGroup, sourceOf } from '../frame/ethernet';
import { FdbEntry, SEVERAL } from '../frame/fdb';
import { becauseOf, consumeFrame, dropFrame, endFan } from '../frame/frame';
import { lineAt } from '../frame/line';
import * as L from '../memory/layout';
import * as N from '../memory/nic-layout';
import { Node, nodeAt } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header } from '../memory/region';
import { entersNic, leavesNic } from '../nic/bus';
import { entryOfAddress, forgottenSince, hasAddress, isOf, ownerOf } from '../nic/lookup';
import { countSpoofed, hitsMulticastTable, inVlan, Nic, nicOf, Pool, poolOf, queueFrames } from '../nic/nic';
import { hashFrame, queueOf, Rss } from '../nic/rss';
import { sendFrame, sendOver } from './send';
import { vidOf } from './vlan';

/** Tag control information of a VLAN word; 0 for frames without a VLAN: a tag of VLAN 0 carries a priority only. */
// inline
function tagOf(vlan: u32): u32 {
  return (vlan & L.VLAN_TAGGED) !== 0 && vidOf(vlan) !== 0 ? vlan & 0xffff : 0;
}

/** One frame that the wire or a function brought to the NIC. */
// inline
export function forwardNic(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const hasBus = (nicOf(node).flags & N.NIC_BUS) !== 0;
  if (hasBus) {
    if (!entersNic(node, port.poolAt !== 0, index, buffer, vlan)) return;
  }
  if (port.poolAt === 0) fromWire(node, index, buffer, vlan);
  else fromFunction(node, poolOf(port), index, buffer, vlan);
  if (hasBus) header().aheadNs = 0;
}

// ── From the wire ───────────────────────────────────────────────────────────────────────────────────────────────────

function fromWire(node: Node, index: u32, buffer: Buffer, vlan: u32): void {
  const nic = nicOf(node);
  const tag = tagOf(vlan);
  const destination = destinationOf(bytesOf(buffer));
  const entry = entryOfAddress(node, destination);
  const known = isOf(entry, destination);
  if (!known && !passesGlobalFilter(nic, bytesOf(buffer), destination)) {
    dropFrame(buffer, vlan, index, DROP_NIC_L2_FILTER, filteredSince(nic, destination));
    return;
  }
  if (isGroup(destination) || nic.listeners !== 0 || (nic.flags & N.NIC_PRUNES) !== 0) {
    fanFromWire(node, nic, index, buffer, vlan, tag, destination);
    return;
  }
  if (!known || !toOwner(node, entry, index, buffer, tag, destination)) toDefaultPool(nic, index, buffer, tag);
}

/** Hands a frame to the function of its VLAN that has its destination, other than the one it came from. False: there is none. */
// inline
function toOwner(node: Node, entry: FdbEntry, from: u32, buffer: Buffer, tag: u32, destination: u64): bool {
  const port = entry.port;
  if ((port & SEVERAL) !== 0) return toFirstOwner(node, from, buffer, tag, destination);
  if (port === from) return false;
  const to = portAt(port);
  if (!inVlan(poolOf(to), vidOf(tag))) return false;
  intoPool(port, to, buffer, tag);
  return true;
}

function toFirstOwner(node: Node, from: u32, buffer: Buffer, tag: u32, destination: u64): bool {
  const owner = ownerOf(node, from, vidOf(tag), destination);
  if (owner === <u32>L.NONE) return false;
  toPool(owner, buffer, tag);
  return true;
}

/** Several may get it: a group, someone promiscuous, or some are pruned. */
function fanFromWire(node: Node, nic: Nic, index: u32, buffer: Buffer, vlan: u32, tag: u32, destination: u64): void {
  const recipients = toPools(node, nic, index, buffer, tag, destination, false);
  const kept = (nic.flags & N.NIC_PRUNES) !== 0 ? toPools(node, nic, index, buffer, tag, destination, true) : 0;
  if (recipients !== 0) endFan(buffer, vlan, index, recipients, DROP_NO_POOL, nic.modeCause);
  else if (kept !== 0) dropFrame(buffer, vlan, index, DROP_SOURCE_PRUNED, nic.modeCause);
  else toDefaultPool(nic, index, buffer, tag);
}

/**
 * Rule VF-02: whether the global filter passes an address that no function asked for, for example because the PF is promiscuous.
 * Broadcast always passes.
 */
function passesGlobalFilter(nic: Nic, bytes: usize, destination: u64): bool {
  if (destination === BROADCAST || (nic.flags & N.NIC_OPEN) !== 0) return true;
  if (isGroup(destination)) return nic.multicastListeners !== 0 || hitsMulticastTable(nic, bytes);
  return nic.listeners !== 0 && (nic.flags & N.NIC_POOLS_OPEN) !== 0;
}

/** The event since which the global filter does not pass an address: the last of those that could have let it pass. */
function filteredSince(nic: Nic, destination: u64): u32 {
  const closed = later(nic.openCause, nic.listenCause);
  return later(closed, isGroup(destination) ? nic.multicastCause : forgottenSince(nic, destination));
}

function toDefaultPool(nic: Nic, index: u32, buffer: Buffer, tag: u32): void {
  if ((nic.flags & N.NIC_DEFAULT_POOL) !== 0) toPool(nic.pf, buffer, tag);
  else dropFrame(buffer, wordOf(tag), index, DROP_NO_POOL, nic.modeCause);
}

// ── From a function ─────────────────────────────────────────────────────────────────────────────────────────────────

// inline
function fromFunction(node: Node, pool: Pool, index: u32, buffer: Buffer, vlan: u32): void {
  const flags = pool.flags;
  if ((flags & N.POOL_TX) === 0) {
    dropFrame(buffer, vlan, index, DROP_VF_LINK_DISABLED, pool.linkCause);
    return;
  }
  let tag = pool.portVlan;
  if (tag === 0) tag = tagOf(vlan);
  else if (tagOf(vlan) !== 0) {
    dropFrame(buffer, vlan, index, DROP_TAGGED_UNDER_PORT_VLAN, pool.vlanCause);
    return;
  } else becauseOf(buffer, pool.vlanCause);
  if ((flags & N.POOL_SPOOF_CHECK) !== 0) {
    if (isSpoofed(node, index, pool, buffer, vlan, tag)) return;
  } else if (pool.spoofCause > header().definedUpTo && !isOwn(node, index, pool, buffer, tag)) becauseOf(buffer, pool.spoofCause);
  const destination = destinationOf(bytesOf(buffer));
  const nic = nicOf(node);
  if ((nic.flags & N.NIC_VEPA) !== 0) {
    becauseOf(buffer, nic.bridgeCause);
    sendFrame(nic.wire, buffer, wordOf(tag));
  } else if (isGroup(destination)) toGroup(node, nic, index, buffer, tag, destination);
  else toStation(node, nic, index, buffer, tag, destination);
}

/** Rule VF-07. True: dropped; the VF is not told. */
// inline
function isSpoofed(node: Node, index: u32, pool: Pool, buffer: Buffer, vlan: u32, tag: u32): bool {
  const source = sourceOf(bytesOf(buffer));
  const entry = entryOfAddress(node, source);
  // Nearly every frame comes from an address that its function has alone. Two branches: joined, they become a number first.
  if (isOf(entry, source)) {
    if (entry.port === index && inVlan(pool, vidOf(tag))) return false;
  }
  return dropsSpoofed(node, index, pool, buffer, vlan, tag);
}

/** Whether a frame comes from an address of its function, in a VLAN of it. */
function isOwn(node: Node, index: u32, pool: Pool, buffer: Buffer, tag: u32): bool {
  return hasAddress(node, index, sourceOf(bytesOf(buffer))) && inVlan(pool, vidOf(tag));
}

/** Drops it, unless it comes from an address that the function shares with others. */
function dropsSpoofed(node: Node, index: u32, pool: Pool, buffer: Buffer, vlan: u32, tag: u32): bool {
  const source = sourceOf(bytesOf(buffer));
  const isKnown = hasAddress(node, index, source);
  if (isKnown && inVlan(pool, vidOf(tag))) return false;
  countSpoofed(nicOf(node));
  if (isKnown) dropFrame(buffer, vlan, index, DROP_SPOOF_VLAN, later(pool.vlanCause, pool.spoofCause));
  else
    dropFrame(
      buffer,
      vlan,
      index,
      DROP_SPOOF_MAC,
      later(guestMacCause(index, source), later(forgottenSince(nicOf(node), source, index), pool.spoofCause)),
    );
  return true;
}

/** The event that gave the guest behind a function the address it sends from; 0 where it is none of the guest's own. */
function guestMacCause(index: u32, source: u64): u32 {
  const line = portAt(index).line;
  if (line === <u32>L.NONE) return 0;
  const guest = portAt(lineAt(line).to);
  return guest.usedMac === source ? guest.macCause : 0;
}

/** Rule VF-05: broadcast and multicast go to local pools and the wire. */
function toGroup(node: Node, nic: Nic, index: u32, buffer: Buffer, tag: u32, group: u64): void {
  const recipients = toPools(node, nic, index, buffer, tag, group, false);
  retain(buffer);
  sendFrame(nic.wire, buffer, wordOf(tag));
  endFan(buffer, wordOf(tag), index, recipients + 1, DROP_NO_POOL, nic.modeCause);
}

/** Rule VF-05: a frame for an address of another function of the VLAN does not reach the wire; every other frame does. */
// inline
function toStation(node: Node, nic: Nic, index: u32, buffer: Buffer, tag: u32, destination: u64): void {
  if (nic.listeners !== 0) {
    toStationAndListeners(node, nic, index, buffer, tag, destination);
    return;
  }
  const entry = entryOfAddress(node, destination);
  if (!isOf(entry, destination) || !toOwner(node, entry, index, buffer, tag, destination)) sendFrame(nic.wire, buffer, wordOf(tag));
}

/** Rule VF-09: a promiscuous function sees what another one gets. */
function toStationAndListeners(node: Node, nic: Nic, index: u32, buffer: Buffer, tag: u32, destination: u64): void {
  if (ownerOf(node, index, vidOf(tag), destination) === <u32>L.NONE) {
    sendFrame(nic.wire, buffer, wordOf(tag));
    return;
  }
  const recipients = toPools(node, nic, index, buffer, tag, destination, false);
  endFan(buffer, wordOf(tag), index, recipients, DROP_NO_POOL, nic.modeCause);
}

// ── To pools ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A copy to every pool but the sender's that wants the frame, in the order of ports. Returns how many there were.
 * @param pruned counts, instead, those that want it and do not get it because it is their own (rule VF-06).
 */
function toPools(node: Node, nic: Nic, from: u32, buffer: Buffer, tag: u32, destination: u64, pruned: bool): u32 {
  const vid = vidOf(tag);
  const owner: u32 = isGroup(destination) ? L.NONE : ownerOf(node, from, vid, destination);
  const bytes = bytesOf(buffer);
  const mode = modesFor(nic, bytes, destination);
  const prunes = from === nic.wire && (nic.flags & N.NIC_PRUNES) !== 0;
  const source = sourceOf(bytes);
  let recipients: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    if (i === from || i === nic.wire) continue;
    const pool = poolOf(portAt(i));
    const wants = i === owner || (pool.flags & mode) !== 0 || hasGroup(node, i, destination);
    if (!wants || !inVlan(pool, vid)) continue;
    if ((prunes && hasAddress(node, i, source)) !== pruned) continue;
    recipients++;
    if (pruned) continue;
    retain(buffer);
    toPool(i, buffer, tag);
  }
  return recipients;
}

/** Whether a function has a group among its exact addresses, as 40G keeps them. */
function hasGroup(node: Node, index: u32, destination: u64): bool {
  return isGroup(destination) && hasAddress(node, index, destination);
}

/** The receive modes any of which makes a pool want a destination. */
function modesFor(nic: Nic, bytes: usize, destination: u64): u32 {
  if (destination === BROADCAST) return N.POOL_BROADCAST;
  if (!isGroup(destination)) return N.POOL_PROMISCUOUS;
  return N.POOL_ALL_MULTICAST | (hitsMulticastTable(nic, bytes) ? N.POOL_MULTICAST_HASH : 0);
}

/** One recipient: its guest gets the frame, or it dies here with a reason of its own (rules VF-13, VF-15). */
function toPool(index: u32, buffer: Buffer, tag: u32): void {
  const head = header();
  const aheadNs = head.aheadNs;
  intoPool(index, portAt(index), buffer, tag);
  // The next copy leaves when it is over the bus, not this one.
  head.aheadNs = aheadNs;
}

/** The same, compiled into its caller: for unicast to the function that has the address. */
// inline
function intoPool(index: u32, port: Port, buffer: Buffer, tag: u32): void {
  const pool = poolOf(port);
  if ((pool.flags & N.POOL_RX) === 0) {
    dropFrame(buffer, wordOf(tag), index, DROP_POOL_RX_DISABLED, later(pool.linkCause, receivesSince(pool)));
    return;
  }
  if (header().aheadNs !== 0) {
    if (!leavesNic(nodeAt(port.node), index, buffer, wordOf(tag))) return;
  }
  const queue = queueFor(pool, buffer);
  if (((pool.enabledQueues >> queue) & 1) === 0) {
    dropFrame(buffer, wordOf(tag), index, DROP_NO_DESCRIPTOR, later(pool.queueCause, receivesSince(pool)));
    return;
  }
  const frames = queueFrames(pool, queue);
  store<u64>(frames, load<u64>(frames) + 1);
  // Where nothing is plugged into a function, the host itself uses it.
  const lineIndex = port.line;
  if (lineIndex === <u32>L.NONE) consumeFrame(buffer, index);
  else sendOver(index, port, lineIndex, buffer, pool.portVlan !== 0 ? 0 : wordOf(tag));
}

/** The event that last changed what a pool is given: its addresses, VLANs or modes. */
function receivesSince(pool: Pool): u32 {
  return later(pool.filterCause, later(pool.vlanCause, pool.modeCause));
}

/** Rules RSS-01, RSS-02. One queue needs no hash. */
// inline
function queueFor(pool: Pool, buffer: Buffer): u32 {
  const queues = pool.queues;
  if (queues === 1) return 0;
  const rss = changetype<Rss>(<usize>pool.rssAt);
  const hash = hashFrame(rss, buffer);
  pool.lastHash = hash;
  return queueOf(rss, hash, queues);
}

/** The VLAN word of a frame with a tag, or without. */
// inline
function wordOf(tag: u32): u32 {
  return tag !== 0 ? L.VLAN_TAGGED | tag : 0;
}
