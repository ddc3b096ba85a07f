/** Shape of a firewall's zones, policies, NAT and session settings. */
import { POLICY_ACTIONS, POLICY_PROTOCOLS, SESSION_TIMEOUTS_S, WITHOUT_SYN } from '../../model/lab/sessions.ts';
import {
  NAT_RULES_PER_FIREWALL_MAX,
  POLICIES_PER_FIREWALL_MAX,
  PORTS_PER_SWITCH_MAX,
  SESSIONS_MAX,
  ZONES_PER_FIREWALL_MAX,
} from '../draft/limits.ts';
import { NODE_NAME } from './formats.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

/** Properties of a firewall that this file describes. */
export const SESSION_PROPERTIES = ['zones', 'policies', 'nat', 'sessions'] as const;

const NAME_TITLE = 'a name (letters, digits, ".", "_", "-")';
const interfaceName = value.text(value.INTERFACE_TITLE, 'A port name.', 'interface-name');
const ruleName = { title: NAME_TITLE, description: 'Its name.', type: 'string', pattern: NODE_NAME.source };

const zones = (description: string): Schema => ({
  title: 'a zone, a list of zones, or any',
  description,
  type: ['string', 'array'],
  items: { title: 'a zone', description: 'One zone.', type: 'string' },
  minItems: 1,
  maxItems: ZONES_PER_FIREWALL_MAX,
});

const network = (description: string): Schema =>
  value.text('a network such as 10.0.0.0/8, without host bits', `${description} Default any.`, 'network');

const ports = (description: string): Schema => ({
  title: 'a port, or a range such as "1024-2047"',
  description,
  type: ['integer', 'string'],
  format: 'port-range',
  minimum: 1,
  maximum: 65_535,
});

const policy = value.closed(
  'a policy',
  'Whether sessions may be opened; the first policy that fits decides. Without one: within a zone allowed, between zones denied.',
  {
    name: ruleName,
    from: zones('Where sessions come from. Default any.'),
    to: zones('Where sessions go to. Default any.'),
    source: network('Network of the side that opens the session.'),
    destination: network('Network of the other side.'),
    protocol: value.word('a protocol', 'Default any.', POLICY_PROTOCOLS),
    port: ports('Destination port of TCP or UDP. Default all.'),
    action: value.word('an action', 'reset denies, and answers TCP with a reset. Default allow.', POLICY_ACTIONS),
  },
  ['name'],
);

const nat = value.closed(
  'a NAT rule',
  'Source NAT with dynamic addresses and ports, for sessions that it fits; the first rule that fits is taken.',
  {
    name: ruleName,
    from: zones('Where sessions come from. Default any.'),
    to: zones('Where sessions go to. Default any.'),
    source: network('Network of the side that opens the session.'),
    pool: value.text('an IPv4 address or a range such as 192.0.2.10-192.0.2.19', 'Addresses to translate to.', 'address-range'),
    ports: ports('Ports to translate to. Default 1024-65535.'),
  },
  ['name', 'pool'],
);

const timeouts = Object.fromEntries(
  Object.entries(SESSION_TIMEOUTS_S).map(([name, seconds]) => [name, value.duration(`Default ${seconds}s.`)]),
);

export const sessionProperties: Readonly<Record<(typeof SESSION_PROPERTIES)[number], Schema>> = {
  zones: value.named(
    'Zones of a firewall, by name, each with its interfaces. With zones, the firewall keeps sessions.',
    NODE_NAME,
    NAME_TITLE,
    value.list('Its interfaces.', interfaceName, PORTS_PER_SWITCH_MAX, 1),
    ZONES_PER_FIREWALL_MAX,
  ),
  policies: value.list('Policies, in their order.', policy, POLICIES_PER_FIREWALL_MAX),
  nat: value.list('Source NAT, in its order.', nat, NAT_RULES_PER_FIREWALL_MAX),
  sessions: value.closed('session settings', 'The session table of a firewall with zones.', {
    max: value.integer('a number of sessions', 'Sessions the table can hold. Default 2048.', 1, SESSIONS_MAX),
    timeouts: value.closed('timeouts', 'How long sessions live.', timeouts),
    'tcp-without-syn': value.word('a choice', 'TCP that neither has a session nor opens one. Default drop.', WITHOUT_SYN),
  }),
};
