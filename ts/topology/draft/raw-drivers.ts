/** What a lab file writes about NICs and their drivers (raw.ts). */
import type { NativeProfile } from '../../model/hardware/driver-matrix.ts';

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

export type RawNativeDrivers = Optional<{
  profile: NativeProfile;
  'dpdk-release': string;
  mmap: Optional<{ i40e: string; ixgbe: string; ice: string; ixgbevf: string }>;
  dpdk: Optional<{ i40e: string; ixgbe: string; ice: string }>;
}>;

/** Of an interface: what it says of its driver. */
export type RawDevice = Optional<{
  /** YAML reads 1.2 as a number, and 1.0 as 1. */
  'mailbox-api': string | number;
  macs: readonly (string | undefined)[];
}>;

/** Of a NIC. */
export type RawBus = Optional<{ rate: string | number; queue: string | number; switch: string | number }>;
