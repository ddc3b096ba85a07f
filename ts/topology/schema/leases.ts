/** Shape of leases: DHCP clients, relays, servers with their pools, and switches that snoop. */
import { CLIENT_IDS } from '../../model/lab/dhcp.ts';
import {
  ADDRESSES_PER_INTERFACE_MAX,
  DHCP_RELAY_SERVERS_MAX,
  DHCP_RESERVATIONS_MAX,
  POOLS_PER_SERVER_MAX,
  PORTS_PER_SWITCH_MAX,
  PPP_ECHO_FAILURES_MAX,
} from '../draft/limits.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

const echoes = {
  'echo-interval': value.duration('How often an end of a session asks the other for an echo (LEASE-06). Default 20s.'),
  'echo-failures': value.integer(
    'a number of echoes',
    'So many without an answer end the session (LEASE-06). Default 3.',
    1,
    PPP_ECHO_FAILURES_MAX,
  ),
};

/** What an interface of a node says about its own address. */
export const leasedInterface: Readonly<Record<'ipv4' | 'dhcp-client' | 'dhcp-relay' | 'pppoe-client', Schema>> = {
  ipv4: {
    ...value.addresses(ADDRESSES_PER_INTERFACE_MAX),
    title: 'an IPv4 address with its prefix length, such as 10.0.1.1/24, or dhcp or pppoe',
    description:
      'IPv4 address with prefix length, or a list of them; on a host or firewall also dhcp: a server leases it (LEASE-02); or pppoe: it has one in a session (LEASE-06).',
    format: 'leasable-address',
  },
  'dhcp-client': value.closed('a DHCP client', 'How an interface with ipv4: dhcp asks.', {
    'client-id': value.word(
      'a client identifier',
      'What it calls itself: its MAC, its node whatever its MAC is (duid), or nothing (LEASE-04). Default mac.',
      CLIENT_IDS,
    ),
    'address-probing': value.flag(
      'Three probes before it uses an address, two announcements after (ARP-06); default off: one probe.',
    ),
    'release-on-mac-change': value.flag('A new MAC ends the lease, and another one is asked for (LEASE-01; default on).'),
  }),
  'dhcp-relay': value.list(
    'DHCP servers that messages of clients on this interface are passed on to (LEASE-08).',
    value.ipv4('A server.'),
    DHCP_RELAY_SERVERS_MAX,
    1,
  ),
  'pppoe-client': value.closed('a PPPoE client', 'How an interface with ipv4: pppoe watches its session.', echoes),
};

const reservation = value.closed(
  'a reservation',
  'An address that only one client gets.',
  { mac: value.unicastMac('MAC of the client.'), ip: value.ipv4('Its address.') },
  ['mac', 'ip'],
);

const pool = value.closed(
  'a pool',
  'Addresses of one network that the server leases.',
  {
    range: value.text('a range such as 10.0.1.100-10.0.1.199', 'First and last address.', 'address-range'),
    prefix: value.text('a network such as 10.0.1.0/24, without host bits', 'The network that the pool serves.', 'network'),
    gateway: value.ipv4('Router of the clients (option 3). Default none.'),
    lease: value.duration('How long a lease lasts, in whole seconds (LEASE-05). Default 3600s.'),
    reservations: value.list('Addresses for single clients (LEASE-04).', reservation, DHCP_RESERVATIONS_MAX),
  },
  ['range', 'prefix'],
);

export const dhcp: Schema = value.closed(
  'a DHCP server',
  'Makes a host, router or firewall a DHCP server (LEASE-02).',
  { pools: value.list('Its pools.', pool, POOLS_PER_SERVER_MAX, 1) },
  ['pools'],
);

export const pppoe: Schema = value.closed(
  'a PPPoE concentrator',
  'Makes a host or router a PPPoE concentrator (LEASE-06).',
  {
    interface: value.text(
      value.INTERFACE_TITLE,
      'The interface on which it gives sessions; its address is the other end of each.',
      'interface-name',
    ),
    range: value.text(
      'a range such as 10.0.1.100-10.0.1.199',
      'First and last address that it gives, in the network of the interface.',
      'address-range',
    ),
    ...echoes,
  },
  ['interface', 'range'],
);

export const dhcpSnooping: Schema = value.closed(
  'DHCP snooping',
  'DHCP servers may speak on trusted ports alone; what they lease is bound for ARP inspection (DAI-01).',
  {
    trusted: value.list(
      'Ports that lead to servers.',
      value.text(value.INTERFACE_TITLE, 'A port name.', 'interface-name'),
      PORTS_PER_SWITCH_MAX,
    ),
  },
);
