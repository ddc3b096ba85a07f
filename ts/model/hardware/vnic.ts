/** Virtual NICs: what a hypervisor gives its guests (rules DRV-01, IOM-02). */
import type { Platform } from './platforms.ts';

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

/** The NIC a platform gives its guests where nobody asks for another. */
export function vnicOf(platform: Platform, accelerated: boolean): VnicModel {
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
