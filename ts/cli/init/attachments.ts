/** How a pair is attached to its network: the nodes and links between firewalls, client and server, and what a takeover needs there. */
import type { Platform } from '../../model/hardware/platforms.ts';

export type Attachment = 'vswitch' | 'bridge' | 'vf' | 'passthrough' | 'fabric';

interface End {
  readonly ipv4: string;
  readonly gateway: string;
}

/** What of a lab file depends on the attachment; lines of YAML. */
export interface Attached {
  readonly words: string;
  readonly drawing: readonly string[];
  /** What happens after the takeover. */
  readonly story: readonly string[];
  /** Whether the platform has the option of hypervisor-assigned MACs (MAC-11). */
  readonly option: boolean;
  /** Addresses and routes that both units have. */
  readonly unit: { readonly inside: string; readonly outside: string; readonly routes: string };
  readonly nodes: readonly string[];
  /** Pairs of endpoints. */
  readonly links: readonly string[];
  readonly client: End;
  readonly server: End;
  /** Of a pair in a cloud; empty elsewhere. */
  readonly cloud: string;
  readonly outage: { readonly min: string; readonly max: string };
  /** Of the takeover. */
  readonly checks: readonly string[];
}

const GARP_STORY = [
  'Both units have the same addresses and MACs of their own, so fw2 announces them by gratuitous ARP (HA-16, HA-17).',
];

/** On the customer's own network: neighbours learn the new MAC from gratuitous ARP. */
const ON_PREMISES = {
  story: GARP_STORY,
  option: true,
  unit: { inside: '10.0.1.1', outside: '192.0.2.1', routes: '' },
  client: { ipv4: '10.0.1.11', gateway: '10.0.1.1' },
  server: { ipv4: '192.0.2.10', gateway: '192.0.2.1' },
  cloud: '',
  outage: { min: '9.4s', max: '10.6s' },
  checks: [
    '{ event: GarpSent, where: { node: fw2, interface: eth1 }, count: 10, from: 30s, to: 38s }',
    '{ neighbour: { node: client, ip: 10.0.1.1 }, mac: "fw2:eth1", at: 31s }',
    '{ neighbour: { node: server, ip: 192.0.2.1 }, mac: "fw2:eth2", at: 31s }',
  ],
} as const;

const SWITCHES = ['psw-in: { kind: switch }', 'psw-out: { kind: switch }'];
const HOST_LINKS = ['["client:eth0", "psw-in:p1"]', '["server:eth0", "psw-out:p1"]'];

/** By the word that stands for it on the command line. */
export const ATTACHED: Readonly<Record<Attachment, (platform: Platform) => Attached>> = {
  vswitch: () => behindSwitches('vSwitches', 'vsw', (number) => `{ kind: vswitch, on: hv${number}, uplinks: [up] }`),
  bridge: () => behindSwitches('Linux bridges', 'br', () => '{ kind: bridge }'),
  vf: () => ({
    ...ON_PREMISES,
    words: 'virtual functions (SR-IOV)',
    drawing: [
      'client ── p1 (VLAN 10) ┐       ┌ p11 ── nic1 ┬ vf0 (VLAN 10) ── eth1  fw1',
      '                       ├  psw  ┤             └ vf1 (VLAN 20) ── eth2',
      'server ── p2 (VLAN 20) ┘       └ p12 ── nic2 ─ … fw2',
    ],
    nodes: [
      ...[1, 2].map(
        (number) =>
          `nic${number}: { kind: nic, on: hv${number}, model: x710, vfs: 2, ports: { vf0: { vlan: 10 }, vf1: { vlan: 20 } } }`,
      ),
      'psw: { kind: switch, ports: { p1: { vlan: 10 }, p2: { vlan: 20 } } }',
    ],
    links: [
      '["client:eth0", "psw:p1"]',
      '["server:eth0", "psw:p2"]',
      ...[1, 2].flatMap((number) => [
        `["nic${number}:wire", "psw:p1${number}"]`,
        `["fw${number}:eth1", "nic${number}:vf0"]`,
        `["fw${number}:eth2", "nic${number}:vf1"]`,
      ]),
    ],
  }),
  passthrough: () => ({
    ...ON_PREMISES,
    words: 'whole NICs (PCI passthrough)',
    drawing: ['client ── psw-in ── nic1-in ── eth1  fw1  eth2 ── nic1-out ── psw-out ── server     fw2 likewise'],
    nodes: [
      ...[1, 2].flatMap((number) => sides((side) => `nic${number}-${side}: { kind: nic, on: hv${number}, model: x710 }`)),
      ...SWITCHES,
    ],
    links: [
      ...HOST_LINKS,
      ...[1, 2].flatMap((number) =>
        sides((side, port) => [
          `["nic${number}-${side}:wire", "psw-${side}:p1${number}"]`,
          `["fw${number}:${port}", "nic${number}-${side}:pf"]`,
        ]).flat(),
      ),
    ],
  }),
  fabric: (platform) => ({
    ...ON_PREMISES,
    words: "the cloud's fabric",
    drawing: ['client ── router-in ── subnet-in ── eth1  fw1 | fw2  eth2 ── subnet-out ── router-out ── server'],
    story: ['The fabric drops gratuitous ARP; fw2 asks the API to move the addresses, and that takes 5 s (HA-22).'],
    option: false,
    unit: {
      inside: '10.0.1.4',
      outside: '10.0.2.4',
      routes: '[{ to: 10.0.9.0/24, via: 10.0.1.254 }, { to: 192.0.2.0/24, via: 10.0.2.254 }]',
    },
    nodes: [
      `subnet-in: { kind: switch, fabric: ${platform} }`,
      `subnet-out: { kind: switch, fabric: ${platform} }`,
      `router-in: { kind: router, fabric: ${platform}, interfaces: { e1: { ipv4: 10.0.9.254/24 }, e2: { ipv4: 10.0.1.254/24 } }, routes: [{ to: 192.0.2.0/24, via: 10.0.1.4 }] }`,
      `router-out: { kind: router, fabric: ${platform}, interfaces: { e1: { ipv4: 192.0.2.254/24 }, e2: { ipv4: 10.0.2.254/24 } }, routes: [{ to: 10.0.9.0/24, via: 10.0.2.4 }] }`,
    ],
    links: [
      '["client:eth0", "router-in:e1"]',
      '["router-in:e2", "subnet-in:p1"]',
      '["server:eth0", "router-out:e1"]',
      '["router-out:e2", "subnet-out:p1"]',
      ...[1, 2].flatMap((number) => [
        `["fw${number}:eth1", "subnet-in:p1${number}"]`,
        `["fw${number}:eth2", "subnet-out:p1${number}"]`,
      ]),
    ],
    client: { ipv4: '10.0.9.11', gateway: '10.0.9.254' },
    server: { ipv4: '192.0.2.10', gateway: '192.0.2.254' },
    cloud: '{ moves: addresses, takes: 5s }',
    outage: { min: '14.4s', max: '15.6s' },
    checks: ['{ event: CloudCallEnded, where: { node: fw2, outcome: done }, count: 1, from: 35s, to: 35s }'],
  }),
};

/** A switch of the host on either side of each firewall. */
function behindSwitches(words: string, prefix: string, node: (number: number) => string): Attached {
  return {
    ...ON_PREMISES,
    words,
    drawing: [`client ── psw-in ── ${prefix}1-in ── eth1  fw1  eth2 ── ${prefix}1-out ── psw-out ── server     fw2 likewise`],
    nodes: [...[1, 2].flatMap((number) => sides((side) => `${prefix}${number}-${side}: ${node(number)}`)), ...SWITCHES],
    links: [
      ...HOST_LINKS,
      ...[1, 2].flatMap((number) =>
        sides((side, port) => [
          `["${prefix}${number}-${side}:up", "psw-${side}:p1${number}"]`,
          `["fw${number}:${port}", "${prefix}${number}-${side}:p1"]`,
        ]).flat(),
      ),
    ],
  };
}

/** Something for the inside, where eth1 is, and for the outside. */
function sides<T>(make: (side: 'in' | 'out', port: 'eth1' | 'eth2') => T): readonly T[] {
  return [make('in', 'eth1'), make('out', 'eth2')];
}
