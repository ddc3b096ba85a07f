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
  doc: ['`PacketIoSettingChanged`. The running mode stays as it is until the firewall is started anew.'],
  examples: ['packet-io fw1 mmap'],
});

const unplug = command({
  verb: 'unplug',
  grammar: [word('unplug'), value('endpoint', GUEST_NIC)],
  kinds: ['firewall'],
  help: 'The hypervisor takes a virtual NIC out, as for a maintenance.',
  doc: ['`VnicUnplugged`, and the cable loses its carrier. A PF or VF is taken back with `release`.'],
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
    help: "The hypervisor puts a virtual NIC in again, the platform's own unless another is named.",
    doc: [
      '`VnicPlugged`, and carrier. In Azure it is not accelerated unless told (IOM-02). A running firewall binds a driver,',
      '`DriverBound`; if there is no poll driver, all of it goes to MMAP, `PacketIoModeSelected`, and every driver is bound anew.',
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
  help: 'A guest is given a device that the file links or reserves for it (PCI-01).',
  doc: [
    '`DeviceAssigned`. The host loses it: the switch whose uplink it was has no carrier there. The driver of the guest comes up,',
    '`DriverBound`, for a VF `DriverCompatChecked` (DRV-02); a PF gives its permanent MAC, `MacAddressChanged` (PCI-02). Refused,',
    '`in-use`, when a guest has it, or has the PF of the same NIC, or, for a PF, any VF.',
  ],
  examples: ['assign nic1:pf fw1:eth1'],
});

const release = command({
  verb: 'release',
  grammar: [word('release'), value('device', DEVICE)],
  kinds: ['nic'],
  help: 'The guest gives its device back.',
  doc: ["`DeviceReleased`. The host's switch has its uplink again."],
  examples: ['release nic1:pf'],
});

const migrate = command({
  verb: 'migrate',
  grammar: [word('migrate'), value('node', node('GUEST')), word('to'), value('to', node('HYPERVISOR'))],
  kinds: ['firewall', 'host'],
  help: 'Asks to migrate a guest; always refused.',
  doc: [
    '`direct-device` for a guest that has a PF or VF (PCI-03), with each of them; `migration-not-modelled` for any other, because',
    'guests of a lab stay where its file puts them.',
  ],
  examples: ['migrate fw1 to kvm2'],
});

export const PACKET_IO = family('Packet I/O and devices', [packetIo, unplug, plug, assign, release, migrate]);

export type PacketIoCommand = CommandOf<(typeof PACKET_IO)['forms'][number]>;
