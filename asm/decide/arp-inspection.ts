/** Dynamic ARP inspection and the ARP rate limit of a switch port (rule DAI-01). */

import { DROP_ARP_INSPECTION, DROP_RATE_DISABLED } from '../../gen/asm/drop-reasons';
import { ARP_FRAME_BYTES, ARP_SENDER_IP, ARP_SENDER_MAC } from '../frame/arp';
import { Buffer, bytesOf } from '../frame/buffer';
import { ETHERTYPE_ARP, etherTypeOf, macAt } from '../frame/ethernet';
import { becauseOf, dropFrame } from '../frame/frame';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { later } from '../memory/origin';
import { Port } from '../memory/port';
import { header } from '../memory/region';
import { NANOS_PER_SECOND } from '../memory/slot';
import { bindingOf, isUnbound, Neighbour } from './neighbour-table';
import { disable } from './port-security';

/** Rule DAI-01 and the ARP rate of a port. False: dropped. Probes (sender address zero) claim nothing and pass. */
export function arpAccepted(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32): bool {
  const bytes = bytesOf(buffer);
  if (etherTypeOf(bytes) !== ETHERTYPE_ARP || buffer.length < ARP_FRAME_BYTES) return true;
  if (port.arpLimit !== 0 && !withinRate(port)) {
    disable(index, port, DROP_RATE_DISABLED, buffer);
    dropFrame(buffer, vlan, index, DROP_RATE_DISABLED, port.policyCause);
    return false;
  }
  const ip = bswap<u32>(load<u32>(bytes + ARP_SENDER_IP));
  if (ip === 0) return true;
  const mac = macAt(bytes + ARP_SENDER_MAC);
  const binding = bindingOf(node, ip);
  const bound = binding === null ? 0 : (<Neighbour>binding).cause;
  const isBound = binding !== null && !isUnbound(<Neighbour>binding) && (<Neighbour>binding).mac === mac;
  const inspects = (node.flags & L.NODE_INSPECTS_ARP) !== 0;
  const isTrusted = (port.flags & L.PORT_TRUSTED) !== 0;
  if (isBound || isTrusted || !inspects) {
    // Where one of the three alone lets it pass, it passes because of the event that made it so.
    if (inspects && !isTrusted) becauseOf(buffer, bound);
    else if (inspects && !isBound) becauseOf(buffer, port.trustCause);
    else if (!isBound && !isTrusted) becauseOf(buffer, port.inspectionCause);
    return true;
  }
  const cause = later(bound, later(port.trustCause, port.inspectionCause));
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
