/** Shape of nodes, and which property belongs to which kind. Ports are in schema-port.ts. */

import { IN_KERNEL } from '../../model/hardware/driver-version.ts';
import { NIC_MODELS } from '../../model/hardware/nic.ts';
import { HA_MODES, PACKET_IO_MODES } from '../../model/hardware/packet-io.ts';
import { PLATFORMS } from '../../model/hardware/platforms.ts';
import { VNIC_MODELS } from '../../model/hardware/vnic.ts';
import { VHOST_MODES } from '../../model/lab/interfaces.ts';
import { ARP_PROFILES, type NodeKind } from '../../model/lab/nodes.ts';
import {
  GROUPS_PER_INTERFACE_MAX,
  MEMORY_NODE_MAX,
  MTU_MAX,
  MTU_MIN,
  PORT_GROUPS_PER_SWITCH_MAX,
  PORTS_PER_SWITCH_MAX,
  ROUTES_PER_NODE_MAX,
  SWITCH_TABLE_MAX,
  VFS_PER_NIC_MAX,
  WIRES_MAX,
} from '../draft/limits.ts';
import { aggregates, portChannels } from './aggregates.ts';
import { bus } from './bus.ts';
import { fabric, loadBalancer } from './cloud.ts';
import { processing } from './cores.ts';
import { macs, mailboxApi, nativeDrivers } from './drivers.ts';
import { INTERFACE_NAME, NODE_NAME } from './formats.ts';
import { ipv6 } from './ipv6.ts';
import { dhcp, dhcpSnooping, leasedInterface, pppoe } from './leases.ts';
import { liveMigration } from './migration.ts';
import { MODE_NAME_TITLE, virtualWire, vlanObject } from './modes.ts';
import { arpInspection, macLearning, PORT_GROUP_TITLE, policy, port, portGroup, vfCapabilities } from './port.ts';
import { SESSION_PROPERTIES, sessionProperties } from './sessions.ts';
import { teamProperties } from './teaming.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

const NODE_KINDS: readonly NodeKind[] = ['hypervisor', 'vswitch', 'switch', 'bridge', 'nic', 'firewall', 'host', 'router'];

/** Of firewalls, hosts and routers alike. */
const ROUTED = ['interfaces', 'gateway', 'ipv6-gateway', 'routes', 'arp-profile'] as const;

/** The properties of each kind besides `kind` and `group`. A property a kind does not have is a mistake in a node of it. */
export const KIND_PROPERTIES = {
  hypervisor: ['platform', 'huge-pages', 'live-migration'],
  vswitch: [
    'on',
    'uplinks',
    'port-channels',
    'profile',
    'promiscuous',
    'mac-changes',
    'forged-transmits',
    'mac-learning',
    'reverse-path-check-promisc',
    'teaming',
    'detection',
    'failback',
    'notify-switches',
    'port-groups',
    'ports',
    'mtu',
    'datapath',
    'cores',
    'io',
  ],
  switch: ['ageing', 'table-size', 'ports', 'port-channels', 'arp-inspection', 'dhcp-snooping', 'mtu', 'fabric'],
  bridge: [
    'ageing',
    'table-size',
    'ports',
    'arp-inspection',
    'dhcp-snooping',
    'mtu',
    'datapath',
    'cores',
    'io',
    'ovs',
    'dpdk',
    'vhost',
  ],
  nic: [
    'on',
    'model',
    'vfs',
    'max-vfs',
    'pf',
    'bridge-mode',
    'bus',
    'default-pool',
    'traffic-classes',
    'driver-version',
    'vf-capabilities',
    'memory-node',
    'mtu',
    'ports',
  ],
  firewall: [
    'on',
    'hardware',
    'use-hypervisor-mac',
    'vm-mac-base',
    'packet-io',
    'ha-mode',
    'native-drivers',
    'jumbo',
    'icmp-errors',
    ...ROUTED,
    'aggregates',
    'virtual-wires',
    'vlans',
    'dhcp',
    'cores',
    'io',
    ...SESSION_PROPERTIES,
  ],
  host: ['on', ...ROUTED, 'ignore-gratuitous', 'accept-unsolicited', 'dhcp', 'pppoe'],
  router: [...ROUTED, 'dhcp', 'pppoe', 'fabric', 'load-balancer', 'icmp-errors'],
} as const satisfies Readonly<Record<NodeKind, readonly string[]>>;

const nodeInterface: Schema = {
  ...value.closed(
    'an interface',
    'One interface of a firewall, host or router; PARENT.N, such as eth1.10, is a subinterface (MAC-12).',
    {
      mode: value.word('an interface mode', 'What a firewall does with the interface. Default layer3; ha for HA ports.', [
        'layer3',
        'layer2',
        'tap',
        'virtual-wire',
        'ha',
      ]),
      tag: value.integer(
        'a VLAN from 1 to 4094',
        "Of a subinterface (eth1.10): the tag of its frames on the parent's line. Default its number.",
        1,
        4094,
      ),
      mac: value.unicastMac('Initial MAC, as the hypervisor gives it. Derived from mac-seed, node and interface when absent.'),
      ...leasedInterface,
      groups: value.list(
        'Multicast groups that the interface has joined (MODE-01, VSW-08).',
        value.text('a multicast address such as 239.1.1.1', 'A group.', 'multicast-ipv4'),
        GROUPS_PER_INTERFACE_MAX,
        1,
      ),
      ipv6,
      mtu: value.integer(
        'an MTU',
        'Largest packet (JUM-01). Default that of the link, or 1500; 9192 on a firewall with jumbo frames.',
        MTU_MIN,
        MTU_MAX,
      ),
      nic: value.word('a virtual NIC', "What the hypervisor gives a firewall. Default the platform's own (DRV-01).", VNIC_MODELS),
      'mailbox-api': mailboxApi,
      macs,
      'management-profile': value.flag(
        "A firewall answers TCP connections to the interface's addresses, and announces the segments of its global MTU (JUM-01; default off).",
      ),
      accelerated: value.flag("Azure's accelerated networking; DPDK needs it on every interface (IOM-02). Default on."),
    },
  ),
  type: ['object', 'null'],
};

const route = value.closed(
  'a route',
  'A network and the next hop towards it.',
  {
    to: value.text('a network such as 10.0.0.0/8, without host bits', 'Destination network, of IPv4 or IPv6.', 'any-network'),
    via: value.text(
      'an IPv4 address such as 10.0.1.1',
      'Next hop; an address in a network of one of the interfaces.',
      'any-address',
    ),
  },
  ['to', 'via'],
);

const interfaceName = value.text(value.INTERFACE_TITLE, 'A port name.', 'interface-name');

const properties: Record<string, Schema> = {
  kind: value.word('a node kind', 'What the node is.', NODE_KINDS),
  group: { title: 'a group name', description: 'Group whose properties the node takes.', type: 'string' },
  platform: value.word('a platform', 'Hypervisor or cloud. Default esxi.', PLATFORMS),
  'live-migration': liveMigration,
  on: { title: 'the name of a hypervisor', description: 'The hypervisor this vSwitch or virtual machine runs on.', type: 'string' },
  ...policy,
  'mac-learning': macLearning,
  uplinks: value.list('Ports that lead to the physical network; the first is active.', interfaceName, PORTS_PER_SWITCH_MAX),
  'port-groups': value.named(
    'Settings that ports of a vSwitch share, by name (VSW-15).',
    NODE_NAME,
    PORT_GROUP_TITLE,
    portGroup,
    PORT_GROUPS_PER_SWITCH_MAX,
  ),
  ports: value.named('Settings of single ports.', INTERFACE_NAME, value.INTERFACE_TITLE, port, PORTS_PER_SWITCH_MAX),
  'arp-inspection': arpInspection,
  ...teamProperties,
  'dhcp-snooping': dhcpSnooping,
  fabric,
  'load-balancer': loadBalancer,
  'icmp-errors': value.flag(
    'Senders are told of packets that cannot be forwarded (RFC 792). Off makes a black hole of a small MTU. Default on.',
  ),
  dhcp,
  pppoe,
  'reverse-path-check-promisc': value.flag('Drop promiscuous copies from standby uplinks (VSW-16; default off).'),
  ageing: value.duration('How long an unused address stays in the table (HST-01). Default 300s.'),
  'table-size': value.integer('a table size', 'Addresses the switch can hold (HST-01). Default 8192.', 1, SWITCH_TABLE_MAX),
  // YAML reads 82599 as a number.
  model: {
    title: 'a NIC model',
    description: 'SR-IOV NIC: 82599, x540 and x550 are 10G, x710 and xl710 40G, e810 100G. Default x550.',
    enum: [...NIC_MODELS, 82599],
  },
  vfs: value.integer('a number of VFs', 'VFs of the NIC, vf0 and on (VF-01). Default 0.', 0, VFS_PER_NIC_MAX),
  'max-vfs': value.integer(
    'a number of VFs',
    'VFs there may ever be: commands enable more than there are at first, up to this many (VF-01). Default the number of VFs.',
    0,
    VFS_PER_NIC_MAX,
  ),
  pf: value.closed('a PF', 'What the host uses the PF for.', {
    promiscuous: value.flag('Take every unicast from the wire (VF-02). Default on for the uplink of a switch, else off.'),
    vlans: value.list(
      "VLANs the PF uses. Default those of the switch's ports whose uplink it is.",
      value.integer('a VLAN from 1 to 4094', 'One VLAN.', 1, 4094),
      4094,
    ),
  }),
  bus,
  'bridge-mode': value.word(
    'a bridge mode',
    'veb: functions reach each other inside the NIC (VF-05). vepa: the switch must send back (VF-06).',
    ['veb', 'vepa'],
  ),
  'default-pool': value.flag('What no function wants goes to the PF (VF-02; default on).'),
  'traffic-classes': value.integer(
    'a number of traffic classes',
    'More than one leaves fewer VFs on 10G (VF-01). Default 1.',
    1,
    8,
  ),
  hardware: value.flag(
    'The firewall is a device of its own, on no hypervisor: its ethernet ids begin at 64 (MAC-04). Default off.',
  ),
  'use-hypervisor-mac': value.flag('Use the MACs the hypervisor gave (MAC-01; default on). Clouds have no such option (MAC-11).'),
  'vm-mac-base': value.unicastMac('Base of self-generated MACs (MAC-06). Default: the base all unlicensed units share.'),
  'packet-io': value.word(
    'a packet I/O mode',
    'How the firewall moves frames (IOM-01): dpdk polls, mmap is fed by the kernel. Default dpdk, where all its NICs allow it (IOM-02).',
    PACKET_IO_MODES,
  ),
  'ha-mode': value.word(
    'a way to move addresses',
    'How a pair takes its addresses along in AWS (IOM-03): interface-move leaves no DPDK.',
    HA_MODES,
  ),
  'native-drivers': nativeDrivers,
  'driver-version': value.version(
    `Of the host's PF driver, which a firewall's own is compared with (DRV-02). Default ${IN_KERNEL}.`,
  ),
  'vf-capabilities': vfCapabilities("What the PF's driver can grant a VF of 40G (VCH-01). Default all."),
  'memory-node': value.integer(
    'a memory node',
    'That a NIC is plugged into: poll threads on another do not serve it (HST-03). Default 0.',
    0,
    MEMORY_NODE_MAX,
  ),
  mtu: value.integer(
    'an MTU',
    'Of a vSwitch, switch, bridge or NIC: longer frames are dropped where they come in, frame-too-long (JUM-01). Default that of the link, or 1500.',
    MTU_MIN,
    MTU_MAX,
  ),
  jumbo: value.flag(
    'Jumbo frames of a firewall: MTUs above 1500 are possible, and data interfaces have 9192 (JUM-01; default off).',
  ),
  'huge-pages': value.flag('The memory of guests is in shared huge pages, which vhost-user needs (HST-04). Default on.'),
  ovs: value.version('Release of Open vSwitch; goes with one of DPDK (HST-08).'),
  dpdk: value.version("Release of the bridge's DPDK. With it, ports to guests are vhost-user ports (HST-04)."),
  vhost: value.word('an end of vhost-user', 'What ports to guests are (HST-04). Default client.', VHOST_MODES),
  interfaces: value.named('Interfaces.', INTERFACE_NAME, value.INTERFACE_TITLE, nodeInterface, PORTS_PER_SWITCH_MAX),
  aggregates,
  'port-channels': portChannels,
  'virtual-wires': value.named(
    'Virtual wires of a firewall, by name (MODE-04).',
    NODE_NAME,
    MODE_NAME_TITLE,
    virtualWire,
    WIRES_MAX,
  ),
  vlans: value.named(
    "VLAN objects of a firewall's layer-2 interfaces, by name (MODE-02).",
    NODE_NAME,
    MODE_NAME_TITLE,
    vlanObject,
    WIRES_MAX,
  ),
  gateway: value.ipv4('Default gateway: short for a route to 0.0.0.0/0.'),
  'ipv6-gateway': value.text(
    'an IPv6 address such as 2001:db8:1::1',
    'Default gateway for IPv6: short for a route to ::/0.',
    'ipv6',
  ),
  routes: value.list('Static routes.', route, ROUTES_PER_NODE_MAX),
  'arp-profile': value.word(
    'an ARP profile',
    'What the node does with ARP: linux as the kernel; by rules ARP-01 to ARP-07 vm-host (entries trusted 30 s), firewall (1800 s) and static (for ever). Default by kind.',
    ARP_PROFILES,
  ),
  'ignore-gratuitous': value.flag('Ignore gratuitous ARP (HA-18; default off).'),
  'accept-unsolicited': value.flag('Make neighbour entries from unsolicited ARP (ARP-03; default off).'),
  ...processing,
  ...sessionProperties,
};

export const nodeSchema: Schema = {
  ...value.closed('a node', 'A node. Which properties it may have depends on its kind.', properties),
  type: ['object', 'null'],
};

export const kindNames = { title: 'a node kind', enum: NODE_KINDS };
