/** Shape of HA pairs. */
import { FLAPS_MAX, GROUP_MAX, MONITOR_GROUPS_MAX, MONITORED_PER_GROUP_MAX, PRIORITY_MAX } from '../../model/config/limits.ts';
import { HA_CONDITIONS, HA2_TRANSPORTS } from '../../model/lab/ha-pair.ts';
import { cloudMove } from './cloud.ts';
import { NODE_NAME } from './formats.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

const member = value.closed(
  'an HA member',
  'One firewall of a pair. The first has device id 0, the second 1.',
  {
    node: { title: 'the name of a firewall', description: 'The firewall.', type: 'string' },
    ha1: value.text(value.INTERFACE_TITLE, 'Interface that carries HA1. Default ha1.', 'interface-name'),
    priority: value.integer('a priority', 'The lower value wins (HA-06). Default 100.', 0, PRIORITY_MAX),
    preemptive: value.flag('Takes active from a worse peer that is preemptive too (HA-14). Default off.'),
  },
  ['node'],
);

const timers: Schema = {
  ...value.closed('HA timers', 'recommended, aggressive, or single timers over the recommended ones (HA-04 to HA-08).', {
    hello: value.duration('Between hellos; at least 8s (HA-04). Default 8s.'),
    heartbeat: value.duration('Between heartbeats; the third lost one declares the peer failed (HA-07). Default 2s.'),
    'promotion-hold': value.duration('From the declaration to active (HA-08). Default 2s.'),
    'initial-hold': value.duration('How long a unit waits for a peer before it is active alone (HA-01). Default 60s.'),
    'ha1-monitor-hold': value.duration('From the loss of carrier of an HA1 port to its declaration (HA-03). Default 3s.'),
    'monitor-fail-hold-up': value.duration('From the failure of a monitor to giving up active (HA-11). Default 0.'),
    'additional-master-hold-up': value.duration('Added to monitor-fail-hold-up (HA-11). Default 500ms.'),
    'monitor-fail-hold-down': value.duration('How long a unit stays non-functional after recovery (HA-11). Default 60s.'),
    'preemption-hold': value.duration('How long a better unit is passive before it takes active (HA-14). Default 60s.'),
    'flap-max': value.integer('a number of flaps', 'So many suspend a unit; 0 is never (HA-15). Default 3.', 0, FLAPS_MAX),
  }),
  title: 'HA timers (recommended, aggressive, or a map)',
  type: ['string', 'object'],
  pattern: '^(recommended|aggressive)$',
};

const condition = (of: string): Schema =>
  value.word('a condition (any, all)', `How many of the ${of} must fail. Default any.`, HA_CONDITIONS);

function monitoring(title: string, description: string, key: string, items: Schema): Schema {
  const list = value.list('What the group monitors.', items, MONITORED_PER_GROUP_MAX, 1);
  const group = value.closed('a group', 'What is monitored together.', { condition: condition(key), [key]: list }, [key]);
  return value.closed(
    title,
    description,
    {
      condition: condition('groups'),
      groups: value.named('Groups by name.', NODE_NAME, 'a group name (letters, digits, ".", "_", "-")', group, MONITOR_GROUPS_MAX),
    },
    ['groups'],
  );
}

export const haPairSchema: Schema = value.closed(
  'an HA pair',
  'Two firewalls, active and passive.',
  {
    mode: value.word('an HA mode', 'Only active-passive.', ['active-passive']),
    group: value.integer('a group id from 1 to 63', 'HA group id (HA-20): part of the virtual MAC.', 1, GROUP_MAX),
    members: value.list('The two firewalls.', member, 2, 2),
    timers,
    'ha1-backup': value.text(
      value.INTERFACE_TITLE,
      'Interface of both units that carries the backup of HA1 (HA-02). Default: none.',
      'interface-name',
    ),
    'ha1-encryption': value.flag('HA1 and its backup are encrypted: TCP port 28 (HA-02). Default off.'),
    strict: value.flag('A commit after which a failover changes an IPv6 address is refused, not warned of (EUI-03). Default off.'),
    'config-sync': value.flag('A commit at one unit reaches the other over HA1 (HA-01, HA-02). Default off.'),
    'heartbeat-backup': value.flag('Heartbeats also cross the management ports (HA-03). Default off.'),
    ha2: value.text(value.INTERFACE_TITLE, 'Interface of both units that carries HA2 (HA-02). Default: none.', 'interface-name'),
    'ha2-backup': value.text(
      value.INTERFACE_TITLE,
      'Interface of both units that carries the backup of HA2 (HA-02). Default: none.',
      'interface-name',
    ),
    'ha2-transport': value.word(
      'a transport (ethernet, ip, udp)',
      'What crosses HA2: frames of type 0x7261, packets of IP protocol 99, or datagrams to port 29281 (HA-02). Default ethernet.',
      HA2_TRANSPORTS,
    ),
    'ha2-tables': value.flag('Neighbours and routes cross HA2 beside sessions (HA-19). Default off.'),
    'ha2-keep-alive': value.flag('Keep-alive frames cross HA2, both ways (HA-02). Default off.'),
    'link-monitoring': monitoring(
      'link monitoring',
      'Interfaces whose carrier the active unit needs (HA-09).',
      'interfaces',
      value.text(value.INTERFACE_TITLE, 'An interface of both units.', 'interface-name'),
    ),
    'path-monitoring': monitoring(
      'path monitoring',
      'Addresses that the active unit pings every 200ms; ten lost echoes in a row fail one (HA-10).',
      'targets',
      value.ipv4('The address of a target.'),
    ),
    'passive-link-state': value.word(
      'a passive link state',
      'shutdown: data interfaces of the passive unit have no carrier (HA-12). Default auto.',
      ['auto', 'shutdown'],
    ),
    'link-bringup': value.duration('From promotion to carrier, where the passive link state is shutdown (HA-12). Default 0.'),
    cloud: cloudMove,
  },
  ['members', 'group'],
);
