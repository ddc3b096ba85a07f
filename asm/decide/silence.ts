/**
 * Why a switch no longer knows where an address is: frames for it are flooded because of that.
 *
 * An entry was forgotten with its port, or by the host that had assigned its address, or it aged because its owner fell silent.
 *
 * To see why an owner is silent takes a look at every port of the lab. What was seen is kept in a table by address, and holds until
 * carrier, power, an address or a role changes: a flood of frames for one address looks once.
 *
 * An owner that fell silent long before something muted it did so by itself: a change in the last half of an entry's life is not blamed
 * for its end (the lab's choice: nothing tells when a host would have sent).
 *
 *   Silence ┌ 0 mac ┬ 8 sinceNs ┬ 16 changes + 1 when it was looked at ┬ 20 event ┬ 24 owned ┐ × 256
 */
import { Buffer } from '../frame/buffer';
import { isGroup } from '../frame/ethernet';
import { FdbEntry, isForgotten } from '../frame/fdb';
import { becauseOf } from '../frame/frame';
import { lineAt } from '../frame/line';
import { changedNs } from '../memory/changes';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header, SILENCE_BYTES, SILENCES_MAX } from '../memory/region';

@unmanaged
class Silence {
  mac: u64;
  /** When that event changed something; 0 where that is not known any more. */
  sinceNs: u64;
  seenAt: u32;
  since: u32;
  /** Whether a port of the lab has the address. */
  owned: u32;
}
if (offsetof<Silence>() > <usize>SILENCE_BYTES) ERROR('Silence does not fit its row');

/**
 * A frame goes the way of an unknown address. If the table has an expired entry for it, the frame exists for what made it expire; the
 * table may have thrown that entry out since. A full table may have had no place for the address: the frame exists for what fills it.
 */
// inline
export function becauseUnknown(node: Node, buffer: Buffer, entry: FdbEntry, key: u64, mac: u64): void {
  if (entry.key === key) becauseOf(buffer, isForgotten(entry) ? entry.cause : agedSince(node, entry, mac));
  else if ((node.swept | node.crowdedSince) !== 0 && !isGroup(mac)) becauseOf(buffer, unlearnedSince(node, mac));
}

/**
 * Why the owner of an aged entry was not heard: the event that muted it, unless that came too late to keep the entry from ageing; or the
 * node inspects the ARP that it had learned it by.
 */
function agedSince(node: Node, entry: FdbEntry, mac: u64): u32 {
  const silence = silenceOf(mac);
  if (silence.since === 0) return inspectedSince(portAt(entry.port));
  return silence.sinceNs + node.ageingNs / 2 > entry.expiresNs ? 0 : silence.since;
}

/** Why a table has no entry of an address: its owner is silent, or others fill the table. */
function unlearnedSince(node: Node, mac: u64): u32 {
  const silence = silenceOf(mac);
  if (silence.since !== 0 && node.swept !== 0) return silence.since;
  return silence.owned !== 0 && node.fdbCount >= node.fdbLimit ? node.crowdedSince : 0;
}

/** The event since which nobody sends from an address; 0 where somebody does, or nothing that is known keeps them from it. */
function silenceOf(mac: u64): Silence {
  const row = rowOf(mac);
  const seenAt = header().changes + 1;
  if (row.mac === mac && row.seenAt === seenAt) return row;
  row.mac = mac;
  row.seenAt = seenAt;
  row.owned = 0;
  row.since = searchSilence(mac, row);
  row.sinceNs = changedNs(row.since);
  return row;
}

function rowOf(mac: u64): Silence {
  const slot = <u32>((mac * 0x9e3779b97f4a7c15) >> 40) & (SILENCES_MAX - 1);
  return changetype<Silence>(<usize>(header().silences + slot * SILENCE_BYTES));
}

/** All owners must be mute: one that can send leaves a way open. Of their silences the latest counts: it closed the last way. */
function searchSilence(mac: u64, row: Silence): u32 {
  let since: u32 = 0;
  for (let i: u32 = 0, end = header().portCount; i < end; i++) {
    const port = portAt(i);
    if (port.usedMac === mac) {
      row.owned = 1;
      const mute = muteSince(nodeAt(port.node), i, port) || quietSince(port);
      if (mute === 0) return 0;
      since = later(since, mute);
    } else if (port.formerMac === mac) since = later(since, port.macCause);
  }
  return since;
}

/**
 * What keeps a port from sending as it did: its node or the one at the other end of its line has no power, its unit of a pair is not active,
 * its line is closed at one end, or a node that forwards has no other port open. Of several the first counts: each suffices. 0: nothing.
 */
function muteSince(node: Node, index: u32, port: Port): u32 {
  let since = deadSince(port);
  if ((node.flags & L.NODE_HA_MEMBER) !== 0 && node.haActive === 0) since = first(since, node.gateCause);
  if (port.line !== <u32>L.NONE) since = first(since, deadSince(portAt(lineAt(port.line).to)));
  return since !== 0 || (node.flags & L.NODE_PASSES_ON) === 0 ? since : isolatedSince(node, index);
}

/**
 * Why an owner that can send is not learned: the switch it is plugged into inspects its ARP, or nobody asks it for answers any more; 0:
 * neither.
 */
function quietSince(port: Port): u32 {
  const inspected = port.line === <u32>L.NONE ? 0 : inspectedSince(portAt(lineAt(port.line).to));
  return inspected !== 0 ? inspected : port.unaskedSince;
}

/** The event since which a switch inspects ARP at a port; 0 where it does not. */
function inspectedSince(port: Port): u32 {
  const inspects = (nodeAt(port.node).flags & L.NODE_INSPECTS_ARP) !== 0 && (port.flags & L.PORT_TRUSTED) === 0;
  return inspects ? later(port.inspectionCause, port.trustCause) : 0;
}

/** The event that closed the last other way into a node that forwards what it receives there; 0 while one is open. */
function isolatedSince(node: Node, index: u32): u32 {
  let since: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (i === index || (port.flags & L.PORT_HA) !== 0) continue;
    const closed = closedSince(port);
    if (closed === 0) return 0;
    since = later(since, closed);
  }
  return since;
}

/** The event since which nothing passes a port: it is closed, or its node has no power; 0 where frames pass. */
function deadSince(port: Port): u32 {
  const node = nodeAt(port.node);
  return first(closedSince(port), node.power === 0 ? node.powerCause : 0);
}

function closedSince(port: Port): u32 {
  if ((port.flags & L.PORT_UP) === 0) return port.linkCause;
  return (port.flags & (L.PORT_BLOCKED | L.PORT_DISABLED)) !== 0 ? port.policyCause : 0;
}

/** The first of two events; 0 is none. */
function first(a: u32, b: u32): u32 {
  if (a === 0 || b === 0) return a | b;
  return min(a, b);
}
