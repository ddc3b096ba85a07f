/**
 * Why a switch no longer knows where an address is: frames for it are flooded because of that.
 *
 * An entry was forgotten with its port, or by the host that had assigned its address, or it aged because its owner fell silent.
 *
 * To see why an owner is silent takes a look at every port of the lab. What was seen is kept in a table by address, and holds until
 * carrier, power, an address or a role changes: a flood of frames for one address looks once.
 *
 *   Silence ┌ 0 mac ┬ 8 changes + 1 when it was looked at ┬ 12 event ┐ × 256
 */
import { Buffer } from '../frame/buffer';
import { isGroup } from '../frame/ethernet';
import { FdbEntry, isForgotten } from '../frame/fdb';
import { becauseOf } from '../frame/frame';
import { lineAt } from '../frame/line';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header, SILENCE_BYTES, SILENCES_MAX } from '../memory/region';

@unmanaged
class Silence {
  mac: u64;
  seenAt: u32;
  since: u32;
}
if (offsetof<Silence>() > <usize>SILENCE_BYTES) ERROR('Silence does not fit its row');

/**
 * A frame goes the way of an unknown address. If the table has an expired entry for it, the frame exists for what made it expire; the
 * table may have thrown that entry out since.
 */
// inline
export function becauseUnknown(node: Node, buffer: Buffer, entry: FdbEntry, key: u64, mac: u64): void {
  if (entry.key === key) becauseOf(buffer, isForgotten(entry) ? entry.cause : silentSince(mac));
  else if (node.swept !== 0 && !isGroup(mac)) becauseOf(buffer, silentSince(mac));
}

/** The event since which nobody can send from an address; 0 where somebody can, or nothing that is known keeps them from it. */
function silentSince(mac: u64): u32 {
  const row = rowOf(mac);
  const seenAt = header().changes + 1;
  if (row.mac === mac && row.seenAt === seenAt) return row.since;
  row.mac = mac;
  row.seenAt = seenAt;
  row.since = searchSilence(mac);
  return row.since;
}

function rowOf(mac: u64): Silence {
  const slot = <u32>((mac * 0x9e3779b97f4a7c15) >> 40) & (SILENCES_MAX - 1);
  return changetype<Silence>(<usize>(header().silences + slot * SILENCE_BYTES));
}

/** All owners must be mute: one that can send leaves a way open. Of their silences the latest counts: it closed the last way. */
function searchSilence(mac: u64): u32 {
  let since: u32 = 0;
  for (let i: u32 = 0, end = header().portCount; i < end; i++) {
    const port = portAt(i);
    if (port.usedMac === mac) {
      const mute = muteSince(nodeAt(port.node), i, port);
      if (mute === 0) return 0;
      since = later(since, mute);
    } else if (port.formerMac === mac) since = later(since, port.macCause);
  }
  return since;
}

/**
 * What keeps a port from sending as it did: its node has no power, its unit of a pair is not active, its line is closed at one end, or a
 * node that forwards has no other port open. Of several the first counts: each suffices. 0: nothing.
 */
function muteSince(node: Node, index: u32, port: Port): u32 {
  let since = first(closedSince(port), node.power === 0 ? node.powerCause : 0);
  if ((node.flags & L.NODE_HA_MEMBER) !== 0 && node.haActive === 0) since = first(since, node.gateCause);
  if (port.line !== <u32>L.NONE) since = first(since, closedSince(portAt(lineAt(port.line).to)));
  return since !== 0 || (node.flags & L.NODE_PASSES_ON) === 0 ? since : isolatedSince(node, index);
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

function closedSince(port: Port): u32 {
  if ((port.flags & L.PORT_UP) === 0) return port.linkCause;
  return (port.flags & (L.PORT_BLOCKED | L.PORT_DISABLED)) !== 0 ? port.policyCause : 0;
}

/** The first of two events; 0 is none. */
function first(a: u32, b: u32): u32 {
  if (a === 0 || b === 0) return a | b;
  return min(a, b);
}
