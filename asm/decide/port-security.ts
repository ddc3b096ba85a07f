/** Port security: how many addresses a switch port may learn, and the port that shuts down. */
import { DROP_PORT_SECURITY } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { FdbEntry, fdbFind, fdbForgetAged, fdbLearn } from '../frame/fdb';
import { blameOf, dropFrame } from '../frame/frame';
import { puntDisabled } from '../frame/punt';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { Port } from '../memory/port';

/** Learns a source address behind a port with a limit. False when port security dropped the frame. */
export function learnWithin(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32, key: u64): bool {
  const known = fdbFind(node, key);
  const here = known !== null && (<FdbEntry>known).port === index;
  if (!here && port.learnCount >= port.learnLimit && !fdbForgetAged(node, port)) {
    if ((port.flags & L.PORT_SHUTS_DOWN) !== 0) disable(index, port, DROP_PORT_SECURITY, buffer);
    dropFrame(buffer, vlan, index, DROP_PORT_SECURITY, port.policyCause);
    return false;
  }
  fdbLearn(node, key, index, buffer.cause);
  return true;
}

/**
 * Shuts a port down and reports it to the agent, which records an event. Where the limit is as the lab was defined, the event that
 * the frame exists for made the difference.
 */
export function disable(index: u32, port: Port, reason: u32, buffer: Buffer): void {
  port.flags |= L.PORT_DISABLED;
  puntDisabled(index, reason, blameOf(port.policyCause, buffer.cause));
}
