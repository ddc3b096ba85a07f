/** The gate of a unit of an HA pair: only the active one takes and sends frames (rule HA-01). */
import { DROP_HA_NOT_ACTIVE } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { blameOf, dropInRun, runOf } from '../frame/frame';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { isDefined, later } from '../memory/origin';
import { Port } from '../memory/port';

/** Rule HA-01: only the active form forwards. HA ports are outside the gate. */
export function isGated(node: Node, port: Port): bool {
  return (node.flags & L.NODE_HA_MEMBER) !== 0 && node.haActive === 0 && (port.flags & L.PORT_HA) === 0;
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
