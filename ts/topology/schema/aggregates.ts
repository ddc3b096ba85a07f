/** Shape of aggregates of firewalls and port channels of switches (IEEE 802.1AX). */
import { LACP_MODES, LACP_RATES } from '../../model/lab/lacp.ts';
import { AGGREGATES_PER_NODE_MAX, MEMBERS_PER_AGGREGATE_MAX } from '../draft/limits.ts';
import { INTERFACE_NAME } from './formats.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

const interfaceName = value.text(value.INTERFACE_TITLE, 'A member.', 'interface-name');

const priority = (description: string): Schema => value.integer('a priority from 1 to 65535', description, 1, 65535);

const lacp = {
  mode: value.word('an LACP mode', 'active speaks first, passive answers, off is a static aggregate. Default passive.', [
    ...LACP_MODES,
    'off',
  ]),
  rate: value.word(
    'an LACP rate',
    'What is wanted of the other end: a frame each second (fast), which is missed after 3 s, or each 30 s (slow), after 90 s. Default slow.',
    LACP_RATES,
  ),
  'system-priority': priority('The end with the lower one decides which ports are used. Default 32768.'),
  'port-priority': value.named(
    'By member: the lower ones are used first. Default 32768.',
    INTERFACE_NAME,
    value.INTERFACE_TITLE,
    priority('Of one member.'),
    MEMBERS_PER_AGGREGATE_MAX,
  ),
};

const ports = value.integer(
  'a number of ports',
  'How many members are used at once; the others stand by. Default 8.',
  1,
  MEMBERS_PER_AGGREGATE_MAX,
);

export const aggregates = value.named(
  'Aggregate interfaces of a firewall, ae1 and on.',
  INTERFACE_NAME,
  value.INTERFACE_TITLE,
  value.closed(
    'an aggregate',
    'Interfaces that act as one.',
    {
      members: value.list('Its members, each with a cable of its own.', interfaceName, MEMBERS_PER_AGGREGATE_MAX, 1),
      lacp: value.closed('LACP', 'How both ends agree on the members. A static aggregate without.', {
        ...lacp,
        'max-ports': ports,
        'fast-failover': value.flag('A member that stands by takes over at once, not after 3 s. Default off.'),
        'system-mac': value.unicastMac('MAC of the system id: one for both units of a pair. Default that of the aggregate.'),
        'pre-negotiation': value.flag('A unit of a pair speaks LACP while it is passive, too. Default off.'),
      }),
    },
    ['members'],
  ),
  AGGREGATES_PER_NODE_MAX,
);

export const portChannels = value.named(
  'Port channels of a physical switch, or of uplinks of a vSwitch, by name.',
  INTERFACE_NAME,
  value.INTERFACE_TITLE,
  value.closed(
    'a port channel',
    'Ports that act as one.',
    {
      ports: value.list('Its members.', interfaceName, MEMBERS_PER_AGGREGATE_MAX, 1),
      'min-links': value.integer(
        'a number of ports',
        'With fewer members the channel is down. Default 1.',
        1,
        MEMBERS_PER_AGGREGATE_MAX,
      ),
      lacp: value.closed('LACP', 'How both ends agree on the members. A static channel without.', lacp),
    },
    ['ports'],
  ),
  AGGREGATES_PER_NODE_MAX,
);
