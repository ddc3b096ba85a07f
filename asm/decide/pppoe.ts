/**
 * Sessions of PPPoE in the data plane (rules LEASE-06, LEASE-07): a session is known by both MACs and its number. What its ends say to each other
 * is the agents' matter (ts/engine/agents/leases); only packets of open sessions pass here.
 *
 * A session has two entries in its node's neighbour table: by the address of the other end, for what is sent to it, and by the number of the
 * session (SESSION_KEY), for what comes from it. So neither way costs a scan, and a frame outside sessions pays nothing.
 */
import { DROP_POOL_EXHAUSTED, DROP_PPPOE_SESSION } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import { sourceOf } from '../frame/ethernet';
import { becauseOf, dropFrame, ownFrame } from '../frame/frame';
import { holdsPacket, sessionOf, unwrap } from '../frame/pppoe';
import { puntFrame } from '../frame/punt';
import { Node, nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';
import { removeNeighbour, setNeighbour } from './neighbour';
import { closeHole, IN_SESSION, neighbourSlot, RESOLVED, slotOf } from './neighbour-table';

/** In an entry's `port`: `ip` is the number of a session, never an address. */
export const SESSION_KEY: u32 = 0x40000000;

/**
 * A frame of PPPoE reached an interface: returns the packet that it carries. Null where it carries none, and goes to the agent, or where it
 * is of no session that is open between these two MACs, and is dropped.
 */
export function packetIn(node: Node, port: Port, index: u32, buffer: Buffer, cause: u32): Buffer | null {
  if (!holdsPacket(buffer)) {
    puntFrame(index, buffer, 0, cause);
    return null;
  }
  const entry = neighbourSlot(node, slotOf(node, index | SESSION_KEY, sessionOf(buffer)));
  if (entry.state !== IN_SESSION || entry.mac !== sourceOf(bytesOf(buffer))) {
    dropFrame(buffer, 0, index, DROP_PPPOE_SESSION, max(port.trustCause, 1));
    return null;
  }
  const owned = ownFrame(buffer);
  if (owned === null) {
    dropFrame(buffer, 0, index, DROP_POOL_EXHAUSTED, 0);
    return null;
  }
  becauseOf(<Buffer>owned, entry.sentFor);
  unwrap(<Buffer>owned);
  return owned;
}

/**
 * A session is open with the station that has a MAC and, in the session, an address. False without room for it.
 * @param origin the event that caused the one at `cause`.
 */
export function openSession(index: u32, session: u32, ip: u32, mac: u64, cause: u32, origin: u32): bool {
  const node = nodeAt(portAt(index).node);
  const before = neighbourSlot(node, slotOf(node, index, ip));
  if (before.state === IN_SESSION) closeSession(index, before.session, ip, cause);
  // Frames that wait for an answer to ARP are none of the session's.
  else removeNeighbour(index, ip, 0, 0, cause);
  if (!setNeighbour(index, ip, 0, 0, mac, cause, origin)) return false;
  const entry = neighbourSlot(node, slotOf(node, index, ip));
  entry.state = IN_SESSION;
  entry.session = <u16>session;
  if (node.neighbourCount * 2 >= node.neighbourSlots) return false;
  const key = neighbourSlot(node, slotOf(node, index | SESSION_KEY, session));
  node.neighbourCount++;
  key.ip = session;
  key.port = index | SESSION_KEY;
  key.state = IN_SESSION;
  key.mac = mac;
  key.cause = cause;
  key.sentFor = entry.sentFor;
  return true;
}

/** The session is over: packets for the other end have no neighbour, and what still comes from it is dropped because of the event at `cause`. */
export function closeSession(index: u32, session: u32, ip: u32, cause: u32): void {
  const node = nodeAt(portAt(index).node);
  const entry = neighbourSlot(node, slotOf(node, index, ip));
  if (entry.state === IN_SESSION && entry.session === session) {
    entry.state = RESOLVED;
    removeNeighbour(index, ip, 0, 0, cause);
  }
  const slot = slotOf(node, index | SESSION_KEY, session);
  if (neighbourSlot(node, slot).state === IN_SESSION) {
    node.neighbourCount--;
    closeHole(node, slot);
  }
  portAt(index).trustCause = cause;
}
