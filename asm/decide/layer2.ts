/**
 * Layer-2 interfaces of a firewall (rule MODE-02): those of one VLAN object are a bridge. It learns from every frame, floods what it
 * does not know, and never mixes two objects; the table's key holds the object's number where that of a switch holds the VLAN.
 *
 * The frames' tag is the interface's own matter: an interface takes frames with its tag, or untagged ones if it has none, and they
 * leave by another with that one's. A subinterface has a tag, and takes its frames from its parent (subinterface.ts).
 */
import { DROP_NO_RECIPIENT, DROP_VLAN_MISMATCH } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf, retain } from '../frame/buffer';
import { destinationOf, isGroup, sourceOf } from '../frame/ethernet';
import { entryOf, fdbKey, fdbLearn, isLive } from '../frame/fdb';
import { becauseOf, dropFrame, endFan } from '../frame/frame';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { sendFrame } from './send';
import { becauseUnknown } from './silence';
import { enterSubinterface, NO_SUBINTERFACE, subinterfaceOf } from './subinterface';
import { taggedFor, vidOf } from './vlan';

/** Makes a port an interface of a VLAN object, numbered from 1. */
export function joinVlanObject(port: Port, object: u32): void {
  port.flags |= L.PORT_LAYER2;
  port.vlanObject = <u16>object;
}

/** One frame that a layer-2 interface received. */
export function bridgeFrame(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  if (vidOf(vlan) !== port.vlan || port.vlanObject === 0) {
    bridgeTagged(node, port, index, buffer, vlan);
    return;
  }
  const bytes = bytesOf(buffer);
  const keys = fdbKey(port.vlanObject, 0);
  const source = sourceOf(bytes);
  if (!isGroup(source)) fdbLearn(node, keys | source, index, buffer.cause);
  const destination = destinationOf(bytes);
  const entry = entryOf(node, keys | destination);
  if (isGroup(destination) || !isLive(entry, keys | destination)) {
    becauseUnknown(node, buffer, entry, keys | destination, destination);
    flood(node, port, index, buffer, vlan);
    return;
  }
  const out = entry.port;
  if (out === index) {
    dropFrame(buffer, vlan, index, DROP_NO_RECIPIENT, later(entry.cause, buffer.cause));
    return;
  }
  becauseOf(buffer, entry.cause);
  sendFrame(out, buffer, taggedFor(true, portAt(out).vlan, vlan));
}

/** A frame that the interface does not bridge itself: the subinterface of its tag does, if there is one. */
function bridgeTagged(node: Node, port: Port, index: u32, buffer: Buffer, vlan: u32): void {
  const sub = vidOf(vlan) === port.vlan ? NO_SUBINTERFACE : subinterfaceOf(index, vidOf(vlan));
  if (sub === NO_SUBINTERFACE) {
    dropFrame(buffer, vlan, index, DROP_VLAN_MISMATCH, 1);
    return;
  }
  if (enterSubinterface(sub, buffer, vlan)) bridgeFrame(node, portAt(sub), sub, buffer, vlan);
}

function flood(node: Node, from: Port, index: u32, buffer: Buffer, vlan: u32): void {
  let recipients: u32 = 0;
  let blame: u32 = 0;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    if (i === index || port.vlanObject !== from.vlanObject) continue;
    blame = later(blame, port.linkCause);
    if ((port.flags & L.PORT_UP) === 0) continue;
    retain(buffer);
    sendFrame(i, buffer, taggedFor(true, port.vlan, vlan));
    recipients++;
  }
  endFan(buffer, vlan, index, recipients, DROP_NO_RECIPIENT, blame);
}
