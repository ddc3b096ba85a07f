/**
 * Which driver versions go with which release (rule DRV-06): data, each table with its origin. Rules never name a version.
 *
 * Decision someone may dispute: the table of the firewall's own vendor was not to be had. The default profile is a placeholder, shaped
 * like public driver releases; only the order of its versions matters. A lab that knows better says so with `native-drivers`.
 */
import { compareParts, isEarlier, versionParts } from './driver-version.ts';
import { PF_DRIVERS, type PfDriver } from './nic.ts';
import type { PacketIoMode } from './packet-io.ts';

/** What a firewall's software brings along. A version it does not state is absent. */
export interface NativeDrivers {
  /** Release of the DPDK it is built with; '' where it does not state it. */
  readonly dpdkRelease: string;
  /** Versions of the kernel's drivers, for MMAP mode. */
  readonly mmap: Readonly<Record<string, string>>;
  /** The PF driver that the DPDK release was tested with, for DPDK mode. */
  readonly dpdk: Readonly<Partial<Record<PfDriver, string>>>;
}

/**
 * Kernel drivers each DPDK release was tested with. i40e: DPDK's i40e guide, editions 20.11, 21.11 and of July 2026. They disagree on
 * 20.11 (2.13.10 in its own edition) and 19.08 (2.9.21 in edition 19.11); later editions are followed. ixgbe and ice: editions of July 2026.
 */
export const DPDK_TESTED_WITH: Readonly<Record<PfDriver, Readonly<Record<string, string>>>> = {
  i40e: {
    '26.07': '2.30.18',
    '26.03': '2.28.16',
    '25.11': '2.28.13',
    '24.11': '2.26.8',
    '23.11': '2.23.17',
    '22.11': '2.20.12',
    '21.02': '2.14.13',
    '20.11': '2.14.13',
    '20.08': '2.12.6',
    '20.05': '2.11.27',
    '20.02': '2.10.19',
    '19.11': '2.9.21',
    '19.08': '2.8.43',
    '19.05': '2.7.29',
    '19.02': '2.7.26',
    '18.11': '2.4.6',
    '18.08': '2.4.6',
    '18.05': '2.4.6',
    '18.02': '2.4.3',
    '17.11': '2.1.26',
    '17.08': '2.0.19',
    '17.05': '1.5.23',
    '17.02': '1.5.23',
    '16.11': '1.5.23',
    '16.07': '1.4.25',
    '16.04': '1.4.25',
  },
  ixgbe: { '26.07': '6.4.4', '26.03': '6.3.4', '25.11': '6.2.5' },
  ice: { '26.07': '2.6.6', '26.03': '2.4.5', '25.11': '2.3.14', '24.11': '1.15.4', '23.11': '1.13.7', '22.11': '1.10.1' },
};

/**
 * The least ixgbe on the host that a release of the kernel's VF driver asks for, the oldest first: the readme of each release (July and
 * September 2013). Readmes of later releases name none.
 *
 * Decision someone may dispute: a later release needs at least what an earlier one asked for.
 */
const IXGBEVF_NEEDS: readonly (readonly [ixgbevf: string, leastIxgbe: string])[] = [
  ['2.10.3', '3.14.5'],
  ['2.11.3', '3.18.7'],
];

/** The DPDK release each Open vSwitch release is built with: OVS's release table, July 2026 (rule HST-08). */
export const OVS_BUILT_WITH: Readonly<Record<string, string>> = {
  '2.2': '1.6',
  '2.4': '2.0',
  '2.5': '2.2',
  '2.6': '16.07.2',
  '2.7': '16.11.9',
  '2.8': '17.05.2',
  '2.9': '17.11.10',
  '2.10': '17.11.10',
  '2.11': '18.11.9',
  '2.12': '18.11.9',
  '2.13': '19.11.13',
  '2.14': '19.11.13',
  '2.15': '20.11.6',
  '2.16': '20.11.6',
  '2.17': '21.11.9',
  '3.0': '21.11.9',
  '3.1': '22.11.7',
  '3.2': '22.11.7',
  '3.3': '23.11.7',
  '3.4': '23.11.7',
  '3.5': '24.11.6',
  '3.6': '24.11.6',
  '3.7': '25.11.2',
  '4.0': '25.11.2',
};

const PLACEHOLDER_DPDK = '20.11';

/** Profiles of `native-drivers`. */
export const NATIVE_PROFILES = {
  /** Placeholders: see the head of this file. ixgbe has no reference of that DPDK release. */
  placeholder: {
    dpdkRelease: PLACEHOLDER_DPDK,
    mmap: { i40e: '2.13.10', i40evf: '3.6.15', ixgbe: '5.3.7', ixgbevf: '4.3.5', mlx5: '4.6-1.0.1' },
    dpdk: referencesOf(PLACEHOLDER_DPDK),
  },
  /** Published by another vendor of virtual firewalls for its release 7.0.13; it states nothing for DPDK. */
  'other-vendor-7.0.13': {
    dpdkRelease: '',
    mmap: {
      i40e: '2.15.9',
      i40evf: '3.6.15',
      ixgbe: '5.6.5',
      ixgbevf: '4.6.3',
      iavf: '4.1.1',
      mlx5: '4.6-1.0.1',
      vmxnet3: '1.4.a.0-k',
    },
    dpdk: {},
  },
  /** The same vendor's release 7.4.5, whose VF driver for 40G is iavf. */
  'other-vendor-7.4.5': {
    dpdkRelease: '',
    mmap: {
      i40e: '2.12.6',
      i40evf: '4.5.3',
      ixgbe: '5.3.7',
      ixgbevf: '4.3.5',
      ice: '1.9.11',
      iavf: '4.5.3',
      mlx5: '5.8-1.1.2',
      vmxnet3: '1.4.16.0-k',
    },
    dpdk: {},
  },
} as const satisfies Readonly<Record<string, NativeDrivers>>;

export type NativeProfile = keyof typeof NATIVE_PROFILES;
export const DEFAULT_PROFILE: NativeProfile = 'placeholder';

/** PF drivers that a DPDK release was tested with, as far as its guides say. */
export function referencesOf(dpdkRelease: string): Partial<Record<PfDriver, string>> {
  return Object.fromEntries(
    PF_DRIVERS.flatMap((driver) => {
      const table = DPDK_TESTED_WITH[driver];
      return Object.hasOwn(table, dpdkRelease) ? [[driver, table[dpdkRelease] ?? '']] : [];
    }),
  );
}

/** Version of a guest's driver as it runs in a mode (rule DRV-01): a kernel driver's own, or its DPDK's; '' where it is not stated. */
export function boundVersion(native: NativeDrivers, driver: string, mode: PacketIoMode): string {
  if (mode === 'dpdk') return native.dpdkRelease === '' ? '' : `DPDK ${native.dpdkRelease}`;
  return Object.hasOwn(native.mmap, driver) ? (native.mmap[driver] ?? '') : '';
}

/** Version that a host's PF driver must be later than (rules DRV-02, DRV-05); '' where it is not stated. */
export function nativePfVersion(native: NativeDrivers, driver: PfDriver, mode: PacketIoMode): string {
  return (mode === 'dpdk' ? native.dpdk[driver] : native.mmap[driver]) ?? '';
}

/** The least version of the host's PF driver that a version of ixgbevf works with (rule DRV-06); '' where none is stated. */
export function leastPfOf(ixgbevf: string): string {
  const needed = IXGBEVF_NEEDS.findLast(([release]) => !isEarlier(ixgbevf, release));
  return versionParts(ixgbevf) === null || needed === undefined ? '' : needed[1];
}

/** Rule HST-08: whether an OVS release is built with a DPDK release. A release is its first two numbers; later ones are fixes. */
export function isSupportedPair(ovs: string, dpdk: string): boolean {
  const builtWith = Object.hasOwn(OVS_BUILT_WITH, releaseOf(ovs)) ? OVS_BUILT_WITH[releaseOf(ovs)] : undefined;
  return builtWith !== undefined && releaseOf(builtWith) === releaseOf(dpdk);
}

/** "2.17.9" is of release 2.17. */
export function releaseOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** Rule VCH-10: events of the malicious-driver detection that an older PF driver of 40G lets pass (I40E_DEFAULT_NUM_MDD_EVENTS_ALLOWED). */
const MDD_EVENTS_ALLOWED = 3;

/**
 * The first i40e that tolerates none: "i40e: Fix for allowing too many MDD events on VF" (May 2019) came into the kernel together with
 * this version number.
 */
const FIRST_WITHOUT_TOLERANCE = [2, 8, 20] as const;

/** How many such events the PF's driver tolerates of a VF. The kernel's own driver (no version) is a new one. */
export function mddTolerance(driver: PfDriver, driverVersion: string | undefined): number {
  if (driver !== 'i40e') return 0;
  const parts = driverVersion === undefined ? null : versionParts(driverVersion);
  return parts !== null && compareParts(parts, FIRST_WITHOUT_TOLERANCE) < 0 ? MDD_EVENTS_ALLOWED : 0;
}
