/**
 * Which driver a guest's interface has (rule DRV-01). It follows from what the interface is linked to: a PF is passed through, a VF is
 * driven by a VF driver, anything else is a paravirtual or emulated NIC of the hypervisor.
 */

import { pfDriver, vfDriver } from '../hardware/nic.ts';
import { OWN_VNIC, type VirtualNic, vnicOf } from '../hardware/vnic.ts';
import type { GuestAttachment } from './attachments.ts';

/** The driver of an attachment: `vnic` matters only where the hypervisor makes the NIC up. */
export function guestDriver(attachment: GuestAttachment, vnic: VirtualNic = OWN_VNIC): string {
  if (attachment.kind === 'vswitch') return vnic.model ?? vnicOf(attachment.platform, vnic.accelerated);
  const { model } = attachment.nic;
  return attachment.kind === 'sriov' ? vfDriver(model) : pfDriver(model);
}
