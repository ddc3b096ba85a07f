/** A firewall's packet I/O, its virtual NICs, and the devices of a host. */

import { PACKET_IO_MODES } from '../../hardware/packet-io.ts';
import { VNIC_MODELS, type VnicModel } from '../../hardware/vnic.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { type CommandOf, command, commandOf, family, optional, value, word } from '../grammar.ts';
import { endpoint, node, ON_OFF, oneOf } from '../values.ts';

const GUEST_NIC = endpoint('FIREWALL:INTERFACE');
const DEVICE = endpoint('NIC:pf|NIC:vfN');

const packetIo = command({
  verb: 'packet-io',
  grammar: [word('packet-io'), value('node', node('FIREWALL')), value('setting', oneOf(...PACKET_IO_MODES))],
  kinds: ['firewall'],
  help: 'Sets the packet I/O mode (IOM-04).',
  doc: ['`PacketIoSettingChanged`. The running mode changes only when the firewall starts again.'],
  examples: ['packet-io fw1 mmap'],
});

const unplug = command({
  verb: 'unplug',
  grammar: [word('unplug'), value('endpoint', GUEST_NIC)],
  kinds: ['firewall'],
  help: 'The hypervisor removes a virtual NIC, for example for maintenance.',
  doc: ['`VnicUnplugged`, and the cable loses its carrier. Use `release` to take back a PF or VF.'],
  examples: ['unplug fw1:eth2'],
});

interface Plug {
  readonly model: VnicModel;
  readonly accelerated: boolean;
}

const plug = commandOf(
  {
    verb: 'plug',
    grammar: [
      word('plug'),
      value('endpoint', GUEST_NIC),
      optional<Plug>({
        nic: { field: 'model', value: oneOf(...VNIC_MODELS) },
        accelerated: { field: 'accelerated', value: ON_OFF },
      }),
    ],
    kinds: ['firewall'],
    help: "The hypervisor adds a removed virtual NIC again, with the platform's own model unless the command names another.",
    doc: [
      '`VnicPlugged`, and the cable gets carrier. In Azure the NIC is accelerated only with `accelerated on` (IOM-02). A running',
      'firewall binds a driver, `DriverBound`. If the NIC has no poll driver, the whole firewall switches to MMAP,',
      '`PacketIoModeSelected`, and binds every driver again.',
    ],
    examples: ['plug fw1:eth2', 'plug fw1:eth2 nic e1000', 'plug fw1:eth2 accelerated on'],
  },
  (read): { readonly endpoint: Endpoint; readonly model: VnicModel | null; readonly accelerated: boolean | null } => ({
    endpoint: read.endpoint,
    model: read.model ?? null,
    accelerated: read.accelerated ?? null,
  }),
);

const assign = command({
  verb: 'assign',
  grammar: [word('assign'), value('device', DEVICE), value('guest', endpoint('GUEST:INTERFACE'))],
  kinds: ['nic'],
  help: 'Gives a guest a device that the file links to it or reserves for it (PCI-01).',
  doc: [
    '`DeviceAssigned`. The host loses the device: a switch that used it as uplink loses carrier there. The driver of the guest starts,',
    '`DriverBound`, for a VF also `DriverCompatChecked` (DRV-02). With a PF, the guest uses the permanent MAC of the PF,',
    '`MacAddressChanged` (PCI-02). Refused, `in-use`, if a guest has the device or the PF of the same NIC, or, for a PF, if a guest',
    'has any VF of it.',
  ],
  examples: ['assign nic1:pf fw1:eth1'],
});

const release = command({
  verb: 'release',
  grammar: [word('release'), value('device', DEVICE)],
  kinds: ['nic'],
  help: 'The guest gives its device back to the host.',
  doc: ["`DeviceReleased`. The host's switch has its uplink again."],
  examples: ['release nic1:pf'],
});

const migrate = command({
  verb: 'migrate',
  grammar: [word('migrate'), value('node', node('GUEST')), word('to'), value('to', node('HYPERVISOR'))],
  kinds: ['firewall', 'host'],
  help: 'Moves a guest to another hypervisor while it runs (PCI-03).',
  doc: [
    '`MigrationStarted`; when its memory is copied `GuestStunned`, and then `GuestMigrated`. Frames for a stunned guest are dropped,',
    '`guest-stunned`. On the other hypervisor its vNICs are in the port groups of the same names, and the host announces them,',
    '`SwitchNotifySent` (NOT-01). A crash of the guest or of the other hypervisor ends it, `MigrationAborted`. Refused: `direct-device` for a',
    'guest that has a PF or VF, and each of them is named; `live-migration-off` where a hypervisor does not take part; `no-port-group` for a',
    'vNIC that has none there.',
  ],
  examples: ['migrate fw1 to kvm2'],
});

/** Rule DRV-04: what is documented of PF and VF drivers that do not go together. */
export const DRIVER_TROUBLES = ['version-mismatch', 'reset', 'malicious-driver'] as const;
export type DriverTrouble = (typeof DRIVER_TROUBLES)[number];

const driverTrouble = command({
  verb: 'driver-trouble',
  grammar: [word('driver-trouble'), value('endpoint', GUEST_NIC), value('trouble', oneOf(...DRIVER_TROUBLES))],
  kinds: ['firewall'],
  help: 'Injects the trouble that a bad pair of drivers is known for (DRV-04).',
  doc: [
    '`DriverTroubleInjected`. Refused unless the pair is `not-later`: a bad pair has trouble only when a script or a person wants it to.',
    '`version-mismatch`: PF and VF find no common version. On 10G the driver starts again with version 1.0 and one queue (RSS-03); on 40G',
    'it gives up, and the VF moves no frame until `vf NIC:VF reload`. `reset`: the PF resets the VF, or on 10G makes it reset itself,',
    '`VfReset` or `VfResetRequired`; its driver starts again. `malicious-driver`, 40G: the PF disables the VF, `VfDisabled` (VCH-10).',
  ],
  examples: ['driver-trouble fw1:eth1 reset'],
});

export const PACKET_IO = family('Packet I/O and devices', [packetIo, unplug, plug, assign, release, migrate, driverTrouble]);

export type PacketIoCommand = CommandOf<(typeof PACKET_IO)['forms'][number]>;
