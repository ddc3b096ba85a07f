/** Power of nodes, carrier of cables. */

import { command, family, value, word } from '../grammar.ts';
import { choice, endpoint, node } from '../values.ts';

const crash = command({
  verb: 'crash',
  grammar: [word('crash'), value('node', node('NODE'))],
  help: 'The node loses power; a hypervisor takes its vSwitches, firewalls and virtual machines along.',
  doc: [
    '`NodePowerChanged` for each. Frames that arrive there from now on are dropped, `interface-down`. Refused when the node has',
    'crashed already. Guests of a bridge with a DPDK datapath see it at once: their vhost-user ports disconnect,',
    '`VhostPortChanged`, and have no carrier (HST-04).',
  ],
  examples: ['crash fw1'],
});

const powerOn = command({
  verb: 'power-on',
  grammar: [word('power-on'), value('node', node('NODE'))],
  help: 'The node starts again; a hypervisor starts its guests too.',
  doc: [
    '`NodePowerChanged` for each. A firewall begins like a new one, with `InterfaceModeChanged` and an HA election (HA-01):',
    '`HaStateChanged`, `GarpSent`; it selects its packet I/O mode anew, `PacketIoModeSelected` (IOM-04). The host tells the',
    'physical switches where the vNIC is, `SwitchNotifySent` (NOT-01). vhost-user client ports come back with their bridge,',
    'server ports with their guest: `VhostPortChanged` (HST-04).',
  ],
  examples: ['power-on fw1'],
});

const link = command({
  verb: 'link',
  grammar: [word('link'), value('up', choice({ up: true, down: false })), value('endpoint', endpoint('NODE:INTERFACE'))],
  help: 'Sets the carrier of a cable, at both ends.',
  doc: [
    '`InterfaceLinkChanged` twice. When the active uplink of a vSwitch goes, the next of its team takes over, `UplinkChanged`,',
    'and every running guest is announced, `SwitchNotifySent` (NOT-01); the same happens when it comes back.',
  ],
  examples: ['link down vsw1:up1'],
});

export const NODES = family('Nodes and cables', [crash, powerOn, link]);
