/**
 * Random labs of the firewall that people run: zones with policies and source NAT, subinterfaces, virtual wires, VLAN objects, taps,
 * aggregates with LACP, pairs with all of their links and monitors, TCP; and what happens to them (firewall-happenings.ts).
 *
 *   VLAN 20 ── h  (where the inside is a trunk)
 *             │
 *   h ── s3 ══ br ══ s1 ──┬── fw1 ──┬── s2 ── h
 *   h ── vsw ────────┘    └── fw2 ──┘
 *         └── ear (tap)
 *
 * A recipe becomes a lab file and is read as one, so each lab is one that a user could write; timers of HA and times of sessions apart,
 * which are shorter. Like those of random-lab.ts, the labs have no loops.
 */

import { endpointOf } from '../../ts/model/lab/endpoint.ts';
import type { Flow } from '../../ts/model/lab/flow.ts';
import type { HaTimers } from '../../ts/model/lab/ha-pair.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { formatFinding } from '../../ts/topology/draft/finding.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import type { Ipv4 } from '../../ts/values/ipv4-address.ts';
import { nanos } from '../../ts/values/nanos.ts';
import { firewallInputs } from './firewall-happenings.ts';
import { FIREWALLS_BUSY_MS, type FirewallRecipe, type SessionRecipe, type StreamRecipe } from './firewall-recipe.ts';
import { pick, type Scenario } from './random-lab.ts';

const MS = 1_000_000;

type Settings = Record<string, unknown>;

/** How the units reach the inside. */
type Inside = 'cable' | 'vswitch' | 'trunk' | 'aggregate' | 'aggregate trunk' | 'vswitch trunk';
const INSIDES: readonly Inside[] = ['cable', 'vswitch', 'trunk', 'aggregate', 'aggregate trunk', 'vswitch trunk'];
type Between = 'nothing' | 'wire' | 'tagged wire' | 'layer 2' | 'layer 2 subinterfaces';
const BETWEENS: readonly Between[] = ['nothing', 'wire', 'tagged wire', 'layer 2', 'layer 2 subinterfaces'];

/** VLANs of a trunk: the inside, and the network 10.0.2.0/24. */
const INSIDE_VLAN = 10;
const SIDE_VLAN = 20;

/** Names that every JavaScript object seems to have. */
const NAMES = { trust: 'constructor', untrust: 'valueOf', side: 'toString', policy: 'hasOwnProperty', wire: 'isPrototypeOf' };

class Kitchen {
  readonly recipe: FirewallRecipe;
  readonly nodes: Record<string, Settings> = {};
  readonly links: { endpoints: readonly [string, string] }[] = [];
  readonly inside: Inside;
  readonly between: Between;
  readonly units: readonly string[];
  #ports = 0;

  constructor(recipe: FirewallRecipe) {
    this.recipe = recipe;
    this.inside = pick(INSIDES, recipe.unit.inside);
    this.between = pick(BETWEENS, recipe.between);
    this.units = recipe.pair === null ? ['fw1'] : ['fw1', 'fw2'];
  }

  get isTrunk(): boolean {
    return this.inside.endsWith('trunk');
  }

  /** VLAN of stations inside. */
  get vlan(): number {
    return this.isTrunk ? INSIDE_VLAN : 0;
  }

  /** Whether the inside of the units is a vSwitch, which is on esx1. */
  isVirtual(): boolean {
    return this.inside.startsWith('vswitch');
  }

  /** A cable from an interface to a new port of a switch. @returns the port's name. */
  plug(endpoint: string, into: string, vlan = 0): string {
    const port = `p${++this.#ports}`;
    const node = this.nodes[into] ?? {};
    node['ports'] = { ...(node['ports'] as Settings | undefined), [port]: { vlan } };
    this.links.push({ endpoints: [endpoint, `${into}:${port}`] });
    return port;
  }
}

/** The lab of a recipe. @throws when it is refused: then a recipe says what no file may say. */
export function cookFirewalls(recipe: FirewallRecipe): Scenario {
  const kitchen = new Kitchen(recipe);
  cookNetwork(kitchen);
  for (const [i, name] of kitchen.units.entries()) cookUnit(kitchen, name, i);
  if (kitchen.between !== 'nothing') cookBetween(kitchen);
  if (recipe.hasTap) cookTap(kitchen);
  recipe.stations.forEach((station, i) => {
    cookStation(kitchen, station.place, station.flags, i);
  });
  const file = { name: 'firewalls', topology: { nodes: kitchen.nodes, links: kitchen.links }, ...cookPair(kitchen) };
  const read = readLabFile(JSON.stringify(file), 'random.lab.yml');
  if (!read.ok) throw new Error(read.findings.map(formatFinding).join('\n'));
  const lab = finished(read.file.lab, recipe);
  return { lab, inputs: firewallInputs(lab, recipe.happenings, FIREWALLS_BUSY_MS) };
}

// ── Switches ────────────────────────────────────────────────────────────────────────────────────────────────────────

function cookNetwork(kitchen: Kitchen): void {
  const { nodes, recipe } = kitchen;
  const verdict = (bit: number) => ((recipe.vswitch & bit) !== 0 ? 'accept' : 'reject');
  nodes['esx1'] = { kind: 'hypervisor', platform: 'esxi' };
  nodes['esx2'] = { kind: 'hypervisor', platform: 'kvm' };
  nodes['s1'] = { kind: 'switch', ageing: '900ms', 'table-size': 12 };
  nodes['s2'] = { kind: 'bridge', ageing: '2s' };
  nodes['vsw'] = {
    kind: 'vswitch',
    on: 'esx1',
    promiscuous: verdict(1),
    'mac-changes': verdict(2),
    'forged-transmits': verdict(4),
    ...((recipe.vswitch & 24) === 24 && { 'mac-learning': { limit: 4 } }),
    uplinks: ['up1'],
  };
  kitchen.plug('vsw:up1', 's1');
}

// ── The firewall, or the pair ───────────────────────────────────────────────────────────────────────────────────────

function cookUnit(kitchen: Kitchen, name: string, i: number): void {
  const { recipe, inside, nodes } = kitchen;
  const { flags, lacp } = recipe.unit;
  const parent = inside.startsWith('aggregate') ? 'ae1' : 'eth1';
  const interfaces: Record<string, Settings> = {
    ...insideInterfaces(kitchen, parent),
    eth2: { ipv4: '10.0.1.1/24' },
  };
  const isSameHost = ((recipe.pair?.flags ?? 0) & 64) !== 0;
  nodes[name] = {
    kind: 'firewall',
    on: i === 0 || kitchen.isVirtual() || isSameHost ? 'esx1' : 'esx2',
    'use-hypervisor-mac': (flags & 1) !== 0,
    'vm-mac-base': `7c:89:c2:f9:${(0x1d + i).toString(16)}:00`,
    interfaces,
    ...(parent === 'ae1' && { aggregates: { ae1: { members: ['eth3', 'eth4'], ...lacpOf(lacp) } } }),
    ...((flags & 12) === 12 && parent === 'eth1' && { cores: 1, io: { 'rx-ring': 64, 'virtio-ring': 64 } }),
    ...(recipe.sessions !== null && sessionSettings(kitchen, recipe.sessions, parent)),
  };
  if (parent === 'ae1') plugAggregate(kitchen, name, i);
  else kitchen.plug(`${name}:eth1`, kitchen.isVirtual() ? 'vsw' : 's1', kitchen.isVirtual() && kitchen.isTrunk ? 4095 : 0);
  kitchen.plug(`${name}:eth2`, 's2');
}

function insideInterfaces({ isTrunk }: Kitchen, parent: string): Record<string, Settings> {
  if (!isTrunk) return { [parent]: { ipv4: '10.0.0.1/24' } };
  return {
    [parent]: {},
    [`${parent}.${INSIDE_VLAN}`]: { ipv4: '10.0.0.1/24' },
    [`${parent}.7`]: { ipv4: '10.0.2.1/24', tag: SIDE_VLAN, mtu: 1400 },
  };
}

function lacpOf(lacp: number): Settings {
  if ((lacp & 3) === 0) return {};
  return {
    lacp: {
      mode: (lacp & 4) !== 0 ? 'active' : 'passive',
      rate: (lacp & 8) !== 0 ? 'fast' : 'slow',
      ...((lacp & 16) !== 0 && { 'max-ports': 1, 'fast-failover': (lacp & 32) !== 0 }),
      ...((lacp & 64) !== 0 && { 'pre-negotiation': true }),
    },
  };
}

function plugAggregate(kitchen: Kitchen, name: string, i: number): void {
  const { lacp } = kitchen.recipe.unit;
  const ports = ['eth3', 'eth4'].map((member) => kitchen.plug(`${name}:${member}`, 's1'));
  const s1 = kitchen.nodes['s1'] ?? {};
  const channel = {
    ports,
    'min-links': (lacp & 128) !== 0 ? 2 : 1,
    ...((lacp & 3) !== 0 && { lacp: { mode: 'active', rate: 'fast' } }),
  };
  // A member's VLAN is that of its channel.
  const own = s1['ports'] as Record<string, Settings>;
  for (const port of ports) delete own[port];
  s1['port-channels'] = { ...(s1['port-channels'] as Settings | undefined), [`po${i + 1}`]: channel };
}

const POLICIES: readonly Settings[] = [
  { from: NAMES.trust, to: NAMES.untrust },
  { from: NAMES.untrust, protocol: 'icmp' },
  { from: 'any', to: NAMES.trust, protocol: 'tcp', port: '80-443' },
  { protocol: 'udp', action: 'deny', destination: '10.0.1.0/28' },
  { protocol: 'tcp', action: 'reset', port: 443 },
  { from: NAMES.untrust, to: 'any', protocol: 'udp', source: '10.0.1.12/32' },
  { action: 'deny', source: '10.0.0.12/32' },
  {},
];

function sessionSettings(kitchen: Kitchen, recipe: SessionRecipe, parent: string): Settings {
  const side = kitchen.isTrunk ? { [NAMES.side]: [`${parent}.7`] } : {};
  const inside = kitchen.isTrunk ? `${parent}.${INSIDE_VLAN}` : parent;
  const last = 100 + (recipe.nat % 3);
  const rule = { name: NAMES.policy, from: NAMES.trust, to: NAMES.untrust, pool: `10.0.1.100-10.0.1.${last}` };
  return {
    zones: { [NAMES.trust]: [inside], [NAMES.untrust]: ['eth2'], ...((recipe.zones & 3) !== 0 ? side : {}) },
    policies: recipe.policies.map((choice, i) => ({ name: `${NAMES.policy}${i}`, ...pick(POLICIES, choice) })),
    ...((recipe.nat & 4) !== 0 && { nat: [{ ...rule, ...((recipe.nat & 8) !== 0 && { ports: '1024-1026' }) }] }),
    sessions: {
      max: pick([1, 2, 5, 64, 2048], recipe.max),
      'tcp-without-syn': pick(['drop', 'drop', 'reset', 'accept'], recipe.withoutSyn),
      ...((recipe.timeouts & 1) !== 0 && {
        timeouts: {
          udp: '300ms',
          icmp: '100ms',
          tcp: '900ms',
          'tcp-init': '200ms',
          'tcp-handshake': '300ms',
          'tcp-half-closed': '400ms',
        },
      }),
    },
  };
}

function cookPair(kitchen: Kitchen): Settings {
  const { pair } = kitchen.recipe;
  if (pair === null) return {};
  const has = (bit: number) => (pair.flags & bit) !== 0;
  const cables = ['ha1', ...(has(1) ? ['ha1-b'] : []), ...(has(4) ? ['ha2'] : [])];
  for (const name of cables) kitchen.links.push({ endpoints: [`fw1:${name}`, `fw2:${name}`] });
  const condition = (bit: number) => ((pair.monitors & bit) !== 0 ? 'all' : 'any');
  const data = kitchen.inside.startsWith('aggregate') ? ['ae1', 'eth2'] : ['eth1', 'eth2'];
  const links = { condition: 'any', groups: { [NAMES.trust]: { condition: condition(4), interfaces: data } } };
  const paths = { condition: condition(8), groups: { a: { targets: ['10.0.0.11', '10.0.1.12'] }, b: { targets: ['10.0.1.99'] } } };
  const members = kitchen.units.map((node, i) => ({ node, priority: 50 + 50 * i, preemptive: has(16) }));
  return {
    ha: {
      [NAMES.side]: {
        group: 7,
        members,
        ...(has(1) && { 'ha1-backup': 'ha1-b' }),
        'heartbeat-backup': has(2),
        ...(has(4) && { ha2: 'ha2', 'ha2-keep-alive': has(8) }),
        ...((pair.monitors & 1) !== 0 && { 'link-monitoring': links }),
        ...((pair.monitors & 2) !== 0 && { 'path-monitoring': paths }),
        ...(has(32) && { 'passive-link-state': 'shutdown', 'link-bringup': '40ms' }),
      },
    },
  };
}

// ── Firewalls that do not route ─────────────────────────────────────────────────────────────────────────────────────

/** Joins s1 with s3, which has more of the inside. */
function cookBetween(kitchen: Kitchen): void {
  const { between, nodes } = kitchen;
  const isTagged = kitchen.isTrunk && between !== 'layer 2';
  nodes['s3'] = { kind: 'switch', ageing: '900ms' };
  nodes['br'] = { kind: 'firewall', on: 'esx2', ...joinSettings(kitchen, isTagged) };
  kitchen.plug('br:eth1', 's1', isTagged ? 0 : kitchen.vlan);
  kitchen.plug('br:eth2', 's3');
}

function joinSettings({ between, recipe, isTrunk }: Kitchen, isTagged: boolean): Settings {
  if (between === 'wire' || between === 'tagged wire') {
    const tags = between === 'wire' && !isTagged ? 0 : pick(['0-4094', `0,${INSIDE_VLAN}`, `${INSIDE_VLAN}-19`], recipe.vswitch);
    const wire = { interfaces: ['eth1', 'eth2'], 'tag-allowed': tags, 'link-state-pass-through': (recipe.vswitch & 32) !== 0 };
    const mode = { mode: 'virtual-wire' };
    return { 'virtual-wires': { [NAMES.wire]: wire }, interfaces: { eth1: mode, eth2: mode } };
  }
  const mode = { mode: 'layer2' };
  if (between === 'layer 2' || !isTrunk) {
    return { vlans: { [NAMES.wire]: { interfaces: ['eth1', 'eth2'] } }, interfaces: { eth1: mode, eth2: mode } };
  }
  return {
    vlans: { [NAMES.wire]: { interfaces: ['eth1.10', 'eth2'] }, other: { interfaces: ['eth1.20', 'eth2.20'] } },
    interfaces: { eth1: mode, eth2: mode, 'eth1.10': {}, 'eth1.20': {}, 'eth2.20': {} },
  };
}

function cookTap(kitchen: Kitchen): void {
  kitchen.nodes['ear'] = { kind: 'firewall', on: 'esx1', interfaces: { eth1: { mode: 'tap' } } };
  kitchen.plug('ear:eth1', 'vsw', pick([0, INSIDE_VLAN, 4095], kitchen.recipe.vswitch));
}

// ── End hosts ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface Spot {
  readonly into: string;
  readonly network: number;
  readonly vlan: number;
}

function spotsOf({ between, isTrunk, vlan }: Kitchen): readonly Spot[] {
  // Behind subinterfaces of layer 2, and behind layer 2 on an access port, s3 has no tags.
  const hasTags = isTrunk && between !== 'layer 2' && between !== 'layer 2 subinterfaces';
  return [
    { into: 's2', network: 1, vlan: 0 },
    { into: 's1', network: 0, vlan },
    { into: 's2', network: 1, vlan: 0 },
    { into: 'vsw', network: 0, vlan },
    ...(between === 'nothing' ? [] : [{ into: 's3', network: 0, vlan: hasTags ? vlan : 0 }]),
    ...(isTrunk ? [{ into: 's1', network: 2, vlan: SIDE_VLAN }] : []),
  ];
}

function cookStation(kitchen: Kitchen, place: number, flags: number, i: number): void {
  const { into, network, vlan } = pick(spotsOf(kitchen), place);
  const name = `h${i + 1}`;
  kitchen.nodes[name] = {
    kind: 'host',
    ...(into === 'vsw' && { on: 'esx1' }),
    gateway: `10.0.${network}.1`,
    'arp-profile': pick(['linux', 'linux', 'vm-host', 'static'], flags),
    interfaces: { eth0: { ipv4: `10.0.${network}.${11 + i}/24`, mac: `02:00:00:00:00:0${i + 1}` } },
  };
  kitchen.plug(`${name}:eth0`, into, vlan);
}

// ── What no file may say ────────────────────────────────────────────────────────────────────────────────────────────

/** HA that decides within the time of a lab. */
const SHORT_TIMERS: HaTimers = {
  helloNs: nanos(160 * MS),
  heartbeatNs: nanos(100 * MS),
  promotionHoldNs: nanos(60 * MS),
  initialHoldNs: nanos(400 * MS),
  ha1MonitorHoldNs: nanos(60 * MS),
  additionalMasterHoldUpNs: nanos(20 * MS),
  monitorFailHoldDownNs: nanos(200 * MS),
  preemptionHoldNs: nanos(120 * MS),
};

/** The file's own, which a commit accepts. */
const LEGAL_TIMERS: Partial<HaTimers> = { heartbeatNs: nanos(1e9), promotionHoldNs: nanos(100 * MS), initialHoldNs: nanos(1e9) };

/** The lab with lines, timers and flows of the recipe. */
function finished(lab: Lab, recipe: FirewallRecipe): Lab {
  const links = lab.links.map((link, i) => {
    if (link.a.includes(':ha')) return link;
    const { rate, latency, queue } = pick(recipe.lines, i);
    return { ...link, rateBps: rate, latencyNs: nanos(latency), queueBytes: queue };
  });
  const isLegal = ((recipe.pair?.timers ?? 0) & 1) !== 0;
  const haPairs = lab.haPairs.map((pair) => ({ ...pair, timers: { ...pair.timers, ...(isLegal ? LEGAL_TIMERS : SHORT_TIMERS) } }));
  return { ...lab, links, haPairs, flows: flowsOf(lab, recipe.streams) };
}

function flowsOf(lab: Lab, streams: readonly StreamRecipe[]): Flow[] {
  const hosts = lab.interfaces.filter(({ node }) => /^h\d$/.test(node));
  return streams.map(({ from, to, isTcp, intervalUs, bytes, startMs, lengthMs }, i) => {
    const source = pick(hosts, from);
    const target = pick(hosts, to).ipv4[0]?.address ?? ('10.0.0.99' as Ipv4);
    const startNs = nanos(startMs * MS);
    return {
      name: `f${i}`,
      ...(isTcp && { protocol: 'tcp' as const }),
      from: endpointOf(source),
      to: to === 63 ? ('10.0.0.99' as Ipv4) : target,
      intervalPs: intervalUs * 1_000_000 + 333,
      frameBytes: 70 + (bytes % (source.mtu + 14 - 70 + 1)),
      startNs,
      stopNs: nanos(startNs + (1 + lengthMs) * MS),
    };
  });
}
