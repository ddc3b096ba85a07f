/** Shape of what a lab file says of drivers: versions a firewall brings along, and what a VF's driver speaks. */
import { MAC_SLOTS } from '../../model/hardware/dpdk-mac-table.ts';
import { NATIVE_PROFILES } from '../../model/hardware/driver-matrix.ts';
import { MAILBOX_APIS, NEWEST_MAILBOX } from '../../model/hardware/nic.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

const pfVersions = (description: string, vfVersions: Readonly<Record<string, Schema>> = {}): Schema =>
  value.closed('versions by driver', description, {
    i40e: value.version('Of the 40G PF driver.'),
    ixgbe: value.version('Of the 10G PF driver.'),
    ice: value.version('Of the 100G PF driver.'),
    ...vfVersions,
  });

export const nativeDrivers: Schema = {
  ...value.closed('native drivers', 'Driver versions the firewall brings along (DRV-06): a profile, or a map that changes one.', {
    profile: value.word('a profile', 'What the map starts from. Default placeholder.', Object.keys(NATIVE_PROFILES)),
    'dpdk-release': value.version('Release of DPDK the firewall is built with; its guides name the PF drivers it was tested with.'),
    mmap: pfVersions('Native drivers in MMAP mode.', {
      ixgbevf: value.version('Of the 10G VF driver: some releases need a least PF driver on the host.'),
    }),
    dpdk: pfVersions('PF drivers that DPDK mode was tested with.'),
  }),
  title: `native drivers (${Object.keys(NATIVE_PROFILES).join(', ')}, or a map)`,
  type: ['string', 'object'],
  pattern: `^(${Object.keys(NATIVE_PROFILES)
    .map((name) => name.replaceAll('.', '\\.'))
    .join('|')})$`,
};

/** YAML reads a version without quotes as a number. */
export const mailboxApi: Schema = {
  title: `a version of the mailbox (${MAILBOX_APIS.join(', ')})`,
  description: `Of a guest on a VF of 10G: what its driver speaks (MBX-08); one that speaks 1.0 has one queue (RSS-03). Default ${NEWEST_MAILBOX}.`,
  enum: [...MAILBOX_APIS, ...MAILBOX_APIS.map(Number)],
};

/** Rule DPK-08: slot 0 is the address that the port uses. */
export const macs: Schema = value.list(
  'Further addresses of a DPDK port of a firewall (DPK-08); an empty list gives it a table that commands can fill. Default: no table.',
  value.unicastMac('An address.'),
  MAC_SLOTS.api - 1,
);
