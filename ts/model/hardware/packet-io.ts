/**
 * How a firewall moves its frames: by DPDK, which polls, or by packet sockets (PacketMMAP), which the kernel feeds. One mode for the
 * whole device (rules IOM-01 to IOM-03).
 *
 * Decision someone may dispute: that one NIC without a poll driver takes the device out of DPDK is documented for Azure; here it is so on
 * every platform (IOM-02).
 */
import type { Platform } from './platforms.ts';

export const PACKET_IO_MODES = ['dpdk', 'mmap'] as const;
export type PacketIoMode = (typeof PACKET_IO_MODES)[number];

/** How a pair of firewalls takes its addresses along in AWS (rule IOM-03). */
export const HA_MODES = ['interface-move', 'secondary-ip'] as const;
export type HaMode = (typeof HA_MODES)[number];

/** Why a device does not run DPDK; '' where it does. */
export type PacketIoReason = '' | 'setting-off' | 'ha-interface-move' | 'accelerated-networking-off' | 'nic-without-poll-driver';

/** A dataplane or HA interface, as the choice of the mode sees it. */
export interface PacketIoNic {
  readonly interface: string;
  /** The guest's driver, such as "i40evf" (rule DRV-01). */
  readonly driver: string;
}

export interface PacketIoChoice {
  readonly mode: PacketIoMode;
  readonly reason: PacketIoReason;
  /** The first interface that forbids DPDK; '' where none does. */
  readonly interface: string;
}

/** Drivers the firewall's DPDK has no poll driver for: NICs that a hypervisor emulates, and Azure's without acceleration. */
export const DRIVERS_WITHOUT_POLLING: readonly string[] = ['e1000', 'e1000e', 'rtl8139', 'synthetic'];

/** The mode a device runs after its next start. `nics` are in the order of the lab; the first that forbids DPDK is named. */
export function selectPacketIo(
  setting: PacketIoMode,
  platform: Platform,
  haMode: HaMode | null,
  nics: readonly PacketIoNic[],
): PacketIoChoice {
  if (setting === 'mmap') return { mode: 'mmap', reason: 'setting-off', interface: '' };
  if (platform === 'aws' && haMode === 'interface-move') return { mode: 'mmap', reason: 'ha-interface-move', interface: '' };
  const without = nics.find(({ driver }) => DRIVERS_WITHOUT_POLLING.includes(driver));
  if (without === undefined) return { mode: 'dpdk', reason: '', interface: '' };
  const reason = platform === 'azure' && without.driver === 'synthetic' ? 'accelerated-networking-off' : 'nic-without-poll-driver';
  return { mode: 'mmap', reason, interface: without.interface };
}
