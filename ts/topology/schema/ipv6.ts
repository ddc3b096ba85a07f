/** Shape of `ipv6` of an interface. */
import { INTERFACE_IDS } from '../../model/lab/ipv6.ts';
import { ADDRESSES_PER_INTERFACE_MAX } from '../draft/limits.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

function oneOrMore(title: string, description: string, format: string): Schema {
  const items = value.text(title, 'One of them.', format);
  return { title, description, type: ['string', 'array'], format, items, maxItems: ADDRESSES_PER_INTERFACE_MAX };
}

const NETWORK = 'an IPv6 network of 64 bits, such as 2001:db8:1::/64';

const advertisements: Schema = {
  ...value.closed('router advertisements', 'Of a router or firewall: on, off, or when. Default off.', {
    interval: value.duration('Time between two advertisements. Default 10s.'),
    lifetime: value.duration('How long hosts take it for a default router; 0: never. Default 1800s.'),
  }),
  title: 'router advertisements (on, off, or a map)',
  type: ['string', 'boolean', 'object'],
  pattern: '^(on|off)$',
};

/** IPv6 of an interface is on where this is written. */
export const ipv6: Schema = {
  ...value.closed('IPv6 of an interface', 'IPv6: without it the interface has none. A link-local address comes with it.', {
    addresses: oneOrMore(
      'an IPv6 address with its prefix length, such as 2001:db8:1::1/64',
      'Addresses, or a list of them.',
      'interface-address6',
    ),
    eui64: oneOrMore(NETWORK, 'Networks in which the address is made from the MAC (EUI-01): it changes with the MAC.', 'network64'),
    stable: oneOrMore(
      NETWORK,
      "Networks in which the address is made from the lab's seed and the interface (RFC 7217); both units of a pair have the same.",
      'network64',
    ),
    'link-local': value.text('a link-local address such as fe80::1', 'Default: made from the MAC.', 'link-local'),
    slaac: value.flag('Of a host: make addresses from advertised prefixes (RFC 4862). Default off.'),
    'interface-ids': value.word('a kind of interface ids', 'What SLAAC makes addresses from. Default eui64.', INTERFACE_IDS),
    'duplicate-address-detection': {
      title: 'on, off or optimistic',
      description:
        'Of addresses made by SLAAC (RFC 4862): used after a probe; used at once; used while probed (RFC 4429). Default off.',
      enum: ['on', 'off', 'optimistic', true, false],
    },
    'router-advertisements': advertisements,
    'router-flag': value.flag(
      'Router flag in neighbour advertisements, which routers must set. Default on at a router or firewall.',
    ),
  }),
  type: ['object', 'null'],
};
