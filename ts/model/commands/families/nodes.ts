/** Power of nodes, carrier of cables. */

import { command, family, value, word } from '../grammar.ts';
import { choice, endpoint, node } from '../values.ts';

const crash = command({
  verb: 'crash',
  grammar: [word('crash'), value('node', node('NODE'))],
  help: 'The node loses power; with a hypervisor, its vSwitches, firewalls and virtual machines lose power, too.',
  doc: [
    '`NodePowerChanged` for each. Frames that arrive there from now on are dropped, `interface-down`. Refused if the node has',
    'already crashed. If a bridge with a DPDK datapath crashes, the vhost-user ports of its guests disconnect at once,',
    '`VhostPortChanged`, and lose carrier (HST-04).',
  ],
  examples: ['crash fw1'],
});

const powerOn = command({
  verb: 'power-on',
  grammar: [word('power-on'), value('node', node('NODE'))],
  help: 'The node starts again; a hypervisor starts its guests too.',
  doc: [
    '`NodePowerChanged` for each. A firewall starts as at the beginning of the lab, with `InterfaceModeChanged` and an HA election',
    '(HA-01): `HaStateChanged`, `GarpSent`. It selects its packet I/O mode again, `PacketIoModeSelected` (IOM-04). The host announces',
    'the vNIC to the physical switches, `SwitchNotifySent` (NOT-01). vhost-user client ports reconnect when their bridge starts,',
    'server ports when their guest starts: `VhostPortChanged` (HST-04).',
  ],
  examples: ['power-on fw1'],
});

const link = command({
  verb: 'link',
  grammar: [word('link'), value('up', choice({ up: true, down: false })), value('endpoint', endpoint('NODE:INTERFACE'))],
  help: 'Sets the carrier of a cable at both ends.',
  doc: [
    '`InterfaceLinkChanged` twice. When the active uplink of a vSwitch loses carrier, the next uplink of its team takes over,',
    '`UplinkChanged`, and the host announces every running guest, `SwitchNotifySent` (NOT-01). The same happens when the carrier',
    'comes back.',
  ],
  examples: ['link down vsw1:up1'],
});

export const NODES = family('Nodes and cables', [crash, powerOn, link]);
