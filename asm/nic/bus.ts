/**
 * The bus of a NIC and its embedded switch, where the lab says what they take (rule COST-07).
 *
 * A frame crosses the bus on its way from a guest into the NIC and on its way out to a guest: twice from VF to VF, once from or to the wire.
 * All functions share it. The switch takes its time of each frame, and works on many at once. What a frame has waited for since its event
 * began is `aheadNs`, as with a core; the line does not start earlier.
 *
 * Decision someone may dispute: the bytes of a frame cross, without headers of the bus; and both directions of the bus are one.
 */
import { DROP_QUEUE_FULL } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import { Node } from '../memory/node';
import { header } from '../memory/region';
import { Nic, nicOf } from './nic';

/** What a NIC with NIC_BUS needs. @param queueNs how long a frame may wait for the bus. */
export function shapeBus(nic: Nic, psPerByte: u64, queueNs: u64, switchNs: u32): void {
  nic.busPsPerByte = psPerByte;
  nic.busQueueNs = queueNs;
  nic.switchNs = switchNs;
}

/** A frame comes into a NIC. False: it was dropped. `index` is the port it came by. */
export function entersNic(node: Node, fromGuest: bool, index: u32, buffer: Buffer, vlan: u32): bool {
  const nic = nicOf(node);
  if (fromGuest) return crossBus(nic, index, buffer, vlan, false);
  // At least a nanosecond: that marks a frame in a NIC with a bus.
  header().aheadNs = max<u64>(nic.switchNs, 1);
  return true;
}

/** A frame leaves for a guest. False: it was dropped. `index` is the port of its function. */
export function leavesNic(node: Node, index: u32, buffer: Buffer, vlan: u32): bool {
  return crossBus(nicOf(node), index, buffer, vlan, true);
}

/** @param again of a frame that was let onto the bus already: its own crossing does not count against it. */
function crossBus(nic: Nic, index: u32, buffer: Buffer, vlan: u32, again: bool): bool {
  const head = header();
  const now = head.nowNs;
  const freeNs = nic.busFreeNs;
  const startNs = max(freeNs, now);
  const ps = (freeNs >= now ? <u64>nic.busFreePs : 0) + <u64>buffer.length * nic.busPsPerByte;
  if (startNs - now > nic.busQueueNs + (again ? ps / 1000 + 1 : 0)) {
    dropFrame(buffer, vlan, index, DROP_QUEUE_FULL, 1);
    return false;
  }
  nic.busFreeNs = startNs + ps / 1000;
  nic.busFreePs = <u32>(ps % 1000);
  head.aheadNs = max<u64>(nic.busFreeNs - now + nic.switchNs, 1);
  return true;
}
