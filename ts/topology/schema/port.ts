/**
 * Shape of ports, of what vSwitch ports share (policy, MAC learning, port groups), and of ARP inspection.
 *
 * Ports of vSwitches and of physical switches have one shape here, because the kind of a node may come from its group or the
 * defaults; which property belongs to which is `PORT_PROPERTIES`, checked by inherit.ts.
 */

import { VF_CAPABILITIES, VF_LINK_STATES } from '../../model/hardware/nic.ts';
import { VHOST_MODES } from '../../model/lab/interfaces.ts';
import type { NodeKind } from '../../model/lab/nodes.ts';
import { ARP_BINDINGS_PER_SWITCH_MAX, ARP_PER_SECOND_MAX, LEARNED_MACS_PER_PORT_MAX, SWITCH_TABLE_MAX } from '../draft/limits.ts';
import { NODE_NAME } from './formats.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

export const vfCapabilities = (description: string): Schema =>
  value.list(description, value.word('a capability', 'One capability.', VF_CAPABILITIES), VF_CAPABILITIES.length);

export const PORT_GROUP_TITLE = 'a port group name (letters, digits, ".", "_", "-")';

const PHYSICAL_PORT = ['vlan', 'trusted', 'arp-limit', 'mac-limit', 'violation'];
const BRIDGE_PORT = [...PHYSICAL_PORT, 'bond', 'vhost'];

/** The properties of the ports of each kind of switch. */
export const PORT_PROPERTIES: Readonly<Partial<Record<NodeKind, readonly string[]>>> = {
  vswitch: ['group', 'vlan', 'promiscuous', 'mac-changes', 'forged-transmits', 'mac-learning'],
  switch: PHYSICAL_PORT,
  bridge: BRIDGE_PORT,
  nic: ['mac', 'vlan', 'qos', 'trust', 'spoof-check', 'state', 'max-tx-rate', 'query-rss', 'driver-capabilities'],
};

export const policy = {
  promiscuous: value.verdict('May a guest receive frames that are not addressed to it? (VSW-06; default reject)'),
  'mac-changes': value.verdict('May a guest receive after it changed its effective MAC? (VSW-11; default accept)'),
  'forged-transmits': value.verdict('May a guest send with a source other than its effective MAC? (VSW-09; default accept)'),
};

export const macLearning: Schema = {
  ...value.closed('MAC learning', 'MAC learning (LRN-01 to LRN-03): on, off, or its settings.', {
    flood: value.flag('Flood unknown unicast to learning ports (LRN-02; default on).'),
    limit: value.integer('a number of MACs', 'MACs one port may learn. Default and maximum 4096.', 1, LEARNED_MACS_PER_PORT_MAX),
    'limit-policy': value.word('a limit policy', 'What happens to frames from new sources at the limit. Default allow.', [
      'allow',
      'drop',
    ]),
    ageing: value.duration('How long an unused entry lives; one time for all ports of a switch. Default 600s.'),
  }),
  title: 'MAC learning (on, off, or a map of settings)',
  type: ['string', 'boolean', 'object'],
  pattern: '^(on|off)$',
};

const vlan = value.integer(
  'a VLAN from 0 to 4095',
  '0 untagged, 1-4094 tagged by the switch, 4095 trunk. On a physical switch 0 is a trunk too; of a VF it is the port VLAN. Default 0.',
  0,
  4095,
);

export const portGroup: Schema = {
  ...value.closed(
    'a port group',
    'Settings for the ports that name this group; each wins over the switch, and loses to the port.',
    {
      vlan,
      ...policy,
      'mac-learning': macLearning,
    },
  ),
  type: ['object', 'null'],
};

export const port: Schema = {
  ...value.closed('a port', 'One port: its VLAN, and what it overrides (vSwitch) or allows (physical switch).', {
    group: {
      title: 'the name of a port group',
      description: 'Port group whose settings the port takes (vSwitch).',
      type: 'string',
    },
    vlan,
    ...policy,
    'mac-learning': macLearning,
    trusted: value.flag('ARP from this port is not inspected (DAI-01; physical switch). Default off.'),
    'arp-limit': value.integer(
      'a number of ARP frames per second',
      'More ARP per second than this disables the port (physical switch). Default 0: no limit.',
      0,
      ARP_PER_SECOND_MAX,
    ),
    'mac-limit': value.integer(
      'a number of MACs',
      'Sources the port may have at a time (physical switch). Default 0: no limit.',
      0,
      SWITCH_TABLE_MAX,
    ),
    bond: {
      title: 'a name',
      description: 'Bond the port of a bridge is in, active-backup: ports of one name act as one (HST-02).',
      type: 'string',
      pattern: NODE_NAME.source,
    },
    violation: value.word('a violation mode', 'What one source too many does: its frames are dropped, or the port is shut down.', [
      'drop',
      'shutdown',
    ]),
    vhost: value.word('an end of vhost-user', 'Of a port to a guest, where the bridge has a DPDK datapath (HST-04).', VHOST_MODES),
    mac: value.unicastMac('Administrative MAC of a VF; its guest then has it too (VF-08).'),
    qos: value.integer('a priority from 0 to 7', 'Of the port VLAN of a VF (VF-11). Default 0.', 0, 7),
    trust: value.flag('May the VF choose its MAC and receive promiscuously? (VF-08; default off)'),
    'spoof-check': value.flag('Drop what a VF sends with a source that is not its own (VF-07; default on).'),
    state: value.word('a link state', 'Link of a VF: auto follows the wire (VF-13). Default auto.', VF_LINK_STATES),
    'max-tx-rate': value.integer('a rate in Mbit/s', 'What a VF may send (VF-14). Default 0: no limit.', 0, 40_000),
    'query-rss': value.flag('May a VF read key and table? (MBX-08; default off)'),
    'driver-capabilities': vfCapabilities('What the driver of the guest knows of a VF of 40G (VCH-01). Default all.'),
  }),
  type: ['object', 'null'],
};

const binding = value.closed(
  'a binding',
  'An address and the one MAC that may claim it in ARP.',
  { ip: value.ipv4('Address of the sender.'), mac: value.unicastMac('Its MAC.') },
  ['ip', 'mac'],
);

export const arpInspection: Schema = {
  ...value.closed('ARP inspection', 'ARP inspection (DAI-01): on, off, or on with static bindings. Default off.', {
    bindings: value.list('Static bindings; each address once.', binding, ARP_BINDINGS_PER_SWITCH_MAX),
  }),
  title: 'ARP inspection (on, off, or a map with bindings)',
  type: ['string', 'boolean', 'object'],
  pattern: '^(on|off)$',
};
