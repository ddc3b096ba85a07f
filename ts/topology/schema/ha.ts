/** Shape of HA pairs. */
import type { Schema } from './values.ts';
import * as value from './values.ts';

const member = value.closed(
  'an HA member',
  'One firewall of a pair. The first has device id 0, the second 1.',
  {
    node: { title: 'the name of a firewall', description: 'The firewall.', type: 'string' },
    ha1: value.text(value.INTERFACE_TITLE, 'Interface that carries HA1. Default ha1.', 'interface-name'),
    priority: value.integer('a priority', 'The lower value wins (HA-06). Default 100.', 0, 255),
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
  }),
  title: 'HA timers (recommended, aggressive, or a map)',
  type: ['string', 'object'],
  pattern: '^(recommended|aggressive)$',
};

export const haPairSchema: Schema = value.closed(
  'an HA pair',
  'Two firewalls, active and passive.',
  {
    mode: value.word('an HA mode', 'Only active-passive.', ['active-passive']),
    group: value.integer('a group id from 1 to 63', 'HA group id (HA-20): part of the virtual MAC.', 1, 63),
    members: value.list('The two firewalls.', member, 2, 2),
    timers,
    'ha1-backup': value.text(
      value.INTERFACE_TITLE,
      'Interface of both units that carries the backup of HA1 (HA-02). Default: none.',
      'interface-name',
    ),
    'heartbeat-backup': value.flag('Heartbeats also cross the management ports (HA-03). Default off.'),
  },
  ['members', 'group'],
);
