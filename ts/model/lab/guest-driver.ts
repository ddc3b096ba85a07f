/**
 * Which driver a guest's interface has (rule DRV-01). It follows from what the interface is linked to: a PF is passed through, a VF is
 * driven by a VF driver, anything else is a paravirtual or emulated NIC of the hypervisor.
 */

import { familyOf, type NicModel } from '../hardware/nic.ts';
import { type Endpoint, endpointOf, type LabInterface, type Nic, type Platform } from './lab.ts';
import { interfaceAt, type LabIndex, nodeNamed } from './lab-index.ts';

/** NICs a hypervisor makes up for its guests: paravirtual, emulated, and those of clouds. */
export const VNIC_MODELS = ['virtio', 'vmxnet3', 'netvsc', 'ena', 'mlx5', 'synthetic', 'e1000', 'e1000e', 'rtl8139'] as const;
export type VnicModel = (typeof VNIC_MODELS)[number];

/** What the file, or a plug, says of an interface's virtual NIC. */
export interface VirtualNic {
  /** Null for the platform's own. */
  readonly model: VnicModel | null;
  /** Azure: accelerated networking (rule IOM-02). */
  readonly accelerated: boolean;
}

export const OWN_VNIC: VirtualNic = { model: null, accelerated: true };

/** A device of the host that a guest has: the PF of a NIC, or one of its VFs. */
export interface DeviceAttachment {
  readonly kind: 'passthrough' | 'sriov';
  readonly nic: Nic;
  readonly device: Endpoint;
}

export type GuestAttachment = DeviceAttachment | { readonly kind: 'vswitch'; readonly platform: Platform };

/** How an interface of a guest is attached. A firewall says on which hypervisor it runs; any other guest counts as one on KVM. */
export function attachmentOf(index: LabIndex, iface: LabInterface): GuestAttachment {
  const device = index.peers.get(endpointOf(iface)) ?? '';
  const nic = nodeNamed(index, interfaceAt(index, device)?.node ?? '');
  const mode = interfaceAt(index, device)?.mode;
  if (nic?.kind === 'nic' && mode === 'pf') return { kind: 'passthrough', nic, device };
  if (nic?.kind === 'nic' && mode === 'vf') return { kind: 'sriov', nic, device };
  return { kind: 'vswitch', platform: platformOf(index, iface.node) };
}

export function platformOf(index: LabIndex, guest: string): Platform {
  const node = nodeNamed(index, guest);
  const host = node !== undefined && 'on' in node && node.on !== null ? nodeNamed(index, node.on) : undefined;
  return host?.kind === 'hypervisor' ? host.platform : 'kvm';
}

/** Driver of a NIC's PF, on the host and in a guest it is passed through to. */
export function pfDriver(model: NicModel): 'ixgbe' | 'i40e' {
  return familyOf(model) === '10g' ? 'ixgbe' : 'i40e';
}

/** The driver of an attachment: `vnic` matters only where the hypervisor makes the NIC up. */
export function guestDriver(attachment: GuestAttachment, vnic: VirtualNic = OWN_VNIC): string {
  if (attachment.kind === 'vswitch') return vnic.model ?? vnicOf(attachment.platform, vnic.accelerated);
  const driver = pfDriver(attachment.nic.model);
  return attachment.kind === 'sriov' ? `${driver}vf` : driver;
}

/** The NIC a platform gives its guests where nobody asks for another. */
function vnicOf(platform: Platform, accelerated: boolean): VnicModel {
  switch (platform) {
    case 'esxi':
    case 'nsx':
      return 'vmxnet3';
    case 'hyperv':
      return 'netvsc';
    case 'aws':
      return 'ena';
    case 'azure':
      return accelerated ? 'mlx5' : 'synthetic';
    case 'kvm':
    case 'gcp':
    case 'oci':
      return 'virtio';
    default:
      return platform satisfies never;
  }
}
