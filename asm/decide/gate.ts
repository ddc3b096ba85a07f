/** The gate of a unit of an HA pair: only the active one takes and sends frames (rule HA-01). */
import { DROP_HA_NOT_ACTIVE, DROP_POOL_EXHAUSTED } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { blameOf, dropFrame, dropInRun, ownFrame, runOf } from '../frame/frame';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { isDefined, later } from '../memory/origin';
import { Port } from '../memory/port';

/** Rule HA-01: of a unit of a pair, only the active form forwards. HA ports are outside the gate. */
export function isGated(unit: Node, port: Port): bool {
  return unit.haActive === 0 && (port.flags & L.PORT_HA) === 0;
}

/**
 * What a packet needs before it leaves a node: an open gate at its way out, and bytes of its own. Null: it came to its end.
 * @param index the interface it counts as dropped at where it cannot be copied.
 */
export function cleared(node: Node, via: u32, out: Port, index: u32, buffer: Buffer): Buffer | null {
  if ((node.flags & L.NODE_HA_MEMBER) !== 0) {
    if (isGated(node, out)) {
      dropGated(node, via, buffer, 0);
      return null;
    }
  }
  const owned = ownFrame(buffer);
  if (owned === null) dropFrame(buffer, 0, index, DROP_POOL_EXHAUSTED, 0);
  return owned;
}

/** Whether nothing of this is to be asked, as of nearly every packet: no pair, and nobody else holds the frame. */
// inline
export function isClear(node: Node, buffer: Buffer): bool {
  return ((node.flags & L.NODE_HA_MEMBER) | (buffer.refs ^ 1)) === 0;
}

/**
 * The event since which a port's frames are looked at: the one that made a unit of a pair active, if it happened. Asked before a drop,
 * and where an agent is handed a frame for a group.
 */
export function takesSince(node: Node, port: Port): u32 {
  const isBehindGate = (node.flags & L.NODE_HA_MEMBER) !== 0 && (port.flags & L.PORT_HA) === 0;
  return isBehindGate && !isDefined(node.gateCause) ? node.gateCause : 1;
}

/** A unit drops because of the event that closed it for frames. Each state of it begins a run. */
export function dropGated(node: Node, index: u32, buffer: Buffer, vlan: u32): void {
  dropInRun(buffer, vlan, index, DROP_HA_NOT_ACTIVE, runOf(buffer, node.haCause), blameOf(node.gateCause, buffer.cause));
}

/** The gate, the routes or the addresses of a node changed: what it forwards from now on, it forwards because of that. */
export function noteForwarding(node: Node): void {
  node.forwardsSince = later(node.gateCause, node.routeCause);
}
