/**
 * The fabric of a cloud, as guests see it (rule HA-22): it knows by its API which interface has which MAC and which address, and learns nothing
 * from frames. Gratuitous ARP is ignored, nothing is flooded.
 *
 * Decision someone may dispute: a question for an address goes to the interface that has it by the API, which answers. A real fabric answers
 * itself, also for a guest that is down.
 */
import {
  DROP_FABRIC_BROADCAST,
  DROP_FABRIC_GRATUITOUS,
  DROP_FABRIC_SOURCE,
  DROP_FABRIC_UNKNOWN,
  DROP_VLAN_MISMATCH,
} from '../../gen/asm/drop-reasons';
import { ARP_FRAME_BYTES, ARP_OPERATION, ARP_SENDER_IP, ARP_TARGET_IP } from '../frame/arp';
import { Buffer, bytesOf } from '../frame/buffer';
import { destinationOf, ETHERTYPE_ARP, etherTypeOf, isGroup, sourceOf } from '../frame/ethernet';
import { FdbEntry, fdbFind, fdbKey } from '../frame/fdb';
import { becauseOf, dropFrame } from '../frame/frame';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port } from '../memory/port';
import { bindingOf, isUnbound, Neighbour } from './neighbour-table';
import { sendFrame } from './send';
import { vidOf } from './vlan';

const REQUEST: u16 = 1;

/** One frame that a port of a fabric received. */
export function forwardFabric(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32): void {
  const bytes = bytesOf(buffer);
  if (vidOf(vlan) !== 0) {
    dropFrame(buffer, vlan, index, DROP_VLAN_MISMATCH, 1);
    return;
  }
  if (sourceOf(bytes) !== port.effectiveMac) {
    dropFrame(buffer, vlan, index, DROP_FABRIC_SOURCE, port.macCause);
    return;
  }
  const destination = destinationOf(bytes);
  if (etherTypeOf(bytes) === ETHERTYPE_ARP && buffer.length >= ARP_FRAME_BYTES) resolve(node, index, buffer, vlan, destination);
  else if (isGroup(destination)) dropFrame(buffer, vlan, index, DROP_FABRIC_BROADCAST, 1);
  else deliver(node, index, buffer, vlan, destination, 1);
}

/** Questions go to who has the address, answers to who asked; what tells everybody is ignored. */
function resolve(node: Node, index: u32, buffer: Buffer, vlan: u32, destination: u64): void {
  const bytes = bytesOf(buffer);
  const target = bswap<u32>(load<u32>(bytes + ARP_TARGET_IP));
  const isQuestion = bswap<u16>(load<u16>(bytes + ARP_OPERATION)) === REQUEST;
  const isGratuitous = bswap<u32>(load<u32>(bytes + ARP_SENDER_IP)) === target;
  if (isGratuitous || (!isQuestion && isGroup(destination))) {
    dropFrame(buffer, vlan, index, DROP_FABRIC_GRATUITOUS, 1);
    return;
  }
  if (!isQuestion) {
    deliver(node, index, buffer, vlan, destination, 1);
    return;
  }
  const binding = bindingOf(node, target);
  const known = binding === null ? 1 : (<Neighbour>binding).cause;
  const mac: u64 = binding === null || isUnbound(<Neighbour>binding) ? 0 : (<Neighbour>binding).mac;
  deliver(node, index, buffer, vlan, mac, known);
}

/** @param known the event that told the fabric of the address. */
function deliver(node: Node, index: u32, buffer: Buffer, vlan: u32, mac: u64, known: u32): void {
  const entry = fdbFind(node, fdbKey(0, mac));
  if (entry === null || (<FdbEntry>entry).port === index) {
    dropFrame(buffer, vlan, index, DROP_FABRIC_UNKNOWN, entry === null ? known : later(known, (<FdbEntry>entry).cause));
    return;
  }
  becauseOf(buffer, known);
  becauseOf(buffer, (<FdbEntry>entry).cause);
  sendFrame((<FdbEntry>entry).port, buffer, vlan);
}
